package dev.handoff.replay;

import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;

import dev.handoff.coordinator.core.Effect;
import dev.handoff.coordinator.core.Service;

/**
 * One entry of a handoff's story, with what the production core made of it.
 *
 * @param before   the service before it; empty where records before it are lost, so that nobody knows
 * @param after    the service after it
 * @param ordered  what the core ordered on it, for this service, in its order
 * @param causedBy the sequence of the record that led to this one: that on which the core ordered it, or the request that it answers;
 *                 empty where it came by itself
 */
public record Moment(Entry entry, Optional<Service> before, Optional<Service> after, List<Effect> ordered,
        OptionalLong causedBy) {

    public Moment {
        ordered = List.copyOf(ordered);
    }
}
