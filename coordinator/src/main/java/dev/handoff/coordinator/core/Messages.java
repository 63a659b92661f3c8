package dev.handoff.coordinator.core;

import dev.handoff.codec.Message;
import dev.handoff.codec.Side;
import dev.handoff.codec.event.Event;
import dev.handoff.codec.event.TimerKind;
import dev.handoff.coordinator.core.State.AwaitingBinary;
import dev.handoff.coordinator.core.State.AwaitingDrained;
import dev.handoff.coordinator.core.State.AwaitingExit;
import dev.handoff.coordinator.core.State.AwaitingIncumbentHello;
import dev.handoff.coordinator.core.State.AwaitingIncumbentProbed;
import dev.handoff.coordinator.core.State.AwaitingIncumbentResumed;
import dev.handoff.coordinator.core.State.AwaitingIncumbentUp;
import dev.handoff.coordinator.core.State.AwaitingLockSeen;
import dev.handoff.coordinator.core.State.AwaitingReady;
import dev.handoff.coordinator.core.State.AwaitingRestart;
import dev.handoff.coordinator.core.State.AwaitingSealComplete;
import dev.handoff.coordinator.core.State.AwaitingSpawn;
import dev.handoff.coordinator.core.State.AwaitingSuccessorExit;
import dev.handoff.coordinator.core.State.AwaitingSuccessorHello;
import dev.handoff.coordinator.core.State.AwaitingSuccessorSpawn;
import dev.handoff.coordinator.core.State.Failed;
import dev.handoff.coordinator.core.State.InHandoff;
import dev.handoff.coordinator.core.State.Serving;
import dev.handoff.coordinator.core.State.Stopped;
import dev.handoff.coordinator.core.State.Undo;
import dev.handoff.coordinator.core.State.WithSuccessor;

/** What peers say, and when it is theirs to say it. */
final class Messages {

    private Messages() {}

    static void messageSending(Turn turn, Event.MessageSending e) {
        if (turn.state() instanceof InHandoff flight && flight.handoff().id().equals(e.stamp().handoffId())) {
            Handoff handoff = flight.handoff().withSent(flight.handoff().sent().and(e.to(), e.message().kind()));
            turn.become(flight.with(handoff));
        }
    }

    static void messageReceived(Turn turn, Event.MessageReceived e) {
        long session = e.session();
        switch (turn.state()) {
            case AwaitingIncumbentUp up when up.incumbent().session() == session -> upHello(turn, up, e);
            case WithSuccessor with when with.successor().session() == session -> fromSuccessor(turn, with, e);
            case InHandoff flight when flight.incumbent().session() == session -> fromIncumbent(turn, flight, e);
            case Serving serving when serving.incumbent().session() == session -> {
                if (!skippable(e.message())) {
                    Sessions.broken(turn, session, "sent " + e.message().kind().wireName() + " outside a handoff");
                }
            }
            case Stopped _,Failed _,AwaitingSpawn _,AwaitingIncumbentUp _,Serving _,AwaitingRestart _,AwaitingExit _,InHandoff _ -> {
                // A late word on a session that no longer matters, such as a turn.departing() incumbent's.
            }
        }
    }

    /** What S skips while it waits for something else (protocol page, the rows under the failure table). */
    private static boolean skippable(Message message) {
        return message instanceof Message.Heartbeat || message instanceof Message.SealProgress
                || message instanceof Message.Drained;
    }

    /** Whether this is the session that this side's participant has now. */
    static boolean isCurrent(State state, long session, Side from) {
        return session != Peer.NO_SESSION && switch (from) {
            case INCUMBENT -> switch (state) {
                case AwaitingIncumbentUp up -> up.incumbent().session() == session;
                case Serving serving -> serving.incumbent().session() == session;
                case InHandoff flight -> flight.incumbent().session() == session;
                case Stopped _,Failed _,AwaitingSpawn _,AwaitingRestart _,AwaitingExit _ -> false;
            };
            case SUCCESSOR -> state instanceof WithSuccessor with && with.successor().session() == session;
        };
    }

    /** Whether a heartbeat on this session changes nothing but when its sender was last heard. Allocates nothing. */
    static boolean isQuiet(State state, long session, Side from, int protoVersion) {
        return protoVersion == Message.PROTOCOL_VERSION && isCurrent(state, session, from) && switch (state) {
            case AwaitingIncumbentUp _,AwaitingIncumbentHello _,AwaitingIncumbentProbed _ -> false;
            // Before its HelloAck a successor's heartbeat is an error; the incumbent has its own by then.
            case AwaitingSuccessorHello _ -> from == Side.INCUMBENT;
            case Stopped _,Failed _,AwaitingSpawn _,Serving _,AwaitingRestart _,AwaitingExit _,InHandoff _ -> true;
        };
    }

    private static void upHello(Turn turn, AwaitingIncumbentUp up, Event.MessageReceived e) {
        if (e.message() instanceof Message.Hello hello && hello.role() == Side.INCUMBENT) {
            turn.cancel(TimerKind.START);
            turn.close(e.session());
            turn.become(new Serving(
                    up.incumbent().greeted(Forward.hex(hello.buildId()), hello.capabilities()).disconnected(),
                    turn.nowNs(),
                    "", up.attempt()));
        } else {
            Sessions.broken(turn, e.session(), "sent " + name(e.message()) + " where Hello(Incumbent) was due");
        }
    }

    private static void fromIncumbent(Turn turn, InHandoff flight, Event.MessageReceived e) {
        Message message = e.message();
        switch (flight) {
            case AwaitingIncumbentHello a -> {
                if (message instanceof Message.Hello hello && hello.role() == Side.INCUMBENT) {
                    Forward.incumbentGreeted(turn, a, hello);
                } else {
                    Sessions.broken(turn, e.session(), outOfOrder(message));
                }
            }
            case AwaitingIncumbentProbed a -> {
                if (message instanceof Message.Hello hello && hello.role() == Side.INCUMBENT) {
                    turn.close(e.session());
                    Rollback.rolledBack(turn, a.handoff(),
                            a.incumbent().greeted(Forward.hex(hello.buildId()), hello.capabilities()).disconnected(),
                            a.reason(), a.doubt());
                } else {
                    Sessions.broken(turn, e.session(), outOfOrder(message));
                }
            }
            case AwaitingDrained a when versionFits(e) && message instanceof Message.Drained ->
                Forward.drained(turn, a);
            case AwaitingSealComplete a when versionFits(e) && !(message instanceof Message.Heartbeat) ->
                sealing(turn, a, e);
            case AwaitingBinary _,AwaitingSuccessorSpawn _,AwaitingSuccessorHello _,AwaitingDrained _,AwaitingSealComplete _,AwaitingReady _,AwaitingLockSeen _,AwaitingSuccessorExit _,AwaitingIncumbentResumed _ -> {
                if (!versionFits(e)) {
                    Sessions.broken(turn, e.session(),
                            "used protocol version " + e.protoVersion() + " after agreeing on "
                                    + Message.PROTOCOL_VERSION);
                } else if (!skippable(message) && !lateSealAnswer(flight, message) && !seenAgain(flight, message)) {
                    Sessions.broken(turn, e.session(), outOfOrder(message));
                }
            }
        }
    }

    /** The answer to a seal that was given up meanwhile; the session's end, which follows, has it resume. */
    private static boolean lateSealAnswer(InHandoff flight, Message message) {
        return flight instanceof AwaitingSuccessorExit
                && (message instanceof Message.SealComplete || message instanceof Message.SealFailed);
    }

    /**
     * A coordinator that died between appending a frame and taking it from its socket leaves it to be read again (protocol page,
     * <i>Surviving the supervisor's death</i>); what is meant here comes once in a session.
     */
    private static boolean seenAgain(InHandoff flight, Message message) {
        return flight.handoff().takeovers() > 0 && switch (flight) {
            // The incumbent's answer may be read before the successor's Hello is seen again.
            case AwaitingDrained _,AwaitingSealComplete _ -> message instanceof Message.Hello;
            case AwaitingReady _ -> message instanceof Message.SealComplete || message instanceof Message.Hello;
            case AwaitingLockSeen _ -> message instanceof Message.SealComplete || message instanceof Message.Ready;
            case AwaitingBinary _,AwaitingIncumbentHello _,AwaitingSuccessorSpawn _,AwaitingSuccessorHello _,AwaitingSuccessorExit _,AwaitingIncumbentResumed _,AwaitingIncumbentProbed _ ->
                false;
        };
    }

    private static boolean versionFits(Event.MessageReceived e) {
        return e.protoVersion() == Message.PROTOCOL_VERSION;
    }

    private static void sealing(Turn turn, AwaitingSealComplete a, Event.MessageReceived e) {
        switch (e.message()) {
            case Message.SealProgress progress ->
                turn.become(a.progressed(progress.shardsSealed(), progress.shardsTotal()));
            case Message.SealComplete complete when complete.handoffId().equals(a.handoff().id()) ->
                Forward.begin(turn, a.handoff(), a.incumbent(), a.successor(),
                        new Sealed.Complete(complete.lastRevisionPerShard(), complete.dataDirFingerprint()));
            case Message.SealFailed failed when failed.handoffId().equals(a.handoff().id()) ->
                Rollback.killSuccessor(turn, a, a.incumbent(), a.successor(), Undo.HANG_UP,
                        "the seal failed: " + failed.error()
                                + (failed.partialState().isEmpty() ? "" : " (" + failed.partialState() + ")"));
            case Message.SealComplete complete ->
                Sessions.broken(turn, e.session(), "sent SealComplete for handoff " + complete.handoffId());
            case Message.SealFailed failed ->
                Sessions.broken(turn, e.session(), "sent SealFailed for handoff " + failed.handoffId());
            case Message.Drained _,Message.Heartbeat _ -> {
            }
            case Message.Hello _,Message.HelloAck _,Message.PrepareHandoff _,Message.SealRequest _,Message.Begin _,Message.Ready _,Message.Commit _,Message.Abort _,Message.ResumeAfterAbort _ ->
                Sessions.broken(turn, e.session(), "sent " + e.message().kind().wireName() + " out of order");
        }
    }

    private static void fromSuccessor(Turn turn, WithSuccessor with, Event.MessageReceived e) {
        Message message = e.message();
        switch (with) {
            case AwaitingSuccessorHello a -> {
                if (message instanceof Message.Hello hello && hello.role() == Side.SUCCESSOR) {
                    Forward.successorGreeted(turn, a, hello);
                } else {
                    Sessions.broken(turn, e.session(), "sent " + name(message) + " where Hello(Successor) was due");
                }
            }
            case AwaitingReady a when versionFits(e) && message instanceof Message.Ready ready -> {
                if (ready.handoffId().equals(a.handoff().id())) {
                    Forward.ready(turn, a, ready);
                } else {
                    Sessions.broken(turn, e.session(), "sent Ready for handoff " + ready.handoffId());
                }
            }
            case AwaitingSuccessorExit _ -> {
                // It is being killed; nothing it says matters.
            }
            case AwaitingDrained _,AwaitingSealComplete _,AwaitingReady _,AwaitingLockSeen _ -> {
                if (!versionFits(e)) {
                    Sessions.broken(turn, e.session(),
                            "used protocol version " + e.protoVersion() + " after agreeing on "
                                    + Message.PROTOCOL_VERSION);
                } else if (!(message instanceof Message.Heartbeat) && !seenAgain(with, message)) {
                    Sessions.broken(turn, e.session(), "sent " + message.kind().wireName() + " out of order");
                }
            }
        }
    }

    private static String outOfOrder(Message message) {
        return "sent " + name(message) + " out of order";
    }

    private static String name(Message message) {
        String name = message.kind().wireName();
        return message instanceof Message.Hello hello ? name + "(" + hello.role().wireName() + ")" : name;
    }
}
