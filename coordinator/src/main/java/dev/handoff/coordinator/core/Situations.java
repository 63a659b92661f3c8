package dev.handoff.coordinator.core;

import dev.handoff.codec.MessageKind;
import dev.handoff.codec.Side;
import dev.handoff.codec.event.Found;
import dev.handoff.coordinator.core.RestartTable.Life;
import dev.handoff.coordinator.core.RestartTable.Phase;
import dev.handoff.coordinator.core.RestartTable.Request;
import dev.handoff.coordinator.core.RestartTable.Situation;
import dev.handoff.coordinator.core.State.AwaitingDrained;
import dev.handoff.coordinator.core.State.AwaitingIncumbentUp;
import dev.handoff.coordinator.core.State.AwaitingReady;
import dev.handoff.coordinator.core.State.InHandoff;
import dev.handoff.coordinator.core.State.Serving;
import dev.handoff.coordinator.core.State.Undo;
import dev.handoff.coordinator.core.State.WithSuccessor;

/** Tells in which {@link Situation} a service is found by a coordinator that takes over. Made and dropped within one turn. */
final class Situations {

    private final Service service;
    private final LastHeard heard;

    /** @param heard as the dead coordinator's last record left it */
    Situations(Service service, LastHeard heard) {
        this.service = service;
        this.heard = heard;
    }

    Situation of(State state, Found found, boolean damaged) {
        Peer incumbent = incumbent(state);
        Peer successor = state instanceof WithSuccessor with ? with.successor() : null;
        Phase phase = phase(state);
        boolean idempotent = switch (phase) {
            case GREETING_SUCCESSOR, BEGINNING -> successor != null && successor.capabilities().idempotent();
            case STOPPED, STARTING, COMING_UP, SERVING, PAUSED, GIVEN_UP, STOPPING, RESOLVING, GREETING_INCUMBENT,
                    SPAWNING, AWAITING_HELLO, DRAINING, SEALING, LOOKING_AT_LOCK, KILLING, RESUMING, PROBING ->
                incumbent != null && incumbent.capabilities().idempotent();
        };
        boolean channel = state instanceof State.AwaitingSuccessorSpawn spawn
                ? found.sessions().contains(spawn.session())
                : handedBack(successor, found);
        return new Situation(damaged, phase, request(phase, state), idempotent, life(incumbent, found),
                handedBack(incumbent, found), life(successor, found), channel, found.spawnedPid() != 0,
                found.holderPid() != 0, found.holderPid() != 0 && !names(state, found.holderPid()));
    }

    private static Peer incumbent(State state) {
        return switch (state) {
            case AwaitingIncumbentUp up -> up.incumbent();
            case Serving serving -> serving.incumbent();
            case InHandoff flight -> flight.incumbent();
            case State.Stopped _,State.Failed _,State.AwaitingSpawn _,State.AwaitingRestart _,State.AwaitingExit _ ->
                null;
        };
    }

    private boolean names(State state, long pid) {
        Peer incumbent = incumbent(state);
        return (incumbent != null && incumbent.daemon().pid() == pid)
                || (state instanceof WithSuccessor with && with.successor().daemon().pid() == pid)
                || (state instanceof State.AwaitingExit exit
                        && exit.daemons().stream().anyMatch(daemon -> daemon.pid() == pid))
                || service.departing().stream().anyMatch(gone -> gone.daemon().pid() == pid);
    }

    private static Life life(Peer peer, Found found) {
        if (peer == null) {
            return Life.NONE;
        }
        return peer.alive() && !found.gone().contains(peer.daemon().pid()) ? Life.LIVES : Life.GONE;
    }

    private static boolean handedBack(Peer peer, Found found) {
        return peer != null && peer.connected() && found.sessions().contains(peer.session());
    }

    private Phase phase(State state) {
        return switch (state) {
            case State.Stopped _ -> Phase.STOPPED;
            case State.AwaitingSpawn _ -> Phase.STARTING;
            case AwaitingIncumbentUp _ -> Phase.COMING_UP;
            case Serving _ -> Phase.SERVING;
            case State.AwaitingRestart _ -> Phase.PAUSED;
            case State.Failed _ -> Phase.GIVEN_UP;
            case State.AwaitingExit _ -> Phase.STOPPING;
            case State.AwaitingBinary _ -> Phase.RESOLVING;
            case State.AwaitingIncumbentHello _ -> Phase.GREETING_INCUMBENT;
            case State.AwaitingSuccessorSpawn _ -> Phase.SPAWNING;
            case State.AwaitingSuccessorHello _ -> Phase.AWAITING_HELLO;
            case AwaitingDrained a -> greeted(a.handoff()) ? Phase.DRAINING : Phase.GREETING_SUCCESSOR;
            case State.AwaitingSealComplete _ -> Phase.SEALING;
            case AwaitingReady a -> greeted(a.handoff()) ? Phase.BEGINNING : Phase.GREETING_SUCCESSOR;
            case State.AwaitingLockSeen _ -> Phase.LOOKING_AT_LOCK;
            case State.AwaitingSuccessorExit _ -> Phase.KILLING;
            case State.AwaitingIncumbentResumed _ -> Phase.RESUMING;
            case State.AwaitingIncumbentProbed _ -> Phase.PROBING;
        };
    }

    private boolean greeted(Handoff handoff) {
        return request(handoff, Side.SUCCESSOR, MessageKind.HELLO_ACK) == Request.WRITTEN;
    }

    private Request request(Phase phase, State state) {
        if (!(state instanceof InHandoff flight)) {
            return Request.WRITTEN;
        }
        Handoff handoff = flight.handoff();
        return switch (phase) {
            case SPAWNING -> request(handoff, Side.INCUMBENT, MessageKind.HELLO_ACK);
            case GREETING_SUCCESSOR -> request(handoff, Side.SUCCESSOR, MessageKind.HELLO_ACK);
            case DRAINING -> state instanceof AwaitingDrained a && a.unsure()
                    ? Request.IN_DOUBT
                    : request(handoff, Side.INCUMBENT, MessageKind.PREPARE_HANDOFF);
            case SEALING -> state instanceof State.AwaitingSealComplete a && a.unsure()
                    ? Request.IN_DOUBT
                    : request(handoff, Side.INCUMBENT, MessageKind.SEAL_REQUEST);
            case BEGINNING -> request(handoff, Side.SUCCESSOR, MessageKind.BEGIN);
            case RESUMING -> request(handoff, Side.INCUMBENT,
                    state instanceof State.AwaitingIncumbentResumed a && a.undo() == Undo.SEAL
                            ? MessageKind.RESUME_AFTER_ABORT
                            : MessageKind.ABORT);
            case STOPPED, STARTING, COMING_UP, SERVING, PAUSED, GIVEN_UP, STOPPING, RESOLVING, GREETING_INCUMBENT,
                    AWAITING_HELLO, LOOKING_AT_LOCK, KILLING, PROBING ->
                Request.WRITTEN;
        };
    }

    /** What can be said of one message of the handoff. */
    Request request(Handoff handoff, Side to, MessageKind kind) {
        if (!handoff.sent().has(to, kind)) {
            return Request.UNWRITTEN;
        }
        return heard.inDoubt(service.number(), to, kind) ? Request.IN_DOUBT : Request.WRITTEN;
    }
}
