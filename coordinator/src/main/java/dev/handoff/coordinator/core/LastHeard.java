package dev.handoff.coordinator.core;

import dev.handoff.codec.Side;

/**
 * When each peer was last heard. Kept apart from {@link CoordinatorState} in primitives, so that a heartbeat's turn allocates
 * nothing; folded from the same events by the same replay.
 */
public final class LastHeard {

    private static final int SIDES = Side.values().length;

    private long[] timesNs = new long[16];

    /** Notes that this peer was heard. */
    public void heard(int service, Side peer, long timeNs) {
        int slot = slot(service, peer);
        if (slot >= timesNs.length) {
            timesNs = java.util.Arrays.copyOf(timesNs, Math.max(slot + 1, timesNs.length * 2));
        }
        timesNs[slot] = timeNs;
    }

    /** When this peer was last heard, or 0 for never. */
    public long lastHeardNs(int service, Side peer) {
        int slot = slot(service, peer);
        return slot < timesNs.length ? timesNs[slot] : 0;
    }

    private static int slot(int service, Side peer) {
        return service * SIDES + peer.discriminant();
    }
}
