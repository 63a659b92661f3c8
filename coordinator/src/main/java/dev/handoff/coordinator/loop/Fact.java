package dev.handoff.coordinator.loop;

import dev.handoff.codec.event.Event;
import dev.handoff.codec.event.Stamp;

/** An event that only lacks its stamp, which the loop gives it: so time in the journal never runs back. */
@FunctionalInterface
public interface Fact {
    Event at(Stamp stamp);
}
