package dev.handoff.coordinator.core;

import java.util.ArrayList;
import java.util.List;

import dev.handoff.codec.event.Event;
import dev.handoff.codec.event.Outcome;
import dev.handoff.codec.event.Stamp;

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
            case Event.CoordinatorStarted started -> started(state, started);
            case Event.CoordinatorRestarted restarted ->
                started(state, new Event.CoordinatorStarted(restarted.stamp(), restarted.pid(), restarted.build(),
                        restarted.bootId()));
            case Event.StopRequested stop -> stop(state, stop, heard);
            case Event.ServiceConfigured configured -> configured(state, configured, heard);
            case Event.SwapRequested _,Event.AbortRequested _,Event.BinaryResolved _,Event.BinaryRejected _,Event.SpawnOrdered _,Event.Spawned _,Event.SpawnFailed _,Event.ProcessExited _,Event.SessionConnected _,Event.ConnectFailed _,Event.MessageReceived _,Event.FragmentReceived _,Event.FrameRejected _,Event.SessionClosed _,Event.MessageSending _,Event.TimerFired _,Event.FencePassed _,Event.LockSeen _,Event.GateJudged _,Event.HandoffEnded _ ->
                ofService(state, event, heard);
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

    private static Transition started(CoordinatorState state, Event.CoordinatorStarted started) {
        long nowNs = started.stamp().timeNs();
        CoordinatorState next = new CoordinatorState(Services.NONE, false, started.bootId());
        List<Effect> effects = new ArrayList<>();
        for (Service service : state.services().values()) {
            next = next.with(service.restarted(nowNs));
            if (service.state() instanceof State.InHandoff inFlight) {
                effects.add(new Effect.Note(
                        new Event.HandoffEnded(new Stamp(nowNs, service.number(), inFlight.handoff().id()),
                                Outcome.INDETERMINATE, "the coordinator ended during " + service.state().label())));
            }
        }
        return new Transition(next, effects);
    }

    private static Transition configured(CoordinatorState state, Event.ServiceConfigured event, LastHeard heard) {
        int number = event.stamp().service();
        Service known = state.services().get(number);
        Service service = known == null
                ? Service.configured(number, event.name(), event.binary(), event.policy(), event.stamp().timeNs())
                : known.reconfigured(event.name(), event.binary(), event.policy());
        Turn turn = new Turn(service, event, heard);
        return finish(state, state.with(service), state.stopping() ? turn : turn.startIfStopped());
    }

    private static Transition stop(CoordinatorState state, Event.StopRequested event, LastHeard heard) {
        CoordinatorState next = state.asStopping();
        List<Effect> effects = new ArrayList<>();
        for (Service service : state.services().values()) {
            Turn turn = new Turn(service, event, heard).stop();
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
        return finish(state, state, new Turn(service, event, heard).take());
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
        CoordinatorState next = state.with(turn.service());
        List<Effect> effects = new ArrayList<>(turn.effects());
        if (stopped(next) && !stopped(before)) {
            effects.add(new Effect.Exit(0));
        }
        return new Transition(next, effects);
    }
}
