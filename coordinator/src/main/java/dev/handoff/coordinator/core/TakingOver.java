package dev.handoff.coordinator.core;

import dev.handoff.codec.HandoffId;
import dev.handoff.codec.Message;
import dev.handoff.codec.MessageKind;
import dev.handoff.codec.Side;
import dev.handoff.codec.event.Found;
import dev.handoff.codec.event.Outcome;
import dev.handoff.codec.event.TimerKind;
import dev.handoff.coordinator.core.State.AwaitingBinary;
import dev.handoff.coordinator.core.State.AwaitingDrained;
import dev.handoff.coordinator.core.State.AwaitingExit;
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

/** The first turn of a coordinator that found a service in its journal: does what the dead one may not have got to. */
final class TakingOver {

    private TakingOver() {}

    /** Does what the dead coordinator may not have got to; {@link RestartTable} says what that is. */
    static void restarted(Turn turn, Found found, String damage) {
        turn.orderAgain();
        if (turn.state() instanceof InHandoff flight) {
            turn.become(flight.with(flight.handoff().takenOver()));
        }
        for (Service.Departing gone : turn.departing()) {
            if (!gone.committed().equals(HandoffId.NONE) && found.sessions().contains(gone.session())) {
                // A second Commit does no harm, and a first one may be missing.
                turn.order(new Effect.SendToIncumbent(turn.number(), gone.session(),
                        new Message.Commit(gone.committed())));
            }
        }
        Situations situations = new Situations(turn.before(), turn.heard());
        remedy(turn, RestartTable.rowFor(situations.of(turn.state(), found, !damage.isEmpty())).remedy(), found,
                damage);
    }

    private static void remedy(Turn turn, RestartTable.Remedy remedy, Found found, String damage) {
        switch (remedy) {
            case GO_ON -> {
            }
            case START_COLD -> {
                abandonFlight(turn, found, damage);
                Supervision.coldStart(turn, turn.state() instanceof AwaitingSpawn spawn ? spawn.attempt() : 0);
            }
            case ADOPT_HOLDER -> {
                abandonFlight(turn, found, damage);
                adopt(turn, new Daemon(found.holderPid(), found.holderTicks(), "", ""));
            }
            case ADOPT_INCUMBENT -> {
                Daemon daemon = incumbentOf(turn.state()).daemon();
                abandonFlight(turn, found, damage);
                adopt(turn, daemon);
            }
            case TAKE_SPAWNED -> takeSpawned(turn, found);
            case CONNECT -> {
                if (turn.state() instanceof AwaitingIncumbentUp up) {
                    Supervision.comingUp(turn, up.incumbent().daemon(), up.attempt(), up.adopted());
                }
            }
            case RESOLVE -> {
                if (turn.state() instanceof AwaitingBinary a) {
                    turn.order(
                            new Effect.ResolveBinary(turn.number(), a.handoff().id(), a.handoff().binary(),
                                    turn.binary()));
                }
            }
            case GREET_INCUMBENT -> {
                if (turn.state() instanceof InHandoff flight) {
                    turn.closeIfOpen(flight.incumbent().session());
                    dismissSpawning(turn, found);
                    cancelWaitsButDeadline(turn);
                    Forward.greet(turn, flight.handoff().withSent(Sent.NOTHING), flight.incumbent().disconnected());
                }
            }
            case SPAWN_AFRESH -> {
                if (turn.state() instanceof InHandoff flight) {
                    dismissSpawning(turn, found);
                    cancelWaitsButDeadline(turn);
                    Forward.spawnSuccessor(turn,
                            flight.handoff().withSent(flight.handoff().sent().withoutAllTo(Side.SUCCESSOR)),
                            flight.incumbent());
                }
            }
            case SEND -> sendDue(turn, found);
            case FENCE -> fenceRequest(turn);
            case LOOK_AT_LOCK -> {
                if (turn.state() instanceof AwaitingLockSeen a) {
                    turn.order(new Effect.LookAtLock(turn.number(), a.handoff().id()));
                }
            }
            case TERMINATE -> terminateAgain(turn, found);
            case UNDO -> {
                if (turn.state() instanceof AwaitingIncumbentResumed a) {
                    MessageKind kind = a.undo() == Undo.SEAL ? MessageKind.RESUME_AFTER_ABORT : MessageKind.ABORT;
                    Rollback.settleIncumbent(turn, a.handoff().unsent(Side.INCUMBENT, kind), a.incumbent(), a.undo(),
                            a.reason());
                }
            }
            case FENCE_UNDO -> {
                if (turn.state() instanceof AwaitingIncumbentResumed a) {
                    Rollback.fence(turn, a.handoff(), a.incumbent(), a.undo(), a.reason());
                }
            }
            case PROBE -> {
                if (turn.state() instanceof AwaitingIncumbentProbed a) {
                    turn.closeIfOpen(a.incumbent().session());
                    Rollback.probe(turn, a.handoff(), a.incumbent().disconnected(), a.reason(), a.doubt());
                }
            }
        }
    }

    private static Peer incumbentOf(State state) {
        return switch (state) {
            case AwaitingIncumbentUp up -> up.incumbent();
            case Serving serving -> serving.incumbent();
            case InHandoff flight -> flight.incumbent();
            case Stopped _,Failed _,AwaitingSpawn _,AwaitingRestart _,AwaitingExit _ ->
                throw new IllegalStateException(state.label() + " names no incumbent");
        };
    }

    /** What was in flight cannot be told any more: its sessions end, its processes are let go of. */
    private static void abandonFlight(Turn turn, Found found, String damage) {
        if (turn.state() instanceof InHandoff flight) {
            String why = damage.isEmpty()
                    ? "another process than those of this handoff serves"
                    : "the journal is damaged: " + damage;
            Rollback.ended(turn, flight.handoff(), flight.incumbent(), Outcome.INDETERMINATE, why);
            if (flight instanceof WithSuccessor with) {
                turn.closeIfOpen(with.successor().session());
                letGo(turn, with.successor());
            }
            if (flight instanceof AwaitingSuccessorSpawn) {
                dismissSpawning(turn, found);
            }
            turn.closeIfOpen(flight.incumbent().session());
            letGo(turn, flight.incumbent());
        } else if (turn.state() instanceof Serving serving) {
            turn.closeIfOpen(serving.incumbent().session());
            letGo(turn, serving.incumbent());
        } else if (turn.state() instanceof AwaitingIncumbentUp up) {
            turn.closeIfOpen(up.incumbent().session());
            letGo(turn, up.incumbent());
        } else if (turn.state() instanceof AwaitingSpawn) {
            dismissSpawning(turn, found);
        } else if (turn.state() instanceof AwaitingExit exit) {
            exit.daemons().forEach(daemon -> turn.depart(daemon, Peer.NO_SESSION, HandoffId.NONE, 0, true));
            dismissFound(turn, found, "");
        }
        turn.cancelAll();
    }

    private static void letGo(Turn turn, Peer peer) {
        if (peer.alive()) {
            turn.depart(peer.daemon(), Peer.NO_SESSION, HandoffId.NONE, turn.policy().exitMs(), false);
        }
    }

    /** Whoever is adopted is not on its way out. */
    private static void adopt(Turn turn, Daemon daemon) {
        turn.changeDeparting().removeIf(gone -> gone.daemon().pid() == daemon.pid());
        turn.armExit();
        Supervision.comingUp(turn, daemon, 0, true);
    }

    private static void takeSpawned(Turn turn, Found found) {
        switch (turn.state()) {
            case AwaitingSpawn spawn -> Supervision.comingUp(turn,
                    new Daemon(found.spawnedPid(), found.spawnedTicks(), spawn.binary(), ""), spawn.attempt(), false);
            case AwaitingSuccessorSpawn spawn ->
                Forward.successorSpawned(turn, spawn, found.spawnedPid(), found.spawnedTicks());
            case Stopped _,Failed _,AwaitingIncumbentUp _,Serving _,AwaitingRestart _,AwaitingExit _,InHandoff _ -> {
            }
        }
    }

    /** A process that holds nothing yet makes room for another. */
    private static void dismissSpawning(Turn turn, Found found) {
        switch (turn.state()) {
            case AwaitingSpawn spawn -> dismissFound(turn, found, spawn.binary());
            case AwaitingSuccessorSpawn spawn -> {
                turn.close(spawn.session());
                dismissFound(turn, found, spawn.handoff().binary());
            }
            case WithSuccessor with -> {
                turn.closeIfOpen(with.successor().session());
                turn.dismiss(with.successor().daemon());
            }
            case Stopped _,Failed _,AwaitingIncumbentUp _,Serving _,AwaitingRestart _,AwaitingExit _,InHandoff _ -> {
            }
        }
    }

    private static void dismissFound(Turn turn, Found found, String startedFrom) {
        if (found.spawnedPid() != 0 && found.spawnedPid() != found.holderPid()) {
            turn.dismiss(new Daemon(found.spawnedPid(), found.spawnedTicks(), startedFrom, ""));
        }
    }

    private static void cancelWaitsButDeadline(Turn turn) {
        turn.cancel(TimerKind.HELLO);
        turn.cancel(TimerKind.DRAIN);
        turn.cancel(TimerKind.SILENCE);
        turn.cancel(TimerKind.PARTING);
    }

    /** Writes what is due in the phase and was not written, or may be written twice. */
    private static void sendDue(Turn turn, Found found) {
        if (!(turn.state() instanceof WithSuccessor with)) {
            return;
        }
        Situations situations = new Situations(turn.before(), turn.heard());
        Handoff handoff = with.handoff();
        if (situations.request(handoff, Side.SUCCESSOR, MessageKind.HELLO_ACK) != RestartTable.Request.WRITTEN) {
            handoff = handoff.unsent(Side.SUCCESSOR, MessageKind.HELLO_ACK);
            turn.sendToSuccessor(with.successor(), new Message.HelloAck(Message.PROTOCOL_VERSION, handoff.id()));
            Watch.firstHeartbeat(turn, with.successor(), Side.SUCCESSOR);
        }
        turn.become(with.with(handoff));
        switch (with) {
            case AwaitingDrained a -> {
                if (a.incumbent().alive() && found.sessions().contains(a.incumbent().session())) {
                    Forward.prepare(turn, handoff.unsent(Side.INCUMBENT, MessageKind.PREPARE_HANDOFF), a.incumbent(),
                            a.successor());
                }
            }
            case AwaitingSealComplete a ->
                Forward.requestSeal(turn, handoff.unsent(Side.INCUMBENT, MessageKind.SEAL_REQUEST),
                        a.incumbent(), a.successor());
            case AwaitingReady a ->
                Forward.begin(turn, handoff.unsent(Side.SUCCESSOR, MessageKind.BEGIN), a.incumbent(), a.successor(),
                        a.sealed());
            case AwaitingSuccessorHello _,AwaitingLockSeen _,AwaitingSuccessorExit _ -> {
            }
        }
    }

    private static void fenceRequest(Turn turn) {
        switch (turn.state()) {
            case AwaitingDrained a -> {
                turn.order(new Effect.Fence(turn.number(), a.incumbent().session()));
                turn.become(new AwaitingDrained(a.handoff(), a.incumbent(), a.successor(), true));
            }
            case AwaitingSealComplete a -> {
                turn.order(new Effect.Fence(turn.number(), a.incumbent().session()));
                turn.become(new AwaitingSealComplete(a.handoff(), a.incumbent(), a.successor(), a.shardsSealed(),
                        a.shardsTotal(), true));
            }
            case Stopped _,Failed _,AwaitingSpawn _,AwaitingIncumbentUp _,Serving _,AwaitingRestart _,AwaitingExit _,InHandoff _ ->
                {
                }
        }
    }

    private static void terminateAgain(Turn turn, Found found) {
        switch (turn.state()) {
            case AwaitingSuccessorExit a -> turn.order(new Effect.Terminate(turn.number(), a.successor().daemon()));
            case AwaitingExit exit -> {
                for (Daemon daemon : exit.daemons()) {
                    turn.order(new Effect.Terminate(turn.number(), daemon));
                }
                if (exit.spawning() && found.spawnedPid() != 0) {
                    Supervision.joinExit(turn, exit, found.spawnedPid(), found.spawnedTicks());
                } else {
                    turn.become(new AwaitingExit(exit.daemons(), false));
                    Supervision.stoppedIfGone(turn, exit.daemons(), false);
                }
            }
            case Stopped _,Failed _,AwaitingSpawn _,AwaitingIncumbentUp _,Serving _,AwaitingRestart _,InHandoff _ -> {
            }
        }
    }
}
