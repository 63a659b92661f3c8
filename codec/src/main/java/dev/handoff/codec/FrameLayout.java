package dev.handoff.codec;

import java.nio.ByteOrder;

import org.agrona.DirectBuffer;
import org.agrona.MutableDirectBuffer;

/**
 * Where a frame's parts lie (protocol page, <i>Frame</i>):
 *
 * <pre>
 *   0        4        6
 *   +--------+--------+-------------------------------+
 *   | length | proto_ | one postcard-encoded Message, |
 *   | u32 LE | version| length - 2 bytes              |
 *   |        | u16 LE |                               |
 *   +--------+--------+-------------------------------+
 *            |<-------------- length ---------------->|
 * </pre>
 */
public final class FrameLayout {

    /** Bytes of the length field, which does not count itself. */
    public static final int LENGTH_BYTES = 4;

    /** Where the protocol version lies. */
    public static final int PROTO_VERSION_OFFSET = LENGTH_BYTES;

    /** Where the payload starts: {@value} bytes from the frame's start. */
    public static final int PAYLOAD_OFFSET = PROTO_VERSION_OFFSET + 2;

    /** The smallest length: the version and an empty payload (which no message has). */
    public static final int MIN_LENGTH = 2;

    /** The largest length, 1 MiB. */
    public static final int MAX_LENGTH = 1 << 20;

    /** The largest frame, its length field included. */
    public static final int MAX_FRAME_BYTES = LENGTH_BYTES + MAX_LENGTH;

    private FrameLayout() {}

    /** The length field, 0..2^32-1. Its four bytes must be there. */
    static long length(DirectBuffer buffer, int frameOffset) {
        return buffer.getInt(frameOffset, ByteOrder.LITTLE_ENDIAN) & 0xFFFF_FFFFL;
    }

    /** The version in the header, 0..65535. Its two bytes must be there. */
    static int protoVersion(DirectBuffer buffer, int frameOffset) {
        return buffer.getShort(frameOffset + PROTO_VERSION_OFFSET, ByteOrder.LITTLE_ENDIAN) & 0xFFFF;
    }

    static void putHeader(MutableDirectBuffer buffer, int frameOffset, int length, int protoVersion) {
        buffer.putInt(frameOffset, length, ByteOrder.LITTLE_ENDIAN);
        buffer.putShort(frameOffset + PROTO_VERSION_OFFSET, (short) protoVersion, ByteOrder.LITTLE_ENDIAN);
    }

    /** Where an encoder must stop: the largest frame's end, or the buffer's if that comes first and it cannot grow. */
    static int writeLimit(MutableDirectBuffer buffer, int frameOffset) {
        long largestEnd = Math.min((long) frameOffset + MAX_FRAME_BYTES, Integer.MAX_VALUE);
        return (int) (buffer.isExpandable() ? largestEnd : Math.min(largestEnd, buffer.capacity()));
    }
}
