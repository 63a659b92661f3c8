package dev.handoff.participant;

/** Until when a drain may go on. Any thread may ask; a drain that waits should ask every few milliseconds. */
public interface DrainDeadline {

    /** Milliseconds left, 0 when the drain should end: its grace is over, or it was {@link #aborted}. */
    long remainingMs();

    /** Whether the handoff was rolled back, or its session ended, while the drain runs: what it achieves is for nothing. */
    boolean aborted();

    /** Whether the drain should end now. */
    default boolean passed() {
        return remainingMs() == 0;
    }

    /**
     * Whether this handoff's successor takes established connections: then a drain need not end them, and gives them to
     * {@link DrainReport#carried}. The same from the drain's start to its end.
     */
    default boolean successorTakesConnections() {
        return false;
    }
}
