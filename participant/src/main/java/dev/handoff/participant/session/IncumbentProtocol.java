package dev.handoff.participant.session;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

import dev.handoff.codec.HandoffId;
import dev.handoff.codec.Message;
import dev.handoff.codec.Side;
import dev.handoff.participant.AbortedAt;
import dev.handoff.participant.SealResult;
import dev.handoff.participant.session.IncumbentAction.AbortDrain;
import dev.handoff.participant.session.IncumbentAction.AcceptAgain;
import dev.handoff.participant.session.IncumbentAction.CloseSession;
import dev.handoff.participant.session.IncumbentAction.ExitCommitted;
import dev.handoff.participant.session.IncumbentAction.ExitFailed;
import dev.handoff.participant.session.IncumbentAction.ReleaseLock;
import dev.handoff.participant.session.IncumbentAction.RestoreControlSocket;
import dev.handoff.participant.session.IncumbentAction.RunDrain;
import dev.handoff.participant.session.IncumbentAction.RunResume;
import dev.handoff.participant.session.IncumbentAction.RunSeal;
import dev.handoff.participant.session.IncumbentAction.Send;
import dev.handoff.participant.session.IncumbentAction.TakeLock;
import dev.handoff.participant.session.IncumbentState.AwaitingCommit;
import dev.handoff.participant.session.IncumbentState.AwaitingConnection;
import dev.handoff.participant.session.IncumbentState.AwaitingHelloAck;
import dev.handoff.participant.session.IncumbentState.AwaitingPrepare;
import dev.handoff.participant.session.IncumbentState.AwaitingSeal;
import dev.handoff.participant.session.IncumbentState.Draining;
import dev.handoff.participant.session.IncumbentState.Ended;
import dev.handoff.participant.session.IncumbentState.Handoff;
import dev.handoff.participant.session.IncumbentState.Resuming;
import dev.handoff.participant.session.IncumbentState.RetakingLock;
import dev.handoff.participant.session.IncumbentState.Sealing;

/**
 * The incumbent's side of one supervisor session, as a pure function of state, time and input. It never throws for what a
 * peer sends: a frame that does not belong where it comes ends the session, and the daemon serves on.
 *
 * <p>
 * Invariant: {@link ReleaseLock} comes only out of a successful seal of a handoff that was not rolled back meanwhile, and
 * before the {@code SealComplete} that says so.
 *
 * <p>
 * Invariant: from {@link ReleaseLock} on, no hook runs before a {@link IncumbentInput.LockTaken}.
 *
 * <p>
 * Invariant: one hook at a time, and none twice for the same request of the same handoff.
 */
public final class IncumbentProtocol {

    /** A state with what brought it about. */
    public record Transition(IncumbentState next, List<IncumbentAction> actions) {

        public Transition {
            actions = List.copyOf(actions);
        }
    }

    /**
     * The most shards whose revisions surely fit into a {@code SealComplete} of at most 1 MiB: 10 bytes each, beside the
     * version (2), discriminant (1), id (17), count (at most 5) and fingerprint (32).
     */
    public static final int MOST_SHARDS = ((1 << 20) - 2 - 1 - 17 - 5 - 32) / 10;

    // Texts for people travel whole up to this: two of them, at 3 bytes a char in UTF-8, fit into a frame many times over.
    private static final int LONGEST_TEXT_CHARS = 16_384;

    private final SessionTerms terms;

    public IncumbentProtocol(SessionTerms terms) {
        this.terms = terms;
    }

    /**
     * What follows from {@code input} in {@code state} at {@code nowMs}, which is 0 or more and never runs backwards. Inputs
     * that cannot occur in a state, such as the outcome of a hook that does not run, change nothing.
     */
    public Transition step(IncumbentState state, long nowMs, IncumbentInput input) {
        return switch (input) {
            case IncumbentInput.Connected() -> state instanceof AwaitingConnection
                    ? to(new AwaitingHelloAck(nowMs + SessionTimes.HELLO_ACK_MS),
                            new Send(terms.hello(Side.INCUMBENT)))
                    : to(state);
            case IncumbentInput.Received(int protoVersion, Message message) ->
                received(state, nowMs, protoVersion, message);
            case IncumbentInput.Lost(String reason) -> lose(state, nowMs, reason);
            case IncumbentInput.AnotherWaits() -> anotherWaits(state, nowMs);
            case IncumbentInput.DrainEnded ended -> drainEnded(state, nowMs, ended);
            case IncumbentInput.DrainFailed(String reason) -> drainFailed(state, nowMs, reason);
            case IncumbentInput.SealProgressed(long sealed, long total, long revision) ->
                state instanceof Sealing(Link link, _, _, boolean aborted) && link.open() && !aborted
                        ? to(state, new Send(new Message.SealProgress(sealed, total, revision)))
                        : to(state);
            case IncumbentInput.SealEnded(SealResult result) -> sealEnded(state, nowMs, result);
            case IncumbentInput.LockTaken() -> state instanceof RetakingLock retaking
                    ? resume(retaking.link(), nowMs, retaking.handoff(), AbortedAt.SEALED, Optional.empty())
                    : to(state);
            case IncumbentInput.LockNotTaken(String reason) -> lockNotTaken(state, nowMs, reason);
            case IncumbentInput.Resumed() -> resumed(state, nowMs);
            case IncumbentInput.ResumeFailed(String reason) -> state instanceof Resuming resuming
                    ? exit(resuming.link(), "the daemon could not resume: " + reason)
                    : to(state);
            case IncumbentInput.TimePassed() -> timePassed(state, nowMs);
        };
    }

    /** When {@link IncumbentInput.TimePassed} is next due in {@code state}; {@link SessionTimes#NEVER} for never. */
    public long dueAtMs(IncumbentState state) {
        if (state instanceof AwaitingHelloAck(long dropAtMs)) {
            return dropAtMs;
        }
        long due = SessionTimes.NEVER;
        if (state instanceof RetakingLock retaking && !retaking.attempting()) {
            due = retaking.tryAtMs();
        }
        Link link = link(state);
        if (link == null || !link.open()) {
            return due;
        }
        due = Math.min(due, overdueAtMs(state));
        if (silenceCounts(state, link)) {
            due = Math.min(due, SessionTimes.after(link.heardMs(), terms.silenceMs()));
        }
        long beatEveryMs = beatEveryMs(state);
        return beatEveryMs == SessionTimes.NEVER ? due : Math.min(due, link.beatMs() + beatEveryMs);
    }

    // ---- what arrives

    private Transition received(IncumbentState state, long nowMs, int protoVersion, Message message) {
        if (state instanceof AwaitingConnection || state instanceof Ended) {
            return to(state);
        }
        if (state instanceof AwaitingHelloAck) {
            return acknowledged(state, nowMs, protoVersion, message);
        }
        Link before = link(state);
        if (!before.open()) {
            return to(state);
        }
        if (protoVersion != before.ack().protoVersionChosen()) {
            return lose(state, nowMs, "a frame of version " + protoVersion + " came, but version "
                    + before.ack().protoVersionChosen() + " was chosen");
        }
        IncumbentState heard = with(state, before.heard(nowMs));
        return switch (message) {
            case Message.Heartbeat beat -> heartbeat(heard, beat);
            // Nobody but a supervisor that lost count sends it again; with IDEMPOTENT announced, it may.
            case Message.HelloAck ack ->
                ack.equals(before.ack()) ? to(heard) : outOfPlace(heard, nowMs, message);
            case Message.PrepareHandoff prepare -> prepare(heard, nowMs, prepare);
            case Message.SealRequest(HandoffId id) -> seal(heard, nowMs, id, message);
            case Message.Commit(HandoffId id) -> commit(heard, nowMs, id, message);
            case Message.Abort(HandoffId id, _) -> abort(heard, nowMs, id, message);
            case Message.ResumeAfterAbort(HandoffId id) -> abort(heard, nowMs, id, message);
            case Message.Begin _,Message.Hello _,Message.Drained _,Message.SealProgress _,Message.SealComplete _,Message.SealFailed _,Message.Ready _ ->
                lose(heard, nowMs, message.kind().wireName() + " came, which no supervisor sends to an incumbent");
        };
    }

    private Transition acknowledged(IncumbentState state, long nowMs, int protoVersion, Message message) {
        if (!(message instanceof Message.HelloAck(int chosen, HandoffId id))) {
            return lose(state, nowMs, message.kind().wireName() + " came before HelloAck");
        }
        if (chosen != Message.PROTOCOL_VERSION || protoVersion != chosen) {
            return lose(state, nowMs, "version " + chosen + " was chosen in a frame of version " + protoVersion
                    + ", but only version " + Message.PROTOCOL_VERSION + " was offered");
        }
        return to(new AwaitingPrepare(Link.established(new Message.HelloAck(chosen, id), nowMs), id, false,
                Optional.empty()));
    }

    /** A stock incumbent echoes from its read loop, and reads nothing while a hook runs. */
    private static Transition heartbeat(IncumbentState state, Message.Heartbeat beat) {
        IncumbentState heard = with(state, link(state).heardHeartbeat());
        return switch (heard) {
            case AwaitingPrepare _,AwaitingSeal _,AwaitingCommit _ -> to(heard, new Send(beat));
            case Draining _,Sealing _,RetakingLock _,Resuming _,AwaitingConnection _,AwaitingHelloAck _,Ended _ ->
                to(heard);
        };
    }

    private Transition prepare(IncumbentState state, long nowMs, Message.PrepareHandoff prepare) {
        HandoffId id = prepare.handoffId();
        return switch (state) {
            // A kept session brings new ids; the first handoff of a session has the one that HelloAck assigned.
            case AwaitingPrepare(Link link, HandoffId known, boolean over, _) when over != id.equals(known) ->
                drain(over ? link.forgetHeartbeats(nowMs) : link, nowMs, prepare);
            // The answer is on its way, and will do for this one too.
            case Draining(_, Handoff handoff, boolean aborted) when !aborted && id.equals(handoff.id()) -> to(state);
            case AwaitingSeal(_, Handoff handoff, Message.Drained drained) when id.equals(handoff.id()) ->
                to(state, new Send(drained));
            case Sealing(_, Handoff handoff, Message.Drained drained, boolean aborted) when !aborted
                    && id.equals(handoff.id()) ->
                to(state, new Send(drained));
            case AwaitingCommit(_, Handoff handoff, Message.Drained drained, _) when id.equals(handoff.id()) ->
                to(state, new Send(drained));
            case Resuming(Link link, Handoff handoff, AbortedAt at, Optional<Message.SealFailed> refusal, Optional<Message.PrepareHandoff> next) when !id
                    .equals(handoff.id()) && next.map(asked -> asked.handoffId().equals(id)).orElse(true) ->
                to(new Resuming(link, handoff, at, refusal, Optional.of(prepare)));
            case AwaitingPrepare _,Draining _,AwaitingSeal _,Sealing _,AwaitingCommit _,RetakingLock _,Resuming _,AwaitingConnection _,AwaitingHelloAck _,Ended _ ->
                outOfPlace(state, nowMs, prepare);
        };
    }

    private Transition drain(Link link, long nowMs, Message.PrepareHandoff prepare) {
        long overdueAtMs = SessionTimes.after(SessionTimes.after(nowMs, prepare.deadlineMs()),
                SessionTimes.after(terms.holdMs(), SessionTimes.OVERDUE_MS));
        return to(new Draining(link.beatAt(nowMs), new Handoff(prepare.handoffId(), overdueAtMs), false),
                new RunDrain(prepare.handoffId(), prepare.successorPid(), prepare.drainGraceMs()));
    }

    private Transition seal(IncumbentState state, long nowMs, HandoffId id, Message message) {
        return switch (state) {
            case AwaitingSeal(Link link, Handoff handoff, Message.Drained drained) when id.equals(handoff.id()) ->
                to(new Sealing(link.beatAt(nowMs), handoff, drained, false), new RunSeal(id));
            case Sealing(_, Handoff handoff, _, boolean aborted) when !aborted && id.equals(handoff.id()) -> to(state);
            case AwaitingCommit(_, Handoff handoff, _, Message.SealComplete sealed) when id.equals(handoff.id()) ->
                to(state, new Send(sealed));
            case Resuming(_, _, _, Optional<Message.SealFailed> refusal, _) when answers(refusal, id) ->
                to(state, new Send(refusal.orElseThrow()));
            case AwaitingPrepare(_, _, _, Optional<Message.SealFailed> refusal) when answers(refusal, id) ->
                to(state, new Send(refusal.orElseThrow()));
            case AwaitingPrepare _,Draining _,AwaitingSeal _,Sealing _,AwaitingCommit _,RetakingLock _,Resuming _,AwaitingConnection _,AwaitingHelloAck _,Ended _ ->
                outOfPlace(state, nowMs, message);
        };
    }

    private static boolean answers(Optional<Message.SealFailed> refusal, HandoffId id) {
        return refusal.isPresent() && refusal.get().handoffId().equals(id);
    }

    private Transition commit(IncumbentState state, long nowMs, HandoffId id, Message message) {
        return state instanceof AwaitingCommit(_, Handoff handoff, _, _) && id.equals(handoff.id())
                ? to(new Ended(), new CloseSession("committed"), new ExitCommitted(id))
                : outOfPlace(state, nowMs, message);
    }

    /** {@code Abort} and {@code ResumeAfterAbort}: the second also says that the successor is dead, so that the lock is free. */
    private Transition abort(IncumbentState state, long nowMs, HandoffId id, Message message) {
        boolean successorDead = message instanceof Message.ResumeAfterAbort;
        return switch (state) {
            // Nothing was asked of us yet, or it is over already.
            case AwaitingPrepare(Link link, HandoffId known, _, Optional<Message.SealFailed> refusal) when id
                    .equals(known) ->
                to(new AwaitingPrepare(link, known, true, refusal));
            case Draining(Link link, Handoff handoff, boolean aborted) when id.equals(handoff.id()) ->
                aborted ? to(state) : to(new Draining(link, handoff, true), new AbortDrain());
            case AwaitingSeal(Link link, Handoff handoff, _) when id.equals(handoff.id()) ->
                resume(link, nowMs, handoff, AbortedAt.DRAINED, Optional.empty());
            case Sealing(Link link, Handoff handoff, Message.Drained drained, _) when id.equals(handoff.id()) ->
                to(new Sealing(link, handoff, drained, true));
            // After an Abort alone the successor may still hold the lock: try as long as the handoff may last.
            case AwaitingCommit(Link link, Handoff handoff, _, _) when id.equals(handoff.id()) -> retake(link, nowMs,
                    handoff, successorDead ? nowMs + SessionTimes.LOCK_RETRY_FOR_MS : handoff.overdueAtMs());
            case RetakingLock retaking when id.equals(retaking.handoff().id()) ->
                to(successorDead ? hurried(retaking, nowMs) : retaking);
            case Resuming(_, Handoff handoff, _, _, _) when id.equals(handoff.id()) -> to(state);
            case Resuming(Link link, Handoff handoff, AbortedAt at, Optional<Message.SealFailed> refusal, Optional<Message.PrepareHandoff> next) when next
                    .isPresent() && id.equals(next.get().handoffId()) ->
                to(new Resuming(link, new Handoff(id, handoff.overdueAtMs()), at, Optional.empty(), Optional.empty()));
            case AwaitingPrepare _,Draining _,AwaitingSeal _,Sealing _,AwaitingCommit _,RetakingLock _,Resuming _,AwaitingConnection _,AwaitingHelloAck _,Ended _ ->
                outOfPlace(state, nowMs, message);
        };
    }

    private Transition outOfPlace(IncumbentState state, long nowMs, Message message) {
        HandoffId expected = switch (state) {
            case AwaitingPrepare(_, HandoffId id, _, _) -> id;
            case Draining(_, Handoff handoff, _) -> handoff.id();
            case AwaitingSeal(_, Handoff handoff, _) -> handoff.id();
            case Sealing(_, Handoff handoff, _, _) -> handoff.id();
            case AwaitingCommit(_, Handoff handoff, _, _) -> handoff.id();
            case RetakingLock retaking -> retaking.handoff().id();
            case Resuming resuming -> resuming.handoff().id();
            case AwaitingConnection _,AwaitingHelloAck _,Ended _ -> null;
        };
        return lose(state, nowMs, message + " came out of place: the session is in " + state.getClass().getSimpleName()
                + (expected == null ? "" : " of handoff " + expected));
    }

    // ---- what the hooks and the lock say

    private Transition drainEnded(IncumbentState state, long nowMs, IncumbentInput.DrainEnded ended) {
        if (!(state instanceof Draining(Link link, Handoff handoff, boolean aborted))) {
            return to(state);
        }
        if (aborted) {
            return resume(link, nowMs, handoff, AbortedAt.DRAINED, Optional.empty());
        }
        Message.Drained drained = new Message.Drained(ended.report().openConnections(), ended.report().acceptClosed());
        return to(new AwaitingSeal(link, handoff, drained), new Send(drained));
    }

    private Transition drainFailed(IncumbentState state, long nowMs, String reason) {
        if (!(state instanceof Draining(Link link, Handoff handoff, boolean aborted))) {
            return to(state);
        }
        if (aborted) {
            return resume(link, nowMs, handoff, AbortedAt.DRAINED, Optional.empty());
        }
        // There is no message for it: the session's end is what tells the supervisor.
        return then(resume(link.closed(), nowMs, handoff, AbortedAt.DRAINED, Optional.empty()),
                new CloseSession("the drain failed: " + reason));
    }

    private Transition sealEnded(IncumbentState state, long nowMs, SealResult result) {
        if (!(state instanceof Sealing(Link link, Handoff handoff, Message.Drained drained, boolean aborted))) {
            return to(state);
        }
        return switch (result) {
            // The lock was never released, so nobody else has written: but the writer state is closed.
            case SealResult.Sealed _ when aborted -> resume(link, nowMs, handoff, AbortedAt.SEALED, Optional.empty());
            case SealResult.Sealed(var revisions, var fingerprint) when revisions.size() <= MOST_SHARDS -> {
                Message.SealComplete complete = new Message.SealComplete(handoff.id(), revisions, fingerprint);
                yield to(new AwaitingCommit(link, handoff, drained, complete), new ReleaseLock(), new Send(complete));
            }
            case SealResult.Sealed(var revisions, _) -> sealRefused(link, nowMs, handoff, AbortedAt.SEALED,
                    new Message.SealFailed(handoff.id(), revisions.size() + " shards do not fit into a frame, at most "
                            + MOST_SHARDS + " do", "all sealed"));
            case SealResult.NotSealed _ when aborted ->
                resume(link, nowMs, handoff, AbortedAt.DRAINED, Optional.empty());
            case SealResult.NotSealed(String error, String partialState) -> sealRefused(link, nowMs, handoff,
                    AbortedAt.DRAINED, new Message.SealFailed(handoff.id(), clipped(error), clipped(partialState)));
        };
    }

    private static Transition sealRefused(Link link, long nowMs, Handoff handoff, AbortedAt at,
            Message.SealFailed refusal) {
        return then(resume(link, nowMs, handoff, at, Optional.of(refusal)), new Send(refusal));
    }

    private Transition lockNotTaken(IncumbentState state, long nowMs, String reason) {
        if (!(state instanceof RetakingLock(Link link, Handoff handoff, _, _, long giveUpAtMs))) {
            return to(state);
        }
        if (nowMs >= giveUpAtMs) {
            return exit(link,
                    "handoff " + handoff.id() + " was rolled back or deserted after the seal, and the lock is "
                            + reason + ": another process has the data directory");
        }
        return to(new RetakingLock(link, handoff, false, nowMs + SessionTimes.LOCK_RETRY_MS, giveUpAtMs));
    }

    private Transition resumed(IncumbentState state, long nowMs) {
        if (!(state instanceof Resuming(Link link, Handoff handoff, _, Optional<Message.SealFailed> refusal, Optional<Message.PrepareHandoff> next))) {
            return to(state);
        }
        if (!link.open()) {
            return to(new Ended(), new RestoreControlSocket(), new AcceptAgain());
        }
        Link idle = link.forgetHeartbeats(nowMs);
        return next.isPresent()
                ? then(drain(idle, nowMs, next.get()), new RestoreControlSocket())
                : to(new AwaitingPrepare(idle, handoff.id(), true, refusal), new RestoreControlSocket());
    }

    // ---- time

    private Transition timePassed(IncumbentState state, long nowMs) {
        if (state instanceof AwaitingHelloAck(long dropAtMs)) {
            return nowMs >= dropAtMs
                    ? lose(state, nowMs, "no HelloAck came within " + SessionTimes.HELLO_ACK_MS + " ms")
                    : to(state);
        }
        if (state instanceof RetakingLock(Link link, Handoff handoff, boolean attempting, long tryAtMs, long giveUpAtMs)
                && !attempting && nowMs >= tryAtMs) {
            return to(new RetakingLock(link, handoff, true, tryAtMs, giveUpAtMs), new TakeLock());
        }
        Link link = link(state);
        if (link == null || !link.open()) {
            return to(state);
        }
        if (silenceCounts(state, link) && nowMs - link.heardMs() >= terms.silenceMs()) {
            return lose(state, nowMs, "the supervisor has been silent for " + (nowMs - link.heardMs()) + " ms");
        }
        if (nowMs >= overdueAtMs(state)) {
            return lose(state, nowMs, "the handoff's deadline is long over and the supervisor has not rolled it back");
        }
        long beatEveryMs = beatEveryMs(state);
        return beatEveryMs != SessionTimes.NEVER && nowMs - link.beatMs() >= beatEveryMs
                ? to(with(state, link.beatAt(nowMs)), new Send(terms.heartbeat(nowMs)))
                : to(state);
    }

    /** A supervisor that waits counts for more than one that was silent while nothing is in flight. */
    private Transition anotherWaits(IncumbentState state, long nowMs) {
        if (state instanceof AwaitingHelloAck(long dropAtMs)) {
            long connectedMs = dropAtMs - SessionTimes.HELLO_ACK_MS;
            return nowMs - connectedMs >= SessionTimes.CONTESTED_HELLO_ACK_MS
                    ? lose(state, nowMs, "no HelloAck came, and another supervisor waits")
                    : to(state);
        }
        return state instanceof AwaitingPrepare(Link link, _, _, _)
                && nowMs - link.heardMs() >= SessionTimes.SILENCE_MS
                        ? lose(state, nowMs, "it was idle, and another supervisor waits")
                        : to(state);
    }

    /** Whether the 5 s rule holds now: both sides announced it, and a handoff is in flight. */
    private boolean silenceCounts(IncumbentState state, Link link) {
        if (terms.heartbeatMs().isEmpty() || !link.heartbeatHeard()) {
            return false;
        }
        return switch (state) {
            case AwaitingPrepare(_, _, boolean over, _) -> !over;
            case Draining(_, _, boolean aborted) -> !aborted;
            case Sealing(_, _, _, boolean aborted) -> !aborted;
            case AwaitingSeal _,AwaitingCommit _ -> true;
            case RetakingLock _,Resuming _,AwaitingConnection _,AwaitingHelloAck _,Ended _ -> false;
        };
    }

    private static long overdueAtMs(IncumbentState state) {
        return switch (state) {
            case Draining(_, Handoff handoff, boolean aborted) when !aborted -> handoff.overdueAtMs();
            case Sealing(_, Handoff handoff, _, boolean aborted) when !aborted -> handoff.overdueAtMs();
            case AwaitingSeal(_, Handoff handoff, _) -> handoff.overdueAtMs();
            case AwaitingCommit(_, Handoff handoff, _, _) -> handoff.overdueAtMs();
            case Draining _,Sealing _,AwaitingPrepare _,RetakingLock _,Resuming _,AwaitingConnection _,AwaitingHelloAck _,Ended _ ->
                SessionTimes.NEVER;
        };
    }

    /** How often a heartbeat is owed: throughout a handoff where announced, else while a drain or seal hook runs. */
    private long beatEveryMs(IncumbentState state) {
        boolean hook = state instanceof Draining || state instanceof Sealing;
        if (terms.heartbeatMs().isEmpty()) {
            return hook ? SessionTimes.HOOK_HEARTBEAT_MS : SessionTimes.NEVER;
        }
        boolean inFlight = switch (state) {
            case AwaitingPrepare(_, _, boolean over, _) -> !over;
            case Draining _,AwaitingSeal _,Sealing _,AwaitingCommit _,RetakingLock _,Resuming _ -> true;
            case AwaitingConnection _,AwaitingHelloAck _,Ended _ -> false;
        };
        return inFlight ? terms.heartbeatMs().getAsInt() : SessionTimes.NEVER;
    }

    // ---- the ways a session or a handoff ends

    /** The session is over: what follows for the daemon depends on how far the handoff had come. */
    private Transition lose(IncumbentState state, long nowMs, String reason) {
        CloseSession close = new CloseSession(reason);
        return switch (state) {
            case AwaitingConnection _,Ended _ -> to(state);
            case AwaitingHelloAck _,AwaitingPrepare _ -> to(new Ended(), close, new AcceptAgain());
            case Draining(Link link, Handoff handoff, boolean aborted) when link.open() -> aborted
                    ? to(new Draining(link.closed(), handoff, true), close)
                    : to(new Draining(link.closed(), handoff, true), close, new AbortDrain());
            case AwaitingSeal(Link link, Handoff handoff, _) ->
                then(resume(link.closed(), nowMs, handoff, AbortedAt.DRAINED, Optional.empty()), close);
            case Sealing(Link link, Handoff handoff, Message.Drained drained, _) when link.open() ->
                to(new Sealing(link.closed(), handoff, drained, true), close);
            case AwaitingCommit(Link link, Handoff handoff, _, _) ->
                then(retake(link.closed(), nowMs, handoff, nowMs + SessionTimes.LOCK_RETRY_FOR_MS), close);
            case RetakingLock retaking when retaking.link().open() ->
                to(with(hurried(retaking, nowMs), retaking.link().closed()), close);
            case Resuming(Link link, Handoff handoff, AbortedAt at, Optional<Message.SealFailed> refusal, _) when link
                    .open() ->
                to(new Resuming(link.closed(), handoff, at, refusal, Optional.empty()), close);
            case Draining _,Sealing _,RetakingLock _,Resuming _ -> to(state);
        };
    }

    private static Transition resume(Link link, long nowMs, Handoff handoff, AbortedAt at,
            Optional<Message.SealFailed> refusal) {
        return to(new Resuming(link.beatAt(nowMs), handoff, at, refusal, Optional.empty()), new RunResume(at));
    }

    private static Transition retake(Link link, long nowMs, Handoff handoff, long giveUpAtMs) {
        return to(new RetakingLock(link, handoff, true, nowMs, giveUpAtMs), new TakeLock());
    }

    /** Nothing is left to wait for but the lock itself. */
    private static RetakingLock hurried(RetakingLock retaking, long nowMs) {
        return new RetakingLock(retaking.link(), retaking.handoff(), retaking.attempting(), retaking.tryAtMs(),
                Math.min(retaking.giveUpAtMs(), nowMs + SessionTimes.LOCK_RETRY_FOR_MS));
    }

    private static Transition exit(Link link, String reason) {
        return link.open()
                ? to(new Ended(), new CloseSession(reason), new ExitFailed(reason))
                : to(new Ended(), new ExitFailed(reason));
    }

    // ---- small change

    private static Transition to(IncumbentState next, IncumbentAction... actions) {
        return new Transition(next, List.of(actions));
    }

    /** The same transition with an action before all others. */
    private static Transition then(Transition transition, IncumbentAction first) {
        List<IncumbentAction> actions = new ArrayList<>();
        actions.add(first);
        actions.addAll(transition.actions());
        return new Transition(transition.next(), actions);
    }

    /** The link, or null before {@code HelloAck} and after the end. */
    private static Link link(IncumbentState state) {
        return switch (state) {
            case AwaitingPrepare(Link link, _, _, _) -> link;
            case Draining(Link link, _, _) -> link;
            case AwaitingSeal(Link link, _, _) -> link;
            case Sealing(Link link, _, _, _) -> link;
            case AwaitingCommit(Link link, _, _, _) -> link;
            case RetakingLock(Link link, _, _, _, _) -> link;
            case Resuming(Link link, _, _, _, _) -> link;
            case AwaitingConnection _,AwaitingHelloAck _,Ended _ -> null;
        };
    }

    private static IncumbentState with(IncumbentState state, Link link) {
        return switch (state) {
            case AwaitingPrepare(_, HandoffId id, boolean over, var refusal) ->
                new AwaitingPrepare(link, id, over, refusal);
            case Draining(_, Handoff handoff, boolean aborted) -> new Draining(link, handoff, aborted);
            case AwaitingSeal(_, Handoff handoff, Message.Drained drained) -> new AwaitingSeal(link, handoff, drained);
            case Sealing(_, Handoff handoff, Message.Drained drained, boolean aborted) ->
                new Sealing(link, handoff, drained, aborted);
            case AwaitingCommit(_, Handoff handoff, Message.Drained drained, Message.SealComplete sealed) ->
                new AwaitingCommit(link, handoff, drained, sealed);
            case RetakingLock(_, Handoff handoff, boolean attempting, long tryAtMs, long giveUpAtMs) ->
                new RetakingLock(link, handoff, attempting, tryAtMs, giveUpAtMs);
            case Resuming(_, Handoff handoff, AbortedAt at, var refusal, var next) ->
                new Resuming(link, handoff, at, refusal, next);
            case AwaitingConnection _,AwaitingHelloAck _,Ended _ -> state;
        };
    }

    private static String clipped(String text) {
        return text.length() <= LONGEST_TEXT_CHARS ? text : text.substring(0, LONGEST_TEXT_CHARS) + "…";
    }
}
