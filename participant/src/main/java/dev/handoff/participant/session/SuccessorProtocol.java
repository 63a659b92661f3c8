package dev.handoff.participant.session;

import java.util.List;

import dev.handoff.codec.HandoffId;
import dev.handoff.codec.Message;
import dev.handoff.codec.Side;
import dev.handoff.participant.session.SuccessorAction.BecomeIncumbent;
import dev.handoff.participant.session.SuccessorAction.CloseChannel;
import dev.handoff.participant.session.SuccessorAction.ExitFailed;
import dev.handoff.participant.session.SuccessorAction.OpenState;
import dev.handoff.participant.session.SuccessorAction.Send;
import dev.handoff.participant.session.SuccessorAction.TakeLock;
import dev.handoff.participant.session.SuccessorAction.WarmUp;
import dev.handoff.participant.session.SuccessorState.AwaitingAbort;
import dev.handoff.participant.session.SuccessorState.AwaitingBegin;
import dev.handoff.participant.session.SuccessorState.AwaitingConnection;
import dev.handoff.participant.session.SuccessorState.AwaitingHelloAck;
import dev.handoff.participant.session.SuccessorState.AwaitingReadyWritten;
import dev.handoff.participant.session.SuccessorState.Ended;
import dev.handoff.participant.session.SuccessorState.Opening;
import dev.handoff.participant.session.SuccessorState.TakingLock;

/**
 * The successor's side, as a pure function of state, time and input. Whatever goes wrong before its {@code Ready} is written
 * ends the process: the incumbent then has the lock and the data directory to itself.
 *
 * <p>
 * Unlike a stock successor it reads on after {@code Begin}: an abort, or the supervisor's end, frees the lock at once, while
 * the incumbent still tries for it.
 *
 * <p>
 * Invariant: {@link OpenState} comes only after {@link SuccessorInput.LockTaken}, and {@link BecomeIncumbent} only once a
 * healthy {@code Ready} has been taken by the kernel.
 */
public final class SuccessorProtocol {

    /** A state with what brought it about. */
    public record Transition(SuccessorState next, List<SuccessorAction> actions) {

        public Transition {
            actions = List.copyOf(actions);
        }
    }

    private final SessionTerms terms;

    public SuccessorProtocol(SessionTerms terms) {
        this.terms = terms;
    }

    /**
     * What follows from {@code input} in {@code state} at {@code nowMs}, which is 0 or more and never runs backwards. Inputs
     * that cannot occur in a state change nothing.
     */
    public Transition step(SuccessorState state, long nowMs, SuccessorInput input) {
        if (state instanceof Ended) {
            return to(state);
        }
        return switch (input) {
            case SuccessorInput.Connected() -> state instanceof AwaitingConnection
                    ? to(new AwaitingHelloAck(), new Send(terms.hello(Side.SUCCESSOR)))
                    : to(state);
            case SuccessorInput.Received(int protoVersion, Message message) ->
                received(state, nowMs, protoVersion, message);
            case SuccessorInput.Lost(String reason) -> exit(reason);
            case SuccessorInput.LockTaken() -> state instanceof TakingLock(Link link)
                    ? to(new Opening(link.beatAt(nowMs)), new OpenState())
                    : to(state);
            case SuccessorInput.LockNotTaken(String reason) -> state instanceof TakingLock
                    ? exit("Begin came, but the data directory's lock is " + reason)
                    : to(state);
            case SuccessorInput.Opened(List<String> listeningOn, boolean healthy, var revisions) -> {
                if (!(state instanceof Opening(Link link))) {
                    yield to(state);
                }
                Send ready = new Send(new Message.Ready(link.ackedId(), listeningOn, healthy, revisions));
                yield healthy ? to(new AwaitingReadyWritten(link), ready) : to(new AwaitingAbort(link), ready);
            }
            case SuccessorInput.Flushed() -> state instanceof AwaitingReadyWritten
                    ? to(new Ended(), new BecomeIncumbent(), new CloseChannel())
                    : to(state);
            case SuccessorInput.TimePassed() -> timePassed(state, nowMs);
        };
    }

    /** When {@link SuccessorInput.TimePassed} is next due in {@code state}; {@link SessionTimes#NEVER} for never. */
    public long dueAtMs(SuccessorState state) {
        Link link = link(state);
        if (link == null) {
            return SessionTimes.NEVER;
        }
        long due = silenceCounts(link) ? SessionTimes.after(link.heardMs(), terms.silenceMs()) : SessionTimes.NEVER;
        long beatEveryMs = beatEveryMs(state);
        return beatEveryMs == SessionTimes.NEVER ? due : Math.min(due, link.beatMs() + beatEveryMs);
    }

    private Transition received(SuccessorState state, long nowMs, int protoVersion, Message message) {
        Link before = link(state);
        if (before == null) {
            return state instanceof AwaitingHelloAck ? acknowledged(nowMs, protoVersion, message) : to(state);
        }
        if (protoVersion != before.ack().protoVersionChosen()) {
            return exit("a frame of version " + protoVersion + " came, but version "
                    + before.ack().protoVersionChosen() + " was chosen");
        }
        Link link = before.heard(nowMs);
        SuccessorState heard = with(state, link);
        return switch (message) {
            case Message.Heartbeat _ -> to(with(heard, link.heardHeartbeat()));
            // Nobody but a supervisor that lost count sends it again; with IDEMPOTENT announced, it may.
            case Message.HelloAck ack -> ack.equals(link.ack()) ? to(heard) : outOfPlace(heard, link, message);
            case Message.Begin(HandoffId id) when id.equals(link.ackedId()) -> heard instanceof AwaitingBegin
                    ? to(new TakingLock(link), new TakeLock())
                    : to(heard);
            case Message.Begin _ -> outOfPlace(heard, link, message);
            case Message.Abort(HandoffId id, String reason) when id.equals(link.ackedId()) ->
                exit("the supervisor aborted the handoff: " + reason);
            case Message.Abort _ -> outOfPlace(heard, link, message);
            case Message.PrepareHandoff _,Message.SealRequest _,Message.Commit _,Message.ResumeAfterAbort _,Message.Hello _,Message.Drained _,Message.SealProgress _,Message.SealComplete _,Message.SealFailed _,Message.Ready _ ->
                exit(message.kind().wireName() + " came, which no supervisor sends to a successor");
        };
    }

    private static Transition acknowledged(long nowMs, int protoVersion, Message message) {
        return switch (message) {
            case Message.HelloAck(int chosen, HandoffId id) when chosen == Message.PROTOCOL_VERSION
                    && protoVersion == chosen -> {
                Link link = Link.established(new Message.HelloAck(chosen, id), nowMs);
                yield to(new AwaitingBegin(link), new WarmUp(id));
            }
            case Message.HelloAck(int chosen, _) -> exit("version " + chosen + " was chosen in a frame of version "
                    + protoVersion + ", but only version " + Message.PROTOCOL_VERSION + " was offered");
            case Message.Abort(_, String reason) -> exit("the supervisor aborted the handoff: " + reason);
            case Message.Hello _,Message.PrepareHandoff _,Message.Drained _,Message.SealRequest _,Message.SealProgress _,Message.SealComplete _,Message.SealFailed _,Message.Begin _,Message.Ready _,Message.Commit _,Message.ResumeAfterAbort _,Message.Heartbeat _ ->
                exit(message.kind().wireName() + " came before HelloAck");
        };
    }

    private static Transition outOfPlace(SuccessorState state, Link link, Message message) {
        return exit(message + " came out of place: the session is in " + state.getClass().getSimpleName()
                + " of handoff " + link.ackedId());
    }

    private Transition timePassed(SuccessorState state, long nowMs) {
        Link link = link(state);
        if (link == null) {
            return to(state);
        }
        if (silenceCounts(link) && nowMs - link.heardMs() >= terms.silenceMs()) {
            return exit("the supervisor has been silent for " + (nowMs - link.heardMs()) + " ms");
        }
        long beatEveryMs = beatEveryMs(state);
        return beatEveryMs != SessionTimes.NEVER && nowMs - link.beatMs() >= beatEveryMs
                ? to(with(state, link.beatAt(nowMs)), new Send(terms.heartbeat(nowMs)))
                : to(state);
    }

    private boolean silenceCounts(Link link) {
        return terms.heartbeatMs().isPresent() && link.heartbeatHeard();
    }

    /** Throughout the handoff where announced; else while {@code Ready} is awaited, where silence of 10 s would be judged. */
    private long beatEveryMs(SuccessorState state) {
        return switch (state) {
            case AwaitingBegin _ -> terms.heartbeatMs().isPresent()
                    ? terms.heartbeatMs().getAsInt()
                    : SessionTimes.NEVER;
            case TakingLock _,Opening _ -> terms.heartbeatMs().isPresent()
                    ? terms.heartbeatMs().getAsInt()
                    : SessionTimes.HOOK_HEARTBEAT_MS;
            case AwaitingConnection _,AwaitingHelloAck _,AwaitingReadyWritten _,AwaitingAbort _,Ended _ ->
                SessionTimes.NEVER;
        };
    }

    private static Transition exit(String reason) {
        return to(new Ended(), new CloseChannel(), new ExitFailed(reason));
    }

    private static Transition to(SuccessorState next, SuccessorAction... actions) {
        return new Transition(next, List.of(actions));
    }

    /** The link, or null before {@code HelloAck} and after the end. */
    private static Link link(SuccessorState state) {
        return switch (state) {
            case AwaitingBegin(Link link) -> link;
            case TakingLock(Link link) -> link;
            case Opening(Link link) -> link;
            case AwaitingReadyWritten(Link link) -> link;
            case AwaitingAbort(Link link) -> link;
            case AwaitingConnection _,AwaitingHelloAck _,Ended _ -> null;
        };
    }

    private static SuccessorState with(SuccessorState state, Link link) {
        return switch (state) {
            case AwaitingBegin _ -> new AwaitingBegin(link);
            case TakingLock _ -> new TakingLock(link);
            case Opening _ -> new Opening(link);
            case AwaitingReadyWritten _ -> new AwaitingReadyWritten(link);
            case AwaitingAbort _ -> new AwaitingAbort(link);
            case AwaitingConnection _,AwaitingHelloAck _,Ended _ -> state;
        };
    }
}
