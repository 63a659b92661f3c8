package dev.handoff.participant.session;

import java.util.Optional;

import dev.handoff.codec.HandoffId;
import dev.handoff.codec.Message;
import dev.handoff.participant.AbortedAt;

/** What an incumbent's session awaits; each state holds just what is valid there. */
public sealed interface IncumbentState {

    /** Before the connection is made known. */
    record AwaitingConnection() implements IncumbentState {}

    /** {@code Hello} is sent; the session is dropped at {@code dropAtMs}. */
    record AwaitingHelloAck(long dropAtMs) implements IncumbentState {}

    /**
     * The daemon serves, and no handoff has touched it.
     *
     * @param handoffId the id that {@code HelloAck} assigned, or, once {@code over}, that of the handoff rolled back
     * @param over      whether that handoff is over: the next one must bring a new id
     * @param refusal   the answer to its {@code SealRequest}, should that be repeated
     */
    record AwaitingPrepare(Link link, HandoffId handoffId, boolean over, Optional<Message.SealFailed> refusal)
            implements
            IncumbentState {}

    /** The drain hook runs. {@code aborted}: what it achieves is for nothing, the daemon resumes when it ends. */
    record Draining(Link link, Handoff handoff, boolean aborted) implements IncumbentState {}

    /** Drained, and nothing else. */
    record AwaitingSeal(Link link, Handoff handoff, Message.Drained drained) implements IncumbentState {}

    /** The seal hook runs; the lock is held. {@code aborted} as in {@link Draining}. */
    record Sealing(Link link, Handoff handoff, Message.Drained drained, boolean aborted) implements IncumbentState {}

    /** Sealed, the lock released: nothing may be written. */
    record AwaitingCommit(Link link, Handoff handoff, Message.Drained drained, Message.SealComplete sealed)
            implements
            IncumbentState {}

    /**
     * Sealed and rolled back or deserted: the lock decides who serves.
     *
     * @param attempting whether an attempt's outcome is awaited
     * @param tryAtMs    when the next attempt is due
     * @param giveUpAtMs the first failed attempt from here on ends the process
     */
    record RetakingLock(Link link, Handoff handoff, boolean attempting, long tryAtMs, long giveUpAtMs)
            implements
            IncumbentState {}

    /**
     * The resume hook runs; the lock is held.
     *
     * @param refusal as in {@link AwaitingPrepare}
     * @param next    the next handoff, asked for meanwhile on a kept session
     */
    record Resuming(Link link, Handoff handoff, AbortedAt at, Optional<Message.SealFailed> refusal,
            Optional<Message.PrepareHandoff> next) implements IncumbentState {}

    /** The session is over; whatever still arrives is ignored. */
    record Ended() implements IncumbentState {}

    /**
     * The handoff in flight.
     *
     * @param overdueAtMs when the supervisor's silence on it counts as desertion
     */
    record Handoff(HandoffId id, long overdueAtMs) {}
}
