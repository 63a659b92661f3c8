package dev.handoff.coordinator.core;

import java.util.List;

import dev.handoff.codec.Side;
import dev.handoff.codec.event.Event;

/**
 * The state that a sequence of events leads to. The loop folds each event as it happens; recovery and the replay tool fold
 * the journal's events and arrive at the same state. Confined to one thread.
 */
public final class Fold {

    private CoordinatorState state = CoordinatorState.EMPTY;
    private final LastHeard heard = new LastHeard();

    /** Steps on {@code event} and gives the effects that the shell would run; a replay drops them. */
    public List<Effect> apply(Event event) {
        if (event instanceof Event.MessageReceived received) {
            heard(received.stamp().service(), received.from(), received.stamp().timeNs());
        } else if (event instanceof Event.FragmentReceived fragment) {
            heard(fragment.stamp().service(), fragment.from(), fragment.stamp().timeNs());
        }
        Transition transition = Core.step(state, event, heard);
        state = transition.next();
        return transition.effects();
    }

    /** All that a heartbeat changes while nothing else awaits it; allocates nothing. */
    public void heard(int service, Side peer, long timeNs) {
        heard.heard(service, peer, timeNs);
    }

    public CoordinatorState state() {
        return state;
    }

    public LastHeard lastHeard() {
        return heard;
    }
}
