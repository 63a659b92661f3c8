package dev.handoff.participant;

import java.util.concurrent.TimeUnit;

/** Milliseconds since this object was made, never running backwards. Any thread. */
final class SessionClock {

    private final long startNs = System.nanoTime();
    private final long unixZeroMs = System.currentTimeMillis();

    long nowMs() {
        return TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - startNs);
    }

    /** The Unix time at this clock's zero. */
    long unixZeroMs() {
        return unixZeroMs;
    }
}
