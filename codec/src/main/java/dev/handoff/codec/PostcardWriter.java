package dev.handoff.codec;

import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;

import org.agrona.MutableDirectBuffer;

/**
 * Writes postcard values, one after the other, into a stretch of a buffer (protocol page, <i>Payload: postcard</i>). Used by
 * one thread, reused for many payloads; only {@link #writeString} allocates.
 *
 * <p>
 * A value that does not fit sets {@link #overflowed()}; from then on nothing is written, so that a caller writes a whole
 * message and asks once.
 *
 * <p>
 * Invariant: no byte outside the wrapped stretch is written.
 */
public final class PostcardWriter {

    private MutableDirectBuffer buffer;
    private int position;
    private int limit;
    private boolean overflowed;

    /** Starts writing at {@code offset}; the stretch ends before {@code limit}. An expandable buffer grows as needed. */
    public void wrap(MutableDirectBuffer buffer, int offset, int limit) {
        this.buffer = buffer;
        this.position = offset;
        this.limit = limit;
        this.overflowed = false;
    }

    /** Where the next value goes, as an index into the buffer. */
    public int position() {
        return position;
    }

    /** Whether something did not fit, and the bytes written are worth nothing. */
    public boolean overflowed() {
        return overflowed;
    }

    public void writeBool(boolean value) {
        if (fits(1)) {
            buffer.putByte(position++, (byte) (value ? 1 : 0));
        }
    }

    /** An unsigned varint as short as can be: every integer, length and discriminant but {@code u8}. */
    public void writeVarint(long value) {
        if (!fits(varintBytes(value))) {
            return;
        }
        int at = position;
        long rest = value;
        while ((rest & ~0x7FL) != 0) {
            buffer.putByte(at++, (byte) (rest | 0x80));
            rest >>>= 7;
        }
        buffer.putByte(at++, (byte) rest);
        position = at;
    }

    /** How many bytes {@link #writeVarint} takes for {@code value}, read as unsigned: 1..10. */
    public static int varintBytes(long value) {
        int bits = Long.SIZE - Long.numberOfLeadingZeros(value | 1);
        return (bits + 6) / 7;
    }

    public void writeSide(Side side) {
        writeVarint(side.discriminant());
    }

    public void writeHandoffId(HandoffId handoffId) {
        writeHandoffId(handoffId.mostSignificantBits(), handoffId.leastSignificantBits());
    }

    public void writeHandoffId(long mostSignificantBits, long leastSignificantBits) {
        if (fits(1 + HandoffId.BYTES)) {
            buffer.putByte(position, (byte) HandoffId.BYTES);
            buffer.putLong(position + 1, mostSignificantBits, ByteOrder.BIG_ENDIAN);
            buffer.putLong(position + 1 + Long.BYTES, leastSignificantBits, ByteOrder.BIG_ENDIAN);
            position += 1 + HandoffId.BYTES;
        }
    }

    /** The first {@code length} bytes of {@code source}, without a length before them. */
    public void writeBytes(byte[] source, int length) {
        if (fits(length)) {
            buffer.putBytes(position, source, 0, length);
            position += length;
        }
    }

    /** A surrogate without its partner, which UTF-8 cannot express, is written as {@code ?}. */
    public void writeString(String text) {
        byte[] utf8 = text.getBytes(StandardCharsets.UTF_8);
        writeVarint(utf8.length);
        writeBytes(utf8, utf8.length);
    }

    private boolean fits(int bytes) {
        if (bytes > limit - position) {
            overflowed = true;
            limit = position;
        }
        return !overflowed;
    }
}
