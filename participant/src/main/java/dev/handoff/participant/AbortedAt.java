package dev.handoff.participant;

/** How far a handoff had come when it was rolled back. */
public enum AbortedAt {
    /** At most drained: the writer state is open, or was never wholly closed, and the lock was held all the time. */
    DRAINED,
    /** Sealed: the lock was released for a time, another process may have written. Read the data directory again. */
    SEALED
}
