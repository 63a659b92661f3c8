package dev.handoff.coordinator.core;

import java.util.List;

import dev.handoff.codec.Side;
import dev.handoff.codec.event.Event;

/**
 * The state that a sequence of events leads to. The loop folds each event as it happens; recovery and the replay tool fold
 * the journal's events and arrive at the same state. Confined to one thread.
 */
public final class Fold {

    private CoordinatorState state;
    private final LastHeard heard;

    /** Starts from nothing, before a journal's first event. */
    public Fold() {
        this(CoordinatorState.EMPTY, new LastHeard());
    }

    /** Goes on from a snapshot, which belongs to this fold from now on. */
    public Fold(CoordinatorState state, LastHeard heard) {
        this.state = state;
        this.heard = heard;
    }

    /** Steps on {@code event} and gives the effects that the shell would run; a replay drops them. */
    public List<Effect> apply(Event event) {
        if (event instanceof Event.MessageReceived received) {
            note(received.stamp().service(), received.session(), received.from(), received.stamp().timeNs());
        } else if (event instanceof Event.FragmentReceived fragment) {
            note(fragment.stamp().service(), fragment.session(), fragment.from(), fragment.stamp().timeNs());
        }
        Transition transition = Core.step(state, event, heard);
        state = transition.next();
        return transition.effects();
    }

    /**
     * Takes the {@code MessageReceived} of a heartbeat without an object, where it changes nothing but when its sender was last
     * heard. Live run and replay ask this first for every heartbeat. Allocates nothing.
     *
     * @param protoVersion the version in the frame's header
     * @return whether it was taken; if not, nothing happened, and the event must be given to {@link #apply}
     */
    public boolean takeHeartbeat(int service, long session, Side from, int protoVersion, long timeNs) {
        Service known = state.services().get(service);
        if (known == null || !Turn.isQuiet(known.state(), session, from, protoVersion)) {
            return false;
        }
        heard.heard(service, from, timeNs);
        return true;
    }

    /** Only the session that the side has now counts: a late word of a departing incumbent says nothing about the new one. */
    private void note(int service, long session, Side from, long timeNs) {
        Service known = state.services().get(service);
        if (known != null && Turn.isCurrent(known.state(), session, from)) {
            heard.heard(service, from, timeNs);
        }
    }

    public CoordinatorState state() {
        return state;
    }

    public LastHeard lastHeard() {
        return heard;
    }
}
