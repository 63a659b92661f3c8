package dev.handoff.replay;

import java.util.List;
import java.util.Optional;

import dev.handoff.codec.Message;
import dev.handoff.codec.Side;
import dev.handoff.codec.event.Event;
import dev.handoff.coordinator.core.CoordinatorState;
import dev.handoff.coordinator.core.Effect;
import dev.handoff.coordinator.core.Fold;
import dev.handoff.coordinator.core.Service;

/**
 * The coordinator's state beside a reading: the production core, folding each entry as recovery does. One thread, one reading that
 * begins at the journal's first record or at a snapshot.
 *
 * <p>
 * Invariant: whatever is lost or forged, {@link #take} does not throw; {@link #isReliable} says whether the state is the writer's.
 */
final class StateTrack {

    private Fold fold = new Fold();
    private boolean begun;
    private boolean reliable = true;

    /** Folds the entry in; what the core ordered on it. */
    List<Effect> take(Entry entry) {
        List<Effect> ordered = List.of();
        switch (entry) {
            case Entry.Happened happened -> ordered = take(happened.event());
            case Entry.Snapshot snapshot -> restore(snapshot);
            case Entry.NotUnderstood _ -> reliable = false;
            case Entry.LossNoted _ -> {
                // its writer went on from what was intact, as this fold does; where records are gone, the reader says so
            }
            case Entry.Damaged damaged -> reliable &= !damaged.damage().losesRecords();
        }
        begun = true;
        return ordered;
    }

    private List<Effect> take(Event event) {
        if (event instanceof Event.MessageReceived received && received.message() instanceof Message.Heartbeat
                && fold.takeHeartbeat(received.stamp().service(), received.session(), received.from(),
                        received.protoVersion(), received.stamp().timeNs())) {
            return List.of();
        }
        try {
            return fold.apply(event);
        } catch (RuntimeException impossible) {
            // The core answers whatever a coordinator can have written. This was forged, or is no state that it can be in, and
            // the story goes on without states until the next snapshot.
            reliable = false;
            fold = new Fold();
            return List.of();
        }
    }

    /** In the middle of an intact journal a snapshot repeats what the fold holds already. */
    private void restore(Entry.Snapshot snapshot) {
        if ((!begun || !reliable) && snapshot.state().isPresent()) {
            fold = new Fold(snapshot.state().get().state(), snapshot.state().get().heard());
            reliable = true;
        }
    }

    CoordinatorState state() {
        return fold.state();
    }

    /** When the side was last heard, 0 for never. */
    long lastHeardNs(int service, Side side) {
        return fold.lastHeard().lastHeardNs(service, side);
    }

    /** The service with this number, if it is known. */
    Optional<Service> service(int number) {
        return Optional.ofNullable(fold.state().services().get(number));
    }

    /** False after a loss, until the next snapshot: then the state is what the core makes of the records that are left. */
    boolean isReliable() {
        return reliable;
    }
}
