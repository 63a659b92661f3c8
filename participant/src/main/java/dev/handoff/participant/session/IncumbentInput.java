package dev.handoff.participant.session;

import dev.handoff.codec.Message;
import dev.handoff.participant.DrainReport;
import dev.handoff.participant.SealResult;

/** A fact that an incumbent's session learns. */
public sealed interface IncumbentInput {

    /** A supervisor was accepted. */
    record Connected() implements IncumbentInput {}

    /** A whole frame arrived; {@code protoVersion} is its header's. */
    record Received(int protoVersion, Message message) implements IncumbentInput {}

    /** The connection is of no more use: closed, reset, stalled, or its bytes are no frames. */
    record Lost(String reason) implements IncumbentInput {}

    /** Another supervisor has connected and waits. */
    record AnotherWaits() implements IncumbentInput {}

    /** The drain hook returned. */
    record DrainEnded(DrainReport report) implements IncumbentInput {}

    /** The drain hook threw. */
    record DrainFailed(String reason) implements IncumbentInput {}

    /** The seal hook tells how far it is. */
    record SealProgressed(long shardsSealed, long shardsTotal, long lastRevision) implements IncumbentInput {}

    /** The seal hook returned, or threw, which is {@link SealResult.NotSealed}. */
    record SealEnded(SealResult result) implements IncumbentInput {}

    /** The lock is ours again. */
    record LockTaken() implements IncumbentInput {}

    /** It is not. */
    record LockNotTaken(String reason) implements IncumbentInput {}

    /** The resume hook returned. */
    record Resumed() implements IncumbentInput {}

    /** The resume hook threw. */
    record ResumeFailed(String reason) implements IncumbentInput {}

    /** Nothing else; it became later. */
    record TimePassed() implements IncumbentInput {}
}
