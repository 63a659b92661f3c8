package dev.handoff.stock;

import java.util.concurrent.TimeUnit;

/** Nanoseconds since the Unix epoch that never step back: the wall clock once, then the monotonic one. */
final class SteadyClock {

    private static final long ORIGIN_NS = TimeUnit.MILLISECONDS.toNanos(System.currentTimeMillis()) - System.nanoTime();

    private SteadyClock() {}

    static long nowNs() {
        return ORIGIN_NS + System.nanoTime();
    }
}
