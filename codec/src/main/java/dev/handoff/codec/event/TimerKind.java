package dev.handoff.codec.event;

/** What a timer is for. A service has at most one of each kind armed. */
public enum TimerKind {
    /** The first {@code Hello} of a peer is overdue. */
    HELLO(0),
    /** The incumbent's drain grace is over, plus the second that a reply may be on the wire. */
    DRAIN(1),
    /** The whole handoff's budget is over, plus the same second. */
    DEADLINE(2),
    /** Time to look at when the awaited peer was last heard. */
    SILENCE(3),
    /** Time to emit a heartbeat to the peers that expect one. */
    HEARTBEAT(4),
    /** A process that was asked to end gets killed now. */
    KILL(5),
    /** The old incumbent's time to roll back, be it fence or probe, is over. */
    RESUME(6),
    /** A committed incumbent's time to exit is over. */
    EXIT(7),
    /** The pause before a restart from cold is over. */
    RESTART(8),
    /** A cold start's time until its control socket answers is over. */
    START(9),
    /** The incumbent's session closed, and time is over for its death to explain that. */
    PARTING(10);

    private final int number;

    TimerKind(int number) {
        this.number = number;
    }

    /** The number in the journal; never reused. */
    public int number() {
        return number;
    }

    /** The kind with this number, or null for none. */
    public static TimerKind ofNumber(int number) {
        for (TimerKind kind : values()) {
            if (kind.number == number) {
                return kind;
            }
        }
        return null;
    }
}
