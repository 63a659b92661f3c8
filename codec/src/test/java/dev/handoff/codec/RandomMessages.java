package dev.handoff.codec;

import java.util.ArrayList;
import java.util.List;
import java.util.random.RandomGenerator;

/** Messages of every kind with fields of every size, the extremes more often than chance would have them. */
final class RandomMessages {

    private static final int[] CODE_POINTS = {0, 'a', '"', '\\', 0x7F, 0x80, 0x7FF, 0x800, 0xFFFD, 0xFFFF, 0x1_0000,
        0x1F600,
        0x10_FFFF};

    private final RandomGenerator random;

    RandomMessages(RandomGenerator random) {
        this.random = random;
    }

    Message next() {
        return next(MessageKind.ofDiscriminant(random.nextInt(MessageKind.COUNT)));
    }

    Message next(MessageKind kind) {
        return switch (kind) {
            case HELLO -> new Message.Hello(random.nextBoolean() ? Side.INCUMBENT : Side.SUCCESSOR, u32(), buildId(),
                    u16(), u16(), new Capabilities(u64()));
            case HELLO_ACK -> new Message.HelloAck(u16(), id());
            case PREPARE_HANDOFF -> new Message.PrepareHandoff(id(), u32(), u64(), u64());
            case DRAINED -> new Message.Drained(u32(), random.nextBoolean());
            case SEAL_REQUEST -> new Message.SealRequest(id());
            case SEAL_PROGRESS -> new Message.SealProgress(u32(), u32(), u64());
            case SEAL_COMPLETE -> new Message.SealComplete(id(), revisions(), Fingerprint.of(bytes(Fingerprint.BYTES)));
            case SEAL_FAILED -> new Message.SealFailed(id(), text(), text());
            case BEGIN -> new Message.Begin(id());
            case READY -> new Message.Ready(id(), texts(), random.nextBoolean(), revisions());
            case COMMIT -> new Message.Commit(id());
            case ABORT -> new Message.Abort(id(), text());
            case RESUME_AFTER_ABORT -> new Message.ResumeAfterAbort(id());
            case HEARTBEAT -> new Message.Heartbeat(u64());
        };
    }

    private int u16() {
        return (int) (u64() & 0xFFFF);
    }

    private long u32() {
        return u64() & 0xFFFF_FFFFL;
    }

    /** Every length of a varint is about as likely as any other. */
    private long u64() {
        return switch (random.nextInt(8)) {
            case 0 -> 0;
            case 1 -> -1L;
            case 2 -> 1L << random.nextInt(Long.SIZE);
            case 3 -> (1L << random.nextInt(Long.SIZE)) - 1;
            default -> random.nextLong() >>> random.nextInt(Long.SIZE);
        };
    }

    private HandoffId id() {
        return new HandoffId(u64(), u64());
    }

    private BuildId buildId() {
        return BuildId.of(bytes(random.nextInt(10) == 0 ? random.nextInt(300) : random.nextInt(33)));
    }

    private byte[] bytes(int length) {
        byte[] bytes = new byte[length];
        random.nextBytes(bytes);
        return bytes;
    }

    private ShardRevisions revisions() {
        return ShardRevisions.of(random.longs(random.nextInt(20), 0, 2).map(ignored -> u64()).toArray());
    }

    private List<String> texts() {
        List<String> texts = new ArrayList<>();
        for (int i = random.nextInt(5); i > 0; i--) {
            texts.add(text());
        }
        return texts;
    }

    private String text() {
        StringBuilder text = new StringBuilder();
        for (int i = random.nextInt(3) == 0 ? 0 : random.nextInt(40); i > 0; i--) {
            text.appendCodePoint(CODE_POINTS[random.nextInt(CODE_POINTS.length)]);
        }
        return text.toString();
    }
}
