package dev.handoff.codec.record;

import java.nio.charset.StandardCharsets;

import org.agrona.DirectBuffer;
import org.agrona.MutableDirectBuffer;

/**
 * The payload of a record of kind {@link RecordLayout#KIND_LOSS}: a writer found the journal damaged and went on from what
 * was intact. The lost sequences were given out again afterwards, under a later epoch.
 *
 * <pre>
 *  +---------------------------------------------------------------+
 *  |                first sequence that was lost (u64)             |   0
 *  +---------------------------------------------------------------+
 *  |     last sequence that was lost, -1 if it is unknown (u64)    |   8
 *  +---------------------------------------------------------------+
 *  |  what happened and where the damaged files are, UTF-8 ...     |  16
 * </pre>
 */
public final class LossLayout {

    public static final int FROM_OFFSET = 0;
    public static final int TO_OFFSET = 8;
    public static final int TEXT_OFFSET = 16;

    private LossLayout() {}

    /** Returns the payload's length. */
    public static int write(MutableDirectBuffer buffer, int offset, long fromSequence, long toSequence, String text) {
        byte[] utf8 = text.getBytes(StandardCharsets.UTF_8);
        buffer.putLong(offset + FROM_OFFSET, fromSequence, RecordLayout.ORDER);
        buffer.putLong(offset + TO_OFFSET, toSequence, RecordLayout.ORDER);
        buffer.putBytes(offset + TEXT_OFFSET, utf8);
        return TEXT_OFFSET + utf8.length;
    }

    public static boolean isWellFormed(DirectBuffer payload) {
        return payload.capacity() >= TEXT_OFFSET;
    }

    public static long fromSequence(DirectBuffer payload) {
        return payload.getLong(FROM_OFFSET, RecordLayout.ORDER);
    }

    public static long toSequence(DirectBuffer payload) {
        return payload.getLong(TO_OFFSET, RecordLayout.ORDER);
    }

    public static String text(DirectBuffer payload) {
        byte[] utf8 = new byte[payload.capacity() - TEXT_OFFSET];
        payload.getBytes(TEXT_OFFSET, utf8);
        return new String(utf8, StandardCharsets.UTF_8);
    }
}
