package dev.handoff.coordinator.keeper;

/**
 * How long to wait before the coordinator is started again: not at all after a single death, for parked peers wait, then 100,
 * 200, 400 … {@value #LONGEST_MS} ms, until it was ready for a while.
 */
final class Backoff {

    static final long FIRST_MS = 100;
    static final long LONGEST_MS = 5_000;

    /** Ready for so long counts as healthy: some starts of a JVM, so that a crash right after each start is slowed down. */
    static final long HEALTHY_MS = 1_000;

    private long nextMs;

    /** The wait after a death, in ms; {@code readyForMs} is 0 for a coordinator that was never ready. */
    long afterDeathMs(long readyForMs) {
        if (readyForMs >= HEALTHY_MS) {
            nextMs = 0;
        }
        long waitMs = nextMs;
        nextMs = Math.min(LONGEST_MS, Math.max(FIRST_MS, nextMs * 2));
        return waitMs;
    }
}
