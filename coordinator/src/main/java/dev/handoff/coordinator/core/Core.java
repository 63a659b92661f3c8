package dev.handoff.coordinator.core;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

import dev.handoff.codec.event.Event;
import dev.handoff.codec.event.Found;

/**
 * The pure core: {@link #step} is all there is to the coordinator's behaviour. Called by the loop thread for each event after
 * it is in the journal, and by recovery, the replay tool and the simulator with the same events again.
 *
 * <p>
 * Invariant: same state, same event, same {@link LastHeard} give the same transition.
 * <p>
 * Invariant: {@code step} never throws; a peer's fault, a timeout or an impossible order of events is a transition.
 */
public final class Core {

    private Core() {}

    /** What follows from {@code event} in {@code state}. */
    public static Transition step(CoordinatorState state, Event event, LastHeard heard) {
        return switch (event) {
            case Event.MessageReceived _,Event.MessageSending _,Event.GateJudged _,Event.SwapRequested _,Event.AbortRequested _,Event.BinaryResolved _,Event.BinaryRejected _,Event.SpawnOrdered _,Event.Spawned _,Event.SpawnFailed _,Event.ProcessExited _,Event.SessionConnected _,Event.ConnectFailed _,Event.FragmentReceived _,Event.FrameRejected _,Event.SessionClosed _,Event.TimerFired _,Event.FencePassed _,Event.LockSeen _,Event.HandoffEnded _ ->
                ofService(state, event, heard);
            case Event.CoordinatorStarted started -> new Transition(
                    new CoordinatorState(state.services(), false, started.bootId()), List.of());
            case Event.CoordinatorRestarted restarted -> restarted(state, restarted, heard);
            case Event.StopRequested stop -> stop(state, stop, heard);
            case Event.ServiceConfigured configured -> configured(state, configured, heard);
        };
    }

    /** Whether everything the coordinator was asked to stop has stopped. */
    public static boolean stopped(CoordinatorState state) {
        return state.stopping() && state.services().values().stream().allMatch(Core::atRest);
    }

    private static boolean atRest(Service service) {
        return service.departing().isEmpty()
                && (service.state() instanceof State.Stopped || service.state() instanceof State.Failed);
    }

    private static Transition restarted(CoordinatorState state, Event.CoordinatorRestarted restarted, LastHeard heard) {
        CoordinatorState next = new CoordinatorState(state.services(), false, restarted.bootId());
        List<Effect> effects = new ArrayList<>();
        for (Service service : state.services().values()) {
            Optional<Found> found = restarted.found().stream().filter(one -> one.service() == service.number())
                    .findFirst();
            if (found.isEmpty()) {
                next = next.with(service.abandoned(restarted.stamp().timeNs()));
                continue;
            }
            Turn turn = new Turn(service, restarted.stamp().timeNs(), heard);
            TakingOver.restarted(turn, found.get(), restarted.damage());
            Supervision.startIfStopped(turn);
            next = next.with(turn.service());
            effects.addAll(turn.effects());
        }
        return new Transition(next, effects);
    }

    private static Transition configured(CoordinatorState state, Event.ServiceConfigured event, LastHeard heard) {
        int number = event.stamp().service();
        Service known = state.services().get(number);
        Service service = known == null
                ? Service.configured(number, event.name(), event.binary(), event.policy(), event.stamp().timeNs())
                : known.reconfigured(event.name(), event.binary(), event.policy());
        Turn turn = new Turn(service, event.stamp().timeNs(), heard);
        if (!event.takeover() && !state.stopping()) {
            Supervision.startIfStopped(turn);
        }
        return finish(state, state.with(service), turn);
    }

    private static Transition stop(CoordinatorState state, Event.StopRequested event, LastHeard heard) {
        CoordinatorState next = state.asStopping();
        List<Effect> effects = new ArrayList<>();
        for (Service service : state.services().values()) {
            Turn turn = new Turn(service, event.stamp().timeNs(), heard);
            Supervision.stop(turn);
            next = next.with(turn.service());
            effects.addAll(turn.effects());
        }
        if (stopped(next) && !stopped(state)) {
            effects.add(new Effect.Exit(0));
        }
        return new Transition(next, effects);
    }

    private static Transition ofService(CoordinatorState state, Event event, LastHeard heard) {
        Service service = state.services().get(event.stamp().service());
        if (service == null) {
            return new Transition(state, unknownService(event));
        }
        Turn turn = new Turn(service, event.stamp().timeNs(), heard);
        take(turn, event);
        if (service.state() instanceof State.AwaitingExit && !state.stopping()) {
            // A coordinator that died while it stopped; the one that took over was not asked to.
            Supervision.startIfStopped(turn);
        }
        return finish(state, state, turn);
    }

    /** Takes the event; the frequent kinds come first. What names no session, as no shell would, is nobody's. */
    private static void take(Turn turn, Event event) {
        switch (event) {
            case Event.MessageReceived e when e.session() == Peer.NO_SESSION -> {
            }
            case Event.MessageReceived e -> Messages.messageReceived(turn, e);
            case Event.MessageSending e -> Messages.messageSending(turn, e);
            case Event.GateJudged _ -> turn.noted();
            case Event.FrameRejected e when e.session() == Peer.NO_SESSION -> {
            }
            case Event.SessionClosed e when e.session() == Peer.NO_SESSION -> {
            }
            case Event.SwapRequested e -> Requests.swapRequested(turn, e);
            case Event.AbortRequested e -> Requests.abortRequested(turn, e);
            case Event.BinaryResolved e -> Forward.binaryResolved(turn, e);
            case Event.BinaryRejected e -> Forward.binaryRejected(turn, e);
            case Event.SpawnOrdered _ -> {
            }
            case Event.Spawned e -> Processes.spawned(turn, e);
            case Event.SpawnFailed e -> Processes.spawnFailed(turn, e);
            case Event.ProcessExited e -> Processes.processExited(turn, e);
            case Event.SessionConnected e -> Sessions.sessionConnected(turn, e);
            case Event.ConnectFailed e -> Sessions.connectFailed(turn, e);
            case Event.FragmentReceived _ -> {
            }
            case Event.FrameRejected e ->
                Sessions.broken(turn, e.session(), "sent a bad frame (" + e.kind() + ": " + e.reason() + ")");
            case Event.SessionClosed e -> Sessions.sessionClosed(turn, e);
            case Event.TimerFired e -> Timeouts.timerFired(turn, e);
            case Event.FencePassed e -> Sessions.fencePassed(turn, e);
            case Event.LockSeen e -> Forward.lockSeen(turn, e);
            case Event.HandoffEnded e -> {
                turn.noted();
                turn.lastEnded(new Service.Last(e.stamp().handoffId(), e.outcome(), e.reason(), e.stamp().timeNs()));
            }
            case Event.CoordinatorStarted _,Event.CoordinatorRestarted _,Event.ServiceConfigured _,Event.StopRequested _ ->
                {
                }
        }
    }

    private static List<Effect> unknownService(Event event) {
        return switch (event) {
            case Event.SwapRequested swap ->
                List.of(new Effect.Respond(swap.requestId(), new Answer.Refused("no such service")));
            case Event.AbortRequested abort ->
                List.of(new Effect.Respond(abort.requestId(), new Answer.Refused("no such service")));
            case Event.CoordinatorStarted _,Event.CoordinatorRestarted _,Event.ServiceConfigured _,Event.StopRequested _,Event.BinaryResolved _,Event.BinaryRejected _,Event.SpawnOrdered _,Event.Spawned _,Event.SpawnFailed _,Event.ProcessExited _,Event.SessionConnected _,Event.ConnectFailed _,Event.MessageReceived _,Event.FragmentReceived _,Event.FrameRejected _,Event.SessionClosed _,Event.MessageSending _,Event.TimerFired _,Event.FencePassed _,Event.LockSeen _,Event.GateJudged _,Event.HandoffEnded _ ->
                List.of();
        };
    }

    private static Transition finish(CoordinatorState before, CoordinatorState state, Turn turn) {
        CoordinatorState next = turn.changed() ? state.with(turn.service()) : state;
        if (stopped(next) && !stopped(before)) {
            turn.order(new Effect.Exit(0));
        }
        return new Transition(next, turn.effects());
    }
}
