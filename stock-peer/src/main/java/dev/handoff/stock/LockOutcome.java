package dev.handoff.stock;

/** How one try for the data directory's lock ended. */
public enum LockOutcome {
    TAKEN,
    /** Somebody else holds it. */
    HELD,
    /** It could not be tried, or its pidfile not be written, which a stock participant takes as seriously. */
    FAILED
}
