package dev.handoff.coordinator.loop;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

import dev.handoff.codec.Side;
import dev.handoff.coordinator.core.Daemon;
import dev.handoff.coordinator.core.Peer;
import dev.handoff.coordinator.core.Service;
import dev.handoff.coordinator.core.State;

/** What a service's state names in the world outside: processes and sessions, to be looked for by whoever takes over. */
public final class Named {

    /** A session of a service. */
    public record NamedSession(long number, Side side) {}

    private Named() {}

    /** The processes that live as far as the state knows. */
    public static List<Daemon> daemons(Service service) {
        List<Daemon> daemons = new ArrayList<>();
        service.departing().forEach(gone -> daemons.add(gone.daemon()));
        if (service.state() instanceof State.AwaitingExit exit) {
            daemons.addAll(exit.daemons());
        }
        incumbent(service.state()).filter(Peer::alive).ifPresent(peer -> daemons.add(peer.daemon()));
        if (service.state() instanceof State.WithSuccessor with && with.successor().alive()) {
            daemons.add(with.successor().daemon());
        }
        return daemons;
    }

    /** The sessions that are open as far as the state knows. */
    public static List<NamedSession> sessions(Service service) {
        List<NamedSession> sessions = new ArrayList<>();
        for (Service.Departing gone : service.departing()) {
            add(sessions, gone.session(), Side.INCUMBENT);
        }
        State state = service.state();
        incumbent(state).ifPresent(peer -> add(sessions, peer.session(), Side.INCUMBENT));
        if (state instanceof State.WithSuccessor with) {
            add(sessions, with.successor().session(), Side.SUCCESSOR);
        }
        if (state instanceof State.AwaitingSuccessorSpawn spawn) {
            add(sessions, spawn.session(), Side.SUCCESSOR);
        }
        return sessions;
    }

    private static void add(List<NamedSession> sessions, long number, Side side) {
        if (number != Peer.NO_SESSION) {
            sessions.add(new NamedSession(number, side));
        }
    }

    /** Whether a process was ordered that the state does not know to be started. */
    public static boolean awaitsSpawn(Service service) {
        return switch (service.state()) {
            case State.AwaitingSpawn _,State.AwaitingSuccessorSpawn _ -> true;
            case State.AwaitingExit exit -> exit.spawning();
            case State.Stopped _,State.AwaitingIncumbentUp _,State.Serving _,State.AwaitingRestart _,State.Failed _,State.InHandoff _ ->
                false;
        };
    }

    private static Optional<Peer> incumbent(State state) {
        return switch (state) {
            case State.AwaitingIncumbentUp up -> Optional.of(up.incumbent());
            case State.Serving serving -> Optional.of(serving.incumbent());
            case State.InHandoff flight -> Optional.of(flight.incumbent());
            case State.Stopped _,State.AwaitingSpawn _,State.AwaitingRestart _,State.Failed _,State.AwaitingExit _ ->
                Optional.empty();
        };
    }
}
