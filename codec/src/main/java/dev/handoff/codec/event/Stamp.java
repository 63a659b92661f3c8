package dev.handoff.codec.event;

import dev.handoff.codec.HandoffId;

/**
 * When and where an event happened; the first component of every {@link Event}.
 *
 * @param timeNs
 *            nanoseconds since the Unix epoch, never less than that of the event before it in the same journal
 * @param service
 *            the service's number, assigned by {@link Event.ServiceConfigured}; {@link #COORDINATOR} for the coordinator
 *            itself
 * @param handoffId
 *            the handoff it belongs to, or {@link HandoffId#NONE}
 */
public record Stamp(long timeNs, int service, HandoffId handoffId) {

    /** The service number of events that concern the coordinator as a whole. */
    public static final int COORDINATOR = 0;

    public static Stamp ofCoordinator(long timeNs) {
        return new Stamp(timeNs, COORDINATOR, HandoffId.NONE);
    }
}
