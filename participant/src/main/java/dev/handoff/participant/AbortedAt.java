package dev.handoff.participant;

/** How far a handoff had come when it was rolled back. */
public enum AbortedAt {
    /** At most drained: the writer state is open, or was never wholly closed, and the lock was held all the time. */
    DRAINED,
    /** Sealed: all is closed, and mostly the lock was released for a time, so that another process may have written. Read again. */
    SEALED
}
