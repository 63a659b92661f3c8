package dev.handoff.participant;

/** A drain's grace, counted from its start. */
final class DrainClock implements DrainDeadline {

    private final SessionClock clock;
    private final long startMs;
    private final long graceMs;
    private volatile boolean aborted;

    /** {@code graceMs} is unsigned. */
    DrainClock(SessionClock clock, long graceMs) {
        this.clock = clock;
        this.startMs = clock.nowMs();
        this.graceMs = graceMs < 0 ? Long.MAX_VALUE : graceMs;
    }

    @Override
    public long remainingMs() {
        return aborted ? 0 : Math.max(0, graceMs - (clock.nowMs() - startMs));
    }

    @Override
    public boolean aborted() {
        return aborted;
    }

    void abort() {
        aborted = true;
    }
}
