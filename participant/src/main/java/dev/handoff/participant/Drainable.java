package dev.handoff.participant;

/**
 * What a daemon does when its supervisor replaces it. The three hooks run one at a time, on one thread that is not the one
 * that called {@link IncumbentStage#serve}; the session goes on beside them. A hook that throws has failed; what follows is
 * said at each.
 */
public interface Drainable {

    /**
     * Stops accepting, finishes the requests in flight as far as {@code deadline} allows, and makes every acknowledged write
     * durable (protocol page, invariant 3). Listeners are not to be shut down: close what accepts from them, keep them.
     *
     * <p>
     * Where {@link DrainDeadline#successorTakesConnections}, a drain need not end established connections: it brings each to a
     * boundary between two requests, writes the replies, reads no further, and gives it to {@link DrainReport#carried}. Their
     * descriptors must stay open until {@link IncumbentStage#serve} returns, and be closed without a shutdown(2) then; what is
     * offered after the seal are duplicates.
     *
     * <p>
     * If it throws, the session is closed and {@link #resumeAfterAbort} runs with {@link AbortedAt#DRAINED}.
     */
    DrainReport drain(DrainDeadline deadline) throws Exception;

    /**
     * Flushes, writes footers, fsyncs and closes the data directory. The lock is released after it has returned
     * {@link SealResult.Sealed}, and not otherwise: from then on the daemon must write nothing there.
     *
     * <p>
     * If it throws, that is {@link SealResult.NotSealed} with the exception's text: the lock is kept, and
     * {@link #resumeAfterAbort} runs with {@link AbortedAt#DRAINED}.
     *
     * @param progress may be told how far the seal is; it never blocks
     */
    SealResult seal(SealProgress progress) throws Exception;

    /**
     * Serves again: the handoff was rolled back. The lock is held when this runs. With {@link AbortedAt#SEALED} the data
     * directory must be read again, for the successor may have written to it; in either case accepting must begin anew, and so
     * must reading from connections that were to be carried: the successor has done nothing with them.
     *
     * <p>
     * If it throws, the daemon can serve no more: {@link IncumbentStage#serve} returns {@link Served.GaveUp}.
     */
    void resumeAfterAbort(AbortedAt at) throws Exception;
}
