package dev.handoff.participant.session;

/** The protocol page's <i>Timing</i>, in milliseconds. */
public final class SessionTimes {

    /** An incumbent drops a session without {@code HelloAck} after this. */
    public static final long HELLO_ACK_MS = 5_000;

    /**
     * It does so after this already where another supervisor waits to be accepted, which gives a first {@code Hello} no more
     * than 5 s. A supervisor that is alive answers within milliseconds.
     */
    public static final long CONTESTED_HELLO_ACK_MS = 1_000;

    /** A gap in the heartbeats that counts as a dead peer, beyond the time the supervisor may be parked. */
    public static final long SILENCE_MS = 5_000;

    /** How often a hook that runs is shown to a supervisor that announced no heartbeats. */
    public static final long HOOK_HEARTBEAT_MS = 2_000;

    /** A write without progress for this long has failed. */
    public static final long WRITE_STALL_MS = 10_000;

    /** How often a sealed incumbent tries for the lock. */
    public static final long LOCK_RETRY_MS = 25;

    /** For how long it does so. */
    public static final long LOCK_RETRY_FOR_MS = 2_000;

    /**
     * How long past {@code deadline_ms}, beside the hold, an incumbent still waits for the supervisor's next word. By then a
     * supervisor that is alive has rolled the handoff back: it allows itself one second more than the budget, and needs
     * some to kill and reap the successor.
     */
    public static final long OVERDUE_MS = 5_000;

    /** No time: nothing is due. */
    public static final long NEVER = Long.MAX_VALUE;

    private SessionTimes() {}

    /** {@code timeMs + durationMs} for a non-negative time and an unsigned duration; {@link #NEVER} where it is too large. */
    static long after(long timeMs, long durationMs) {
        if (durationMs < 0) {
            return NEVER;
        }
        long sum = timeMs + durationMs;
        return sum < 0 ? NEVER : sum;
    }
}
