package dev.handoff.codec.event;

import java.nio.ByteOrder;

import dev.handoff.codec.HandoffId;
import org.agrona.DirectBuffer;
import org.agrona.MutableDirectBuffer;

/**
 * Where the parts of an event's journal payload lie. Its kind and its time stand in the record's header. Every payload starts
 * with the rest of its {@link Stamp}:
 *
 * <pre>
 *   0         4                    20
 *   +---------+--------------------+-------------------------------+
 *   | service | handoff id, 16     | the event's fields, postcard, |
 *   | u32 LE  | bytes, network     | in the record's order         |
 *   |         | order; 0s for none |                               |
 *   +---------+--------------------+-------------------------------+
 * </pre>
 *
 * {@code MessageReceived} and {@code MessageSending} have fixed places instead, so that a heartbeat can be written and read
 * without an object, and hold the frame as it is on the wire, which need not be the shortest form of its message:
 *
 * <pre>
 *   0         4                    20         28         36     37
 *   +---------+--------------------+----------+----------+------+-----------------+
 *   | service | handoff id         | session  | stream   | side | the frame, its  |
 *   | u32 LE  |                    | u64 LE   | offset   | u8   | length field    |
 *   |         |                    |          | u64 LE   |      | included        |
 *   +---------+--------------------+----------+----------+------+-----------------+
 * </pre>
 *
 * The stream offset is the session's count of bytes before the frame; {@code MessageSending} has 0 there.
 */
public final class EventLayout {

    /** The service's number. */
    public static final int SERVICE_OFFSET = 0;

    /** The handoff's id: most significant half first, each half big-endian. */
    public static final int HANDOFF_ID_OFFSET = SERVICE_OFFSET + Integer.BYTES;

    /** Where the fields of all but the message events start. */
    public static final int FIELDS_OFFSET = HANDOFF_ID_OFFSET + HandoffId.BYTES;

    /** Message events: the session's number. */
    public static final int SESSION_OFFSET = FIELDS_OFFSET;

    /** Message events: bytes of the session before the frame. */
    public static final int STREAM_OFFSET_OFFSET = SESSION_OFFSET + Long.BYTES;

    /** Message events: the peer's {@link dev.handoff.codec.Side#discriminant()}. */
    public static final int SIDE_OFFSET = STREAM_OFFSET_OFFSET + Long.BYTES;

    /** Message events: where the frame starts. */
    public static final int FRAME_OFFSET = SIDE_OFFSET + 1;

    private EventLayout() {}

    static void putStamp(MutableDirectBuffer buffer, int offset, int service, long idMostSignificantBits,
            long idLeastSignificantBits) {
        buffer.putInt(offset + SERVICE_OFFSET, service, ByteOrder.LITTLE_ENDIAN);
        buffer.putLong(offset + HANDOFF_ID_OFFSET, idMostSignificantBits, ByteOrder.BIG_ENDIAN);
        buffer.putLong(offset + HANDOFF_ID_OFFSET + Long.BYTES, idLeastSignificantBits, ByteOrder.BIG_ENDIAN);
    }

    /** The service's number. The stamp's {@value #FIELDS_OFFSET} bytes must be there, here and below. */
    public static int service(DirectBuffer buffer, int offset) {
        return buffer.getInt(offset + SERVICE_OFFSET, ByteOrder.LITTLE_ENDIAN);
    }

    /** The first half of the handoff's id. */
    public static long idMostSignificantBits(DirectBuffer buffer, int offset) {
        return buffer.getLong(offset + HANDOFF_ID_OFFSET, ByteOrder.BIG_ENDIAN);
    }

    /** The second half of the handoff's id. */
    public static long idLeastSignificantBits(DirectBuffer buffer, int offset) {
        return buffer.getLong(offset + HANDOFF_ID_OFFSET + Long.BYTES, ByteOrder.BIG_ENDIAN);
    }
}
