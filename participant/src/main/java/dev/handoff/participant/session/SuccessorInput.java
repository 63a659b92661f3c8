package dev.handoff.participant.session;

import java.util.List;

import dev.handoff.codec.Message;
import dev.handoff.codec.ShardRevisions;

/** A fact that a successor's session learns. */
public sealed interface SuccessorInput {

    /** The channel is there. */
    record Connected() implements SuccessorInput {}

    /** A whole frame arrived; {@code protoVersion} is its header's. */
    record Received(int protoVersion, Message message) implements SuccessorInput {}

    /** The channel is of no more use: closed, reset, stalled, or its bytes are no frames. */
    record Lost(String reason) implements SuccessorInput {}

    /** The lock is ours. */
    record LockTaken() implements SuccessorInput {}

    /** It is not. */
    record LockNotTaken(String reason) implements SuccessorInput {}

    /** The daemon has opened its state, its control socket is bound; {@code healthy} is its own judgement. */
    record Opened(List<String> listeningOn, boolean healthy, ShardRevisions revisions) implements SuccessorInput {

        public Opened {
            listeningOn = List.copyOf(listeningOn);
        }
    }

    /** All output has been taken by the kernel. */
    record Flushed() implements SuccessorInput {}

    /** Nothing else; it became later. */
    record TimePassed() implements SuccessorInput {}
}
