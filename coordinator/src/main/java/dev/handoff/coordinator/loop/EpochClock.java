package dev.handoff.coordinator.loop;

/** Nanoseconds since the Unix epoch that never step back. Any thread. */
public interface EpochClock {

    long nowNs();

    /** The wall clock at the first call, and from then on the monotonic one: a corrected wall clock fires no deadline. */
    static EpochClock anchored() {
        java.time.Instant now = java.time.Instant.now();
        long offsetNs = now.getEpochSecond() * 1_000_000_000L + now.getNano() - System.nanoTime();
        return () -> offsetNs + System.nanoTime();
    }
}
