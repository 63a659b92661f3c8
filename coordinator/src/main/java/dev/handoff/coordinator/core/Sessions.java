package dev.handoff.coordinator.core;

import dev.handoff.codec.MessageKind;
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

/** Sessions that open, close, or are closed because a peer broke the protocol; and the fence, which tells what a peer has read. */
final class Sessions {

    /** A dying process closes its sockets a moment before its pidfd tells; after this long it is not dying. */
    static final long PARTING_MS = 250;

    private Sessions() {}

    static void sessionConnected(Turn turn, Event.SessionConnected e) {
        switch (turn.state()) {
            case AwaitingIncumbentUp up when up.incumbent().session() == e.session() -> {
            }
            case AwaitingIncumbentHello a when a.incumbent().session() == e.session() ->
                turn.arm(TimerKind.HELLO, turn.policy().helloMs());
            case AwaitingIncumbentProbed a when a.incumbent().session() == e.session() -> {
            }
            case Stopped _,Failed _,AwaitingSpawn _,AwaitingIncumbentUp _,Serving _,AwaitingRestart _,AwaitingExit _,InHandoff _ ->
                turn.close(e.session());
        }
    }

    static void connectFailed(Turn turn, Event.ConnectFailed e) {
        switch (turn.state()) {
            case AwaitingIncumbentUp up when up.incumbent().session() == e.session() ->
                Supervision.notUp(turn, up, "its control socket does not answer: " + e.reason());
            case AwaitingIncumbentHello a when a.incumbent().session() == e.session() ->
                Rollback.rolledBack(turn, a.handoff(), a.incumbent().disconnected(),
                        "the incumbent could not be reached", "its control socket does not answer: " + e.reason());
            case AwaitingIncumbentProbed a when a.incumbent().session() == e.session() ->
                Rollback.rolledBack(turn, a.handoff(), a.incumbent().disconnected(), a.reason(),
                        "its control socket does not answer: " + e.reason());
            case Stopped _,Failed _,AwaitingSpawn _,AwaitingIncumbentUp _,Serving _,AwaitingRestart _,AwaitingExit _,InHandoff _ ->
                {
                }
        }
    }

    static void sessionClosed(Turn turn, Event.SessionClosed e) {
        long session = e.session();
        switch (turn.state()) {
            case AwaitingIncumbentUp up when up.incumbent().session() == session -> {
                turn.close(session);
                Supervision.reconnect(turn, up);
            }
            case Serving serving when serving.incumbent().session() == session -> {
                turn.close(session);
                turn.become(new Serving(serving.incumbent().disconnected(), serving.sinceNs(), serving.doubt(),
                        serving.attempt()));
            }
            case WithSuccessor with when with.successor().session() == session -> {
                turn.close(session);
                successorHungUp(turn, with, e.cause());
            }
            case InHandoff flight when flight.incumbent().session() == session -> {
                turn.close(session);
                incumbentHungUp(turn, flight, e.cause());
            }
            case Stopped _,Failed _,AwaitingSpawn _,AwaitingIncumbentUp _,Serving _,AwaitingRestart _,AwaitingExit _,InHandoff _ ->
                departedHungUp(turn, session);
        }
    }

    private static void successorHungUp(Turn turn, WithSuccessor with, String cause) {
        Peer alone = with.successor().disconnected();
        switch (with) {
            // A stock N closes its channel right after Ready: nothing more is due on it.
            case AwaitingLockSeen a -> turn.become(new AwaitingLockSeen(a.handoff(), a.incumbent(), alone, a.sealed()));
            case AwaitingSuccessorExit a ->
                turn.become(new AwaitingSuccessorExit(a.handoff(), a.incumbent(), alone, a.undo(), a.reason()));
            case AwaitingSuccessorHello _,AwaitingDrained _,AwaitingSealComplete _,AwaitingReady _ ->
                Rollback.killSuccessor(turn, with, with.incumbent(), alone, Rollback.undoOf(with),
                        "the successor closed its channel in " + with.label() + " (" + cause + ")");
        }
    }

    private static void departedHungUp(Turn turn, long session) {
        turn.changeDeparting().replaceAll(gone -> {
            if (gone.session() != session) {
                return gone;
            }
            turn.close(session);
            return new Service.Departing(gone.daemon(), Peer.NO_SESSION, gone.committed(), gone.dueNs(),
                    gone.terminated());
        });
    }

    private static void incumbentHungUp(Turn turn, InHandoff flight, String cause) {
        Peer alone = flight.incumbent().disconnected();
        switch (flight) {
            // Whether it died or only closed, its pidfd will have said by then.
            case AwaitingIncumbentHello a -> {
                turn.arm(TimerKind.PARTING, PARTING_MS);
                turn.become(new AwaitingIncumbentHello(a.handoff(), alone));
            }
            case AwaitingSuccessorSpawn a -> {
                turn.arm(TimerKind.PARTING, PARTING_MS);
                turn.become(new AwaitingSuccessorSpawn(a.handoff(), alone, a.session()));
            }
            case AwaitingSuccessorHello a -> {
                turn.arm(TimerKind.PARTING, PARTING_MS);
                turn.become(new AwaitingSuccessorHello(a.handoff(), alone, a.successor()));
            }
            case AwaitingDrained a -> {
                turn.arm(TimerKind.PARTING, PARTING_MS);
                turn.become(new AwaitingDrained(a.handoff(), alone, a.successor(), a.unsure()));
            }
            case AwaitingSealComplete a -> {
                turn.arm(TimerKind.PARTING, PARTING_MS);
                turn.become(
                        new AwaitingSealComplete(a.handoff(), alone, a.successor(), a.shardsSealed(), a.shardsTotal(),
                                a.unsure()));
            }
            case AwaitingReady a -> turn.become(new AwaitingReady(a.handoff(), alone, a.successor(), a.sealed()));
            case AwaitingLockSeen a -> turn.become(new AwaitingLockSeen(a.handoff(), alone, a.successor(), a.sealed()));
            case AwaitingSuccessorExit a ->
                turn.become(new AwaitingSuccessorExit(a.handoff(), alone, a.successor(), a.undo(), a.reason()));
            case AwaitingIncumbentResumed a ->
                Rollback.probe(turn, a.handoff(), alone, a.reason(), Rollback.doubtOfHangUp(a.undo(), alone));
            case AwaitingIncumbentProbed a -> Rollback.probeAgain(turn, a, cause);
            case AwaitingBinary a -> turn.become(new AwaitingBinary(a.handoff(), alone));
        }
    }

    /** A peer broke the protocol: its session ends, and with it the handoff. */
    static void broken(Turn turn, long session, String what) {
        switch (turn.state()) {
            case WithSuccessor with when with.successor().session() == session
                    && !(with instanceof AwaitingSuccessorExit) ->
                Rollback.killSuccessor(turn, with, with.incumbent(), with.successor(), Rollback.undoOf(with),
                        "the successor " + what + " in " + with.label());
            case AwaitingIncumbentUp up when up.incumbent().session() == session -> {
                turn.close(session);
                Supervision.notUp(turn, up, "it " + what);
            }
            case Serving serving when serving.incumbent().session() == session -> {
                turn.close(session);
                turn.become(new Serving(serving.incumbent().disconnected(), serving.sinceNs(), serving.doubt(),
                        serving.attempt()));
            }
            case InHandoff flight when flight.incumbent().session() == session -> {
                turn.close(session);
                incumbentBroke(turn, flight, "the incumbent " + what + " in " + flight.label());
            }
            case Stopped _,Failed _,AwaitingSpawn _,AwaitingIncumbentUp _,Serving _,AwaitingRestart _,AwaitingExit _,InHandoff _ ->
                departedHungUp(turn, session);
        }
    }

    private static void incumbentBroke(Turn turn, InHandoff flight, String reason) {
        Peer alone = flight.incumbent().disconnected();
        switch (flight) {
            case AwaitingSuccessorHello a ->
                Rollback.killSuccessor(turn, a, alone, a.successor(), Undo.HANG_UP, reason);
            case AwaitingDrained a -> Rollback.killSuccessor(turn, a, alone, a.successor(), Undo.HANG_UP, reason);
            case AwaitingSealComplete a -> Rollback.killSuccessor(turn, a, alone, a.successor(), Undo.HANG_UP, reason);
            case AwaitingReady a -> turn.become(new AwaitingReady(a.handoff(), alone, a.successor(), a.sealed()));
            case AwaitingLockSeen a -> turn.become(new AwaitingLockSeen(a.handoff(), alone, a.successor(), a.sealed()));
            case AwaitingSuccessorExit a ->
                turn.become(new AwaitingSuccessorExit(a.handoff(), alone, a.successor(), a.undo(), a.reason()));
            case AwaitingSuccessorSpawn a -> {
                turn.close(a.session());
                Rollback.probe(turn, a.handoff(), alone, reason, "");
            }
            case AwaitingIncumbentHello a ->
                // Nothing was asked of it; that it speaks something else is no doubt about its service.
                Rollback.rolledBack(turn, a.handoff(), alone, reason, "");
            case AwaitingIncumbentResumed a -> Rollback.probe(turn, a.handoff(), alone, a.reason(), "");
            case AwaitingIncumbentProbed a -> Rollback.rolledBack(turn, a.handoff(), alone, a.reason(), reason);
            case AwaitingBinary a -> turn.become(new AwaitingBinary(a.handoff(), alone));
        }
    }

    static void fencePassed(Turn turn, Event.FencePassed e) {
        switch (turn.state()) {
            case AwaitingDrained a when a.unsure() && a.incumbent().session() == e.session() ->
                Forward.prepare(turn, a.handoff().unsent(Side.INCUMBENT, MessageKind.PREPARE_HANDOFF), a.incumbent(),
                        a.successor());
            case AwaitingSealComplete a when a.unsure() && a.incumbent().session() == e.session() ->
                Forward.requestSeal(turn, a.handoff().unsent(Side.INCUMBENT, MessageKind.SEAL_REQUEST), a.incumbent(),
                        a.successor());
            case AwaitingIncumbentResumed a when a.incumbent().session() == e.session() -> Rollback.resumed(turn, a, e);
            case Stopped _,Failed _,AwaitingSpawn _,AwaitingIncumbentUp _,Serving _,AwaitingRestart _,AwaitingExit _,InHandoff _ ->
                {
                }
        }
    }
}
