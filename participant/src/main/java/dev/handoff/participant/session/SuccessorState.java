package dev.handoff.participant.session;

/** What a successor's session awaits. */
public sealed interface SuccessorState {

    /** Before the channel is made known. */
    record AwaitingConnection() implements SuccessorState {}

    /** {@code Hello} is sent. A successor waits for the answer without limit. */
    record AwaitingHelloAck() implements SuccessorState {}

    /** The daemon may warm up; it owns nothing. */
    record AwaitingBegin(Link link) implements SuccessorState {}

    /** {@code Begin} came; the lock's outcome is awaited. */
    record TakingLock(Link link) implements SuccessorState {}

    /** The lock is held, the daemon opens its state. */
    record Opening(Link link) implements SuccessorState {}

    /** {@code Ready} with good health is on its way into the socket: only then may the daemon accept. */
    record AwaitingReadyWritten(Link link) implements SuccessorState {}

    /** {@code Ready} without health was sent: the supervisor's abort, or its signal, is awaited. */
    record AwaitingAbort(Link link) implements SuccessorState {}

    /** The session is over. */
    record Ended() implements SuccessorState {}
}
