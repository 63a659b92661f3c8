package dev.handoff.coordinator.core;

import dev.handoff.codec.Side;
import org.agrona.collections.Long2LongHashMap;

/**
 * When each peer was last heard. Kept apart from {@link CoordinatorState} in primitives, so that a heartbeat's turn allocates
 * nothing; folded from the same events by the same replay, and covered by the same hash. Confined to one thread.
 */
public final class LastHeard {

    private static final long NEVER = 0;

    private final Long2LongHashMap timesNs = new Long2LongHashMap(NEVER);

    /** Notes that this peer was heard; allocates nothing once the peer is known. */
    void heard(int service, Side peer, long timeNs) {
        if (timeNs == NEVER) {
            // The map has no room for the value that stands for none.
            timesNs.remove(key(service, peer));
        } else {
            timesNs.put(key(service, peer), timeNs);
        }
    }

    /** When this peer was last heard, or 0 for never. */
    public long lastHeardNs(int service, Side peer) {
        return timesNs.get(key(service, peer));
    }

    private static long key(int service, Side peer) {
        return (long) service << 1 | peer.discriminant();
    }
}
