package dev.handoff.participant;

/** A drain's grace, counted from its start, and whether the successor takes connections. */
final class DrainClock implements DrainDeadline {

    private final SessionClock clock;
    private final long startMs;
    private final long graceMs;
    private volatile boolean aborted;
    private volatile boolean successorTakes;

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

    @Override
    public boolean successorTakesConnections() {
        return successorTakes;
    }

    void abort() {
        aborted = true;
    }

    /** Before the daemon's hook gets to see this. */
    void successorTakes(boolean takes) {
        successorTakes = takes;
    }
}
