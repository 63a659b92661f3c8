package dev.handoff.bench;

import java.util.List;
import java.util.SplittableRandom;

import dev.handoff.codec.BuildId;
import dev.handoff.codec.Capabilities;
import dev.handoff.codec.Fingerprint;
import dev.handoff.codec.HandoffId;
import dev.handoff.codec.Message;
import dev.handoff.codec.MessageKind;
import dev.handoff.codec.ShardRevisions;
import dev.handoff.codec.Side;

/** One typical message of each kind, the same in every run: what a service with 16 shards sends. */
final class SampleMessages {

    private static final int SHARDS = 16;
    private static final int GNU_BUILD_ID_BYTES = 20;
    private static final HandoffId ID = HandoffId.parse("123e4567-e89b-42d3-a456-426614174000");

    private SampleMessages() {}

    static Message of(MessageKind kind) {
        return switch (kind) {
            case HELLO -> new Message.Hello(Side.SUCCESSOR, 4242, BuildId.of(bytes(GNU_BUILD_ID_BYTES)), 1, 1,
                    new Capabilities(Capabilities.HEARTBEATS | Capabilities.IDEMPOTENT));
            case HELLO_ACK -> new Message.HelloAck(1, ID);
            case PREPARE_HANDOFF -> new Message.PrepareHandoff(ID, 4243, 60_000, 25_000);
            case DRAINED -> new Message.Drained(50, true);
            case SEAL_REQUEST -> new Message.SealRequest(ID);
            case SEAL_PROGRESS -> new Message.SealProgress(7, SHARDS, 1L << 40);
            case SEAL_COMPLETE -> new Message.SealComplete(ID, revisions(), Fingerprint.of(bytes(Fingerprint.BYTES)));
            case SEAL_FAILED -> new Message.SealFailed(ID, "no space left on device", "3 of 16 shards sealed");
            case BEGIN -> new Message.Begin(ID);
            case READY -> new Message.Ready(ID, List.of("http-0.0.0.0:8080", "resp-127.0.0.1:6390"), true, revisions());
            case COMMIT -> new Message.Commit(ID);
            case ABORT -> new Message.Abort(ID, "the successor exited before Ready");
            case RESUME_AFTER_ABORT -> new Message.ResumeAfterAbort(ID);
            case HEARTBEAT -> new Message.Heartbeat(1_795_329_600_123L);
        };
    }

    /** Of every size a revision may have: varints of 1 to 10 bytes, some 85 bytes for the 16. */
    private static ShardRevisions revisions() {
        SplittableRandom random = new SplittableRandom(1);
        long[] revisions = new long[SHARDS];
        for (int shard = 0; shard < SHARDS; shard++) {
            revisions[shard] = random.nextLong() >>> (shard * Long.SIZE / SHARDS);
        }
        return ShardRevisions.of(revisions);
    }

    private static byte[] bytes(int length) {
        byte[] bytes = new byte[length];
        new SplittableRandom(length).nextBytes(bytes);
        return bytes;
    }
}
