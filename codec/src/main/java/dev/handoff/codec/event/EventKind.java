package dev.handoff.codec.event;

/**
 * The kinds of {@link Event}: the number that stands in a journal record's header, and the name that dumps, transcripts and the
 * command line show.
 *
 * <p>
 * Invariant: a number, once released, means the same for ever, down to the bytes of the payload; an event whose fields change
 * gets a new one. Events have 1..127; 0 is what an erased header shows, and 128..255 are the journal's own records.
 */
public enum EventKind {
    COORDINATOR_STARTED(1, "CoordinatorStarted"),
    SERVICE_CONFIGURED(2, "ServiceConfigured"),
    STOP_REQUESTED(3, "StopRequested"),
    SWAP_REQUESTED(4, "SwapRequested"),
    ABORT_REQUESTED(5, "AbortRequested"),
    BINARY_RESOLVED(6, "BinaryResolved"),
    BINARY_REJECTED(7, "BinaryRejected"),
    SPAWN_ORDERED(8, "SpawnOrdered"),
    SPAWNED(9, "Spawned"),
    SPAWN_FAILED(10, "SpawnFailed"),
    PROCESS_EXITED(11, "ProcessExited"),
    SESSION_CONNECTED(12, "SessionConnected"),
    CONNECT_FAILED(13, "ConnectFailed"),
    MESSAGE_RECEIVED(14, "MessageReceived"),
    FRAGMENT_RECEIVED(15, "FragmentReceived"),
    FRAME_REJECTED(16, "FrameRejected"),
    SESSION_CLOSED(17, "SessionClosed"),
    MESSAGE_SENDING(18, "MessageSending"),
    TIMER_FIRED(19, "TimerFired"),
    FENCE_PASSED(20, "FencePassed"),
    LOCK_SEEN(21, "LockSeen"),
    GATE_JUDGED(22, "GateJudged"),
    HANDOFF_ENDED(23, "HandoffEnded"),
    COORDINATOR_RESTARTED(24, "CoordinatorRestarted");

    /** The largest number an event can have. */
    public static final int MAX_NUMBER = 127;

    private static final EventKind[] BY_NUMBER = new EventKind[MAX_NUMBER + 1];

    static {
        for (EventKind kind : values()) {
            BY_NUMBER[kind.number] = kind;
        }
    }

    private final int number;
    private final String eventName;

    EventKind(int number, String eventName) {
        this.number = number;
        this.eventName = eventName;
    }

    /** The number in the journal, 1..{@value #MAX_NUMBER}; never reused. */
    public int number() {
        return number;
    }

    /** The event's name, which is its record's. */
    public String eventName() {
        return eventName;
    }

    /** The kind with this number, or null for none. Allocates nothing. */
    public static EventKind ofNumber(int number) {
        return number >= 0 && number <= MAX_NUMBER ? BY_NUMBER[number] : null;
    }

    /** The kind of {@code event}. */
    public static EventKind of(Event event) {
        return switch (event) {
            case Event.CoordinatorStarted _ -> COORDINATOR_STARTED;
            case Event.CoordinatorRestarted _ -> COORDINATOR_RESTARTED;
            case Event.ServiceConfigured _ -> SERVICE_CONFIGURED;
            case Event.StopRequested _ -> STOP_REQUESTED;
            case Event.SwapRequested _ -> SWAP_REQUESTED;
            case Event.AbortRequested _ -> ABORT_REQUESTED;
            case Event.BinaryResolved _ -> BINARY_RESOLVED;
            case Event.BinaryRejected _ -> BINARY_REJECTED;
            case Event.SpawnOrdered _ -> SPAWN_ORDERED;
            case Event.Spawned _ -> SPAWNED;
            case Event.SpawnFailed _ -> SPAWN_FAILED;
            case Event.ProcessExited _ -> PROCESS_EXITED;
            case Event.SessionConnected _ -> SESSION_CONNECTED;
            case Event.ConnectFailed _ -> CONNECT_FAILED;
            case Event.MessageReceived _ -> MESSAGE_RECEIVED;
            case Event.FragmentReceived _ -> FRAGMENT_RECEIVED;
            case Event.FrameRejected _ -> FRAME_REJECTED;
            case Event.SessionClosed _ -> SESSION_CLOSED;
            case Event.MessageSending _ -> MESSAGE_SENDING;
            case Event.TimerFired _ -> TIMER_FIRED;
            case Event.FencePassed _ -> FENCE_PASSED;
            case Event.LockSeen _ -> LOCK_SEEN;
            case Event.GateJudged _ -> GATE_JUDGED;
            case Event.HandoffEnded _ -> HANDOFF_ENDED;
        };
    }
}
