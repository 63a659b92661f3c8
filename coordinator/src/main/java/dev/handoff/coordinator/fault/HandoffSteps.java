package dev.handoff.coordinator.fault;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

import dev.handoff.codec.HandoffId;
import dev.handoff.codec.Message;
import dev.handoff.codec.Side;
import dev.handoff.codec.event.Event;
import dev.handoff.coordinator.core.Fold;
import dev.handoff.coordinator.core.State;
import dev.handoff.coordinator.fault.Step.Moment;

/**
 * The steps of one undisturbed handoff, read off its journal: each record, and each effect that the core orders on it, from the
 * request until the old incumbent is gone. So nothing has to know in advance which steps there are.
 *
 * <p>
 * Left out is what comes when it comes, and may not come at all: timers, heartbeats of the peers, progress of the seal, and the
 * end of a session, which may be told after the end of its process.
 */
public final class HandoffSteps {

    /**
     * A step, and what there is at it.
     *
     * @param ofEffect
     *            whether it is about an effect and not about a record
     * @param incumbentThere
     *            whether the handoff's incumbent is a process then
     * @param successorThere
     *            whether its successor is one, and has not yet become the incumbent
     */
    public record Listed(Step step, boolean ofEffect, boolean incumbentThere, boolean successorThere) {

        /** Whether this victim can be struck at this step. */
        public boolean has(Fault.Victim victim) {
            return switch (victim) {
                case COORDINATOR -> true;
                case INCUMBENT -> incumbentThere;
                case SUCCESSOR -> successorThere;
            };
        }
    }

    private final HandoffId id;
    private final Map<Step, Listed> listed = new LinkedHashMap<>();
    private final Fold fold = new Fold();
    private boolean begun;
    private boolean over;
    private long incumbent;
    private boolean incumbentThere;
    private boolean successorThere;

    private HandoffSteps(HandoffId id) {
        this.id = id;
    }

    /**
     * The steps of handoff {@code id}, in the order they come in.
     *
     * @param events
     *            a journal's, from its first on
     */
    public static List<Listed> of(List<Event> events, HandoffId id) {
        HandoffSteps steps = new HandoffSteps(id);
        events.forEach(steps::take);
        return new ArrayList<>(steps.listed.values());
    }

    private void take(Event event) {
        int service = event.stamp().service();
        if (event instanceof Event.SwapRequested && event.stamp().handoffId().equals(id)
                && fold.state().services().get(service).state() instanceof State.Serving serving) {
            begun = true;
            incumbent = serving.incumbent().daemon().pid();
            incumbentThere = true;
        }
        boolean counts = begun && !over && !comesWhenItComes(event);
        boolean reaped = event instanceof Event.ProcessExited exited && exited.pid() == incumbent;
        if (reaped) {
            incumbentThere = false;
        }
        if (counts) {
            // It runs before its record is appended.
            successorThere |= event instanceof Event.Spawned spawned && spawned.role() == Side.SUCCESSOR;
            list(StepNames.of(event), false);
            successorThere &= !(event instanceof Event.HandoffEnded);
        }
        var effects = fold.apply(event);
        if (counts) {
            effects.forEach(effect -> list(StepNames.of(effect), true));
        }
        over |= begun && reaped;
    }

    private void list(String name, boolean ofEffect) {
        for (Moment moment : Moment.values()) {
            Step step = new Step(name, moment);
            listed.putIfAbsent(step, new Listed(step, ofEffect, incumbentThere, successorThere));
        }
    }

    private static boolean comesWhenItComes(Event event) {
        return event instanceof Event.TimerFired || event instanceof Event.SessionClosed
                || (event instanceof Event.MessageReceived received
                        && (received.message() instanceof Message.Heartbeat
                                || received.message() instanceof Message.SealProgress));
    }
}
