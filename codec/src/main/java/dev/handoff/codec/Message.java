package dev.handoff.codec;

import java.util.List;

/**
 * The 14 control messages of protocol version 1, as values for the cold path. Each message's direction is in its type, so
 * that sending {@code Begin} to the incumbent does not compile. The wire's discriminant is the order given in
 * {@link MessageKind}.
 *
 * <p>
 * Field widths follow the wire: {@code u16} values are {@code int} in 0..65535, {@code u32} values are {@code long} in
 * 0..2^32-1, {@code u64} values are {@code long} read as unsigned. A record refuses values outside its field's range.
 */
public sealed interface Message {

    /** The protocol version this implementation speaks, and the only one there is. */
    int PROTOCOL_VERSION = 1;

    /** Which of the 14 this is. */
    MessageKind kind();

    /** What the supervisor may send to the incumbent. */
    sealed interface ToIncumbent extends Message {}

    /** What the supervisor may send to the successor. */
    sealed interface ToSuccessor extends Message {}

    /** What the incumbent may send to the supervisor. */
    sealed interface FromIncumbent extends Message {}

    /** What the successor may send to the supervisor. */
    sealed interface FromSuccessor extends Message {}

    /** Announces a participant's identity and the protocol versions it supports; first on every session. */
    record Hello(Side role, long pid, BuildId buildId, int protoMin, int protoMax, Capabilities capabilities)
            implements
            FromIncumbent,
            FromSuccessor {
        public Hello {
            FieldRange.requireU32(pid, "pid");
            FieldRange.requireU16(protoMin, "protoMin");
            FieldRange.requireU16(protoMax, "protoMax");
        }

        @Override
        public MessageKind kind() {
            return MessageKind.HELLO;
        }
    }

    /** Confirms the version and assigns the handoff id. */
    record HelloAck(int protoVersionChosen, HandoffId handoffId) implements ToIncumbent, ToSuccessor {
        public HelloAck {
            FieldRange.requireU16(protoVersionChosen, "protoVersionChosen");
        }

        @Override
        public MessageKind kind() {
            return MessageKind.HELLO_ACK;
        }
    }

    /** Asks the incumbent to drain. Both budgets in milliseconds, unsigned. */
    record PrepareHandoff(HandoffId handoffId, long successorPid, long deadlineMs, long drainGraceMs)
            implements
            ToIncumbent {
        public PrepareHandoff {
            FieldRange.requireU32(successorPid, "successorPid");
        }

        @Override
        public MessageKind kind() {
            return MessageKind.PREPARE_HANDOFF;
        }
    }

    /** The incumbent no longer accepts, and everything it acknowledged is on disk. */
    record Drained(long openConnsRemaining, boolean acceptClosed) implements FromIncumbent {
        public Drained {
            FieldRange.requireU32(openConnsRemaining, "openConnsRemaining");
        }

        @Override
        public MessageKind kind() {
            return MessageKind.DRAINED;
        }
    }

    /** Asks the incumbent to seal its state and release the lock. */
    record SealRequest(HandoffId handoffId) implements ToIncumbent {
        @Override
        public MessageKind kind() {
            return MessageKind.SEAL_REQUEST;
        }
    }

    /** A long seal's progress; optional. */
    record SealProgress(long shardsSealed, long shardsTotal, long lastRevision) implements FromIncumbent {
        public SealProgress {
            FieldRange.requireU32(shardsSealed, "shardsSealed");
            FieldRange.requireU32(shardsTotal, "shardsTotal");
        }

        @Override
        public MessageKind kind() {
            return MessageKind.SEAL_PROGRESS;
        }
    }

    /** The state is sealed and the lock released. */
    record SealComplete(HandoffId handoffId, ShardRevisions lastRevisionPerShard, Fingerprint dataDirFingerprint)
            implements
            FromIncumbent {
        @Override
        public MessageKind kind() {
            return MessageKind.SEAL_COMPLETE;
        }
    }

    /** The seal failed; the incumbent still holds the lock and resumes. */
    record SealFailed(HandoffId handoffId, String error, String partialState) implements FromIncumbent {
        @Override
        public MessageKind kind() {
            return MessageKind.SEAL_FAILED;
        }
    }

    /** Cues the successor to take the lock, open the sealed state and serve. */
    record Begin(HandoffId handoffId) implements ToSuccessor {
        @Override
        public MessageKind kind() {
            return MessageKind.BEGIN;
        }
    }

    /** The successor holds the lock and serves. */
    record Ready(HandoffId handoffId, List<String> listeningOn, boolean healthzOk,
            ShardRevisions advertisedRevisionPerShard) implements FromSuccessor {
        public Ready {
            listeningOn = List.copyOf(listeningOn);
        }

        @Override
        public MessageKind kind() {
            return MessageKind.READY;
        }
    }

    /** Lets the incumbent finish and exit. */
    record Commit(HandoffId handoffId) implements ToIncumbent {
        @Override
        public MessageKind kind() {
            return MessageKind.COMMIT;
        }
    }

    /** Rolls the handoff in flight back. */
    record Abort(HandoffId handoffId, String reason) implements ToIncumbent, ToSuccessor {
        @Override
        public MessageKind kind() {
            return MessageKind.ABORT;
        }
    }

    /** Has the incumbent retake the lock and reopen its writer after an abort that came after the seal. */
    record ResumeAfterAbort(HandoffId handoffId) implements ToIncumbent {
        @Override
        public MessageKind kind() {
            return MessageKind.RESUME_AFTER_ABORT;
        }
    }

    /** A sign of life, both ways. {@code tsMs} is the sender's clock in Unix milliseconds. */
    record Heartbeat(long tsMs) implements ToIncumbent, ToSuccessor, FromIncumbent, FromSuccessor {
        @Override
        public MessageKind kind() {
            return MessageKind.HEARTBEAT;
        }
    }
}
