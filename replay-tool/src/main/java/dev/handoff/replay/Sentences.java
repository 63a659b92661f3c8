package dev.handoff.replay;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;

import dev.handoff.codec.HandoffId;
import dev.handoff.codec.Message;
import dev.handoff.codec.ShardRevisions;
import dev.handoff.codec.Side;
import dev.handoff.codec.event.Event;
import dev.handoff.codec.event.ExitStatus;
import dev.handoff.codec.event.Found;
import dev.handoff.codec.event.TimerKind;
import dev.handoff.codec.event.Verdict;
import dev.handoff.coordinator.core.Effect;
import dev.handoff.coordinator.core.Service;
import dev.handoff.coordinator.core.State;

/** What a moment of a handoff's story means, in a sentence without its full stop. One story; any thread. */
final class Sentences {

    private static final int DIGEST_CHARS = 12;
    private static final int SIGKILL = 9;
    private static final int SIGTERM = 15;

    private final HandoffSummary summary;

    Sentences(HandoffSummary summary) {
        this.summary = summary;
    }

    /** Empty for what tells nothing by itself: heartbeats, and timers that led to nothing. */
    Optional<String> of(Moment moment) {
        return switch (moment.entry()) {
            case Entry.Happened(Entry.Header _, Event event) -> of(event, moment);
            case Entry.Snapshot _ -> Optional.empty();
            case Entry.LossNoted loss ->
                Optional.of("the coordinator found records of the journal lost: " + loss.text());
            case Entry.NotUnderstood not ->
                Optional.of("a record that this release does not understand: " + not.reason());
            case Entry.Damaged damaged -> Optional.of("HERE THE JOURNAL IS DAMAGED: " + damaged.damage());
        };
    }

    private Optional<String> of(Event event, Moment moment) {
        return switch (event) {
            case Event.SwapRequested e -> Optional.of(asked(e));
            case Event.AbortRequested e ->
                Optional.of("uid " + e.uid() + " (pid " + e.pid() + ") asked for a rollback");
            case Event.StopRequested e -> Optional.of("the coordinator was asked to stop, by " + e.by());
            case Event.CoordinatorStarted e -> Optional.of("a coordinator started (pid " + e.pid() + ")");
            case Event.CoordinatorRestarted e -> Optional.of(takenOver(e));
            case Event.ServiceConfigured _ -> Optional.empty();
            case Event.BinaryResolved e -> Optional.of("the binary was found"
                    + (isAskedFor(e.path()) ? "" : ": " + e.path()) + ", sha256 "
                    + e.sha256().toString().substring(0, DIGEST_CHARS) + "…");
            case Event.BinaryRejected e -> Optional.of("the binary cannot be started: " + e.reason());
            case Event.SpawnOrdered e -> Optional.of(e.role() == Side.SUCCESSOR
                    ? "the successor was ordered to start"
                    : "a cold start was ordered: " + e.binary());
            case Event.Spawned e -> Optional.of((e.role() == Side.SUCCESSOR ? "the successor" : "the daemon")
                    + " runs, pid " + e.pid());
            case Event.SpawnFailed e -> Optional.of("it could not be started: " + e.reason());
            case Event.ProcessExited e -> Optional.of(ended(e, moment));
            case Event.SessionConnected e -> Optional.of("connected to the incumbent, pid " + e.peerPid());
            case Event.ConnectFailed e -> Optional.of("the incumbent's control socket did not answer: " + e.reason());
            case Event.MessageReceived e -> received(e);
            case Event.MessageSending e -> sending(e, moment);
            case Event.FragmentReceived e ->
                Optional.of("a part of a large frame came from the " + word(e.from()) + ", "
                        + e.bytes().length() + " bytes");
            case Event.FrameRejected e ->
                Optional.of("the " + word(e.from()) + " sent what is no frame of the protocol: "
                        + e.reason());
            case Event.SessionClosed e ->
                Optional.of("the session with the " + word(e.peer()) + " ended: " + e.cause());
            case Event.TimerFired e -> timer(e, moment);
            case Event.FencePassed _ -> Optional.of("the fence passed: the incumbent has read everything sent to it"
                    + unread(moment));
            case Event.LockSeen e -> Optional.of(e.holderPid() == 0
                    ? "the kernel says that nobody holds the lock"
                    : e.holderPid() < 0
                            ? "who holds the lock cannot be told"
                            : "the kernel says that the " + whoHas(e.holderPid()) + " holds the lock");
            case Event.GateJudged e -> Optional.of("gate " + e.gate().wireName() + ": " + verdict(e.verdict())
                    + (e.detail().isEmpty() ? "" : ", " + e.detail()));
            case Event.HandoffEnded e -> Optional.of(e.stamp().handoffId().equals(summary.id())
                    ? "END: " + e.outcome().wireName() + (e.reason().isEmpty() ? "" : ", " + e.reason())
                    : "handoff " + e.stamp().handoffId() + " ended");
        };
    }

    private boolean isAskedFor(String path) {
        return summary.request().filter(asked -> asked.binary().equals(path)).isPresent();
    }

    private String asked(Event.SwapRequested e) {
        String who = "uid " + e.uid() + " (pid " + e.pid() + ") asked for ";
        String what = (e.binary().isEmpty() ? "a swap to the binary in use" : "a swap to " + e.binary())
                + (e.expectedBuild().isEmpty() ? "" : ", build " + Shown.build(e.expectedBuild()) + " only");
        return e.stamp().handoffId().equals(summary.id())
                ? who + what
                : who + "another swap (" + e.stamp().handoffId() + "), which was refused";
    }

    private String takenOver(Event.CoordinatorRestarted e) {
        StringBuilder text = new StringBuilder("THE COORDINATOR HAD DIED; another one took over, pid " + e.pid());
        for (Found found : e.found()) {
            if (found.service() == summary.service()) {
                text.append(found.sessions().isEmpty()
                        ? "; no session was handed back"
                        : "; handed back: " + counted(found.sessions().size(), "session"));
                if (!found.gone().isEmpty()) {
                    text.append("; gone: ").append(
                            found.gone().stream().map(this::whoHas).collect(Collectors.joining(" and ")));
                }
                if (found.spawnedPid() != 0) {
                    text.append("; a process was found that nobody had noted, pid ").append(found.spawnedPid());
                }
                if (found.holderPid() > 0) {
                    text.append("; the lock's holder: ").append(whoHas(found.holderPid()));
                }
            }
        }
        return e.damage().isEmpty()
                ? text.toString()
                : text.append("; the journal was damaged: ").append(e.damage()).toString();
    }

    private String ended(Event.ProcessExited e, Moment moment) {
        String who = "the " + whoHas(e.pid());
        return switch (e.status()) {
            case ExitStatus.Exited(int code) -> who + " exited with code " + code;
            case ExitStatus.Signaled(int signal) -> who + (signal == SIGKILL || signal == SIGTERM
                    ? " was killed" + (moment.causedBy().isEmpty() ? ", not by the coordinator" : "") + " ("
                            + signal(signal) + ")"
                    : " died (" + signal(signal) + ")");
            case ExitStatus.Unknown _ -> who + " is gone; how it ended nobody saw";
        };
    }

    private static String signal(int signal) {
        return switch (signal) {
            case SIGKILL -> "SIGKILL";
            case SIGTERM -> "SIGTERM";
            default -> "signal " + signal;
        };
    }

    /** A pid by the part it has in this handoff. */
    private String whoHas(long pid) {
        if (pid == summary.incumbent().pid()) {
            return "incumbent (pid " + pid + ")";
        }
        return pid == summary.successor().pid() ? "successor (pid " + pid + ")" : "process " + pid;
    }

    private static Optional<String> received(Event.MessageReceived e) {
        String who = "the " + word(e.from());
        return switch (e.message()) {
            case Message.Hello m ->
                Optional.of(who + " said Hello: build " + Shown.build(m.buildId().toString()) + ", pid "
                        + m.pid());
            case Message.Drained m -> Optional.of(who + " has drained: no more writes"
                    + (m.openConnsRemaining() == 0
                            ? ""
                            : ", " + counted(m.openConnsRemaining(), "connection") + " still open")
                    + (m.acceptClosed() ? "" : ", and it still accepts"));
            case Message.SealProgress m -> Optional.of(who + " seals: " + m.shardsSealed() + " of " + m.shardsTotal()
                    + " shards");
            case Message.SealComplete m -> Optional.of(who + " has sealed " + shards(m.lastRevisionPerShard())
                    + " and released the lock");
            case Message.SealFailed m -> Optional.of(who + " COULD NOT SEAL and keeps the lock: " + m.error()
                    + (m.partialState().isEmpty() ? "" : " (" + m.partialState() + ")"));
            case Message.Ready m -> Optional.of(who + " is ready" + (m.healthzOk() ? "" : ", BUT NOT HEALTHY") + ": "
                    + shards(m.advertisedRevisionPerShard()) + ", listening on "
                    + (m.listeningOn().isEmpty() ? "nothing" : String.join(", ", m.listeningOn())));
            case Message.Heartbeat _ -> Optional.empty();
            case Message.HelloAck _,Message.PrepareHandoff _,Message.SealRequest _,Message.Begin _,Message.Commit _,Message.Abort _,Message.ResumeAfterAbort _ ->
                Optional.of(who + " sent " + e.message().kind().wireName() + ", which is not for it to send");
        };
    }

    private static String shards(ShardRevisions revisions) {
        return counted(revisions.size(), "shard");
    }

    private Optional<String> sending(Event.MessageSending e, Moment moment) {
        return switch (e.message()) {
            case Message.HelloAck _ -> Optional.of("greeted the " + word(e.to()));
            case Message.PrepareHandoff m -> Optional.of("told the incumbent to drain, within "
                    + Shown.duration(m.drainGraceMs() * 1_000_000));
            case Message.SealRequest _ -> Optional.of("told the incumbent to seal");
            case Message.Begin _ -> Optional.of("told the successor to begin");
            case Message.Commit _ -> Optional.of("told the incumbent that it may exit (Commit)");
            case Message.Abort m -> Optional.of("told the " + word(e.to()) + " to stop (Abort): " + m.reason());
            case Message.ResumeAfterAbort _ -> Optional.of("told the incumbent to serve on (ResumeAfterAbort)");
            case Message.Heartbeat _ -> isFence(e, moment)
                    ? Optional.of("put a fence behind what was sent to the incumbent, to see that it has read it all")
                    : Optional.empty();
            case Message.Hello _,Message.Drained _,Message.SealProgress _,Message.SealComplete _,Message.SealFailed _,Message.Ready _ ->
                Optional.of("sent " + e.message().kind().wireName() + " to the " + word(e.to()));
        };
    }

    /** A heartbeat while a fence is awaited, and not one that the heartbeat timer ordered. */
    private static boolean isFence(Event.MessageSending e, Moment moment) {
        return e.to() == Side.INCUMBENT && moment.before().map(service -> switch (service.state()) {
            case State.AwaitingIncumbentResumed _ -> true;
            case State.AwaitingDrained a -> a.unsure();
            case State.AwaitingSealComplete a -> a.unsure();
            case State.Stopped _,State.AwaitingSpawn _,State.AwaitingIncumbentUp _,State.Serving _,State.AwaitingRestart _,State.Failed _,State.AwaitingExit _,State.InHandoff _ ->
                false;
        }).orElse(false);
    }

    /** What a fence proves where a request was in doubt. */
    private static String unread(Moment moment) {
        boolean again = moment.ordered().stream().anyMatch(Effect.SendToIncumbent.class::isInstance);
        return again ? ", and had no answer: the request in doubt had never reached it, and is sent now" : "";
    }

    private Optional<String> timer(Event.TimerFired e, Moment moment) {
        boolean ordinary = e.kind() == TimerKind.HEARTBEAT
                || moment.ordered().stream().allMatch(Effect.ArmTimer.class::isInstance);
        if (ordinary && !leftForward(moment)) {
            return Optional.empty();
        }
        return Optional.of(timeUp(e.kind()));
    }

    /** What a timer of this kind means. */
    static String timeUp(TimerKind kind) {
        return switch (kind) {
            case HELLO -> "time was up for the first Hello";
            case DRAIN -> "time was up for the drain";
            case DEADLINE -> "time was up for the whole handoff";
            case SILENCE -> "a peer had been silent for too long";
            case HEARTBEAT -> "time for a heartbeat";
            case KILL -> "the successor had not ended after SIGTERM";
            case RESUME -> "time was up for the incumbent's answer";
            case EXIT -> "the old process had not exited in time";
            case RESTART -> "the pause before the next start was over";
            case START -> "time was up for the daemon to come up";
            case PARTING -> "the incumbent had closed its session, and its death did not follow";
        };
    }

    /** Whether this moment turned the handoff round. */
    static boolean leftForward(Moment moment) {
        return moment.before().flatMap(Sentences::forward).isPresent()
                && moment.after().flatMap(Sentences::forward).isEmpty();
    }

    private static Optional<HandoffId> forward(Service service) {
        return service.state() instanceof State.InHandoff flight && !Phase.of(flight).rollsBack()
                ? Optional.of(flight.handoffId())
                : Optional.empty();
    }

    /** What was done at this moment and has no record of its own. */
    List<String> deeds(Moment moment) {
        List<String> deeds = new ArrayList<>();
        for (Effect effect : moment.ordered()) {
            if (effect instanceof Effect.Terminate terminate) {
                deeds.add("sent SIGTERM to the " + whoHas(terminate.daemon().pid()));
            } else if (effect instanceof Effect.Kill kill) {
                deeds.add("sent SIGKILL to the " + whoHas(kill.daemon().pid()));
            } else if (effect instanceof Effect.CloseSession close && isIncumbents(close.session(), moment)
                    && moment.after().filter(service -> service.state() instanceof State.AwaitingIncumbentProbed)
                            .isPresent()) {
                deeds.add("hung up on the incumbent, which makes it serve on");
            }
        }
        return deeds;
    }

    private static boolean isIncumbents(long session, Moment moment) {
        return moment.before().map(Service::state).filter(State.InHandoff.class::isInstance)
                .map(State.InHandoff.class::cast).filter(flight -> flight.incumbent().session() == session).isPresent();
    }

    private static String verdict(Verdict verdict) {
        return switch (verdict) {
            case PASSED -> "passed";
            case FAILED -> "FAILED";
            case NOT_APPLICABLE -> "not applicable";
        };
    }

    static String word(Side side) {
        return switch (side) {
            case INCUMBENT -> "incumbent";
            case SUCCESSOR -> "successor";
        };
    }

    static String counted(long count, String what) {
        return count + " " + what + (count == 1 ? "" : "s");
    }
}
