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

    private static final long CONTINUATION_BITS = 0x8080_8080_8080_8080L;
    private static final int MAX_VARINT_BYTES = 10;

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
        int bytes = varintBytes(value);
        if (fits(bytes)) {
            putVarint(buffer, position, value, bytes);
            position += bytes;
        }
    }

    /**
     * The first {@code count} of {@code values}, each as {@link #writeVarint} writes it, without a count before them.
     *
     * @param bytesToFollow how many bytes at least the caller writes right behind them; up to there they may be scribbled on
     */
    void writeVarints(long[] values, int count, int bytesToFollow) {
        if ((long) MAX_VARINT_BYTES * count + bytesToFollow > limit - position) {
            for (int i = 0; i < count; i++) {
                writeVarint(values[i]);
            }
            return;
        }
        // Room for the longest: nothing is left to check, and the position needs no field until the end.
        MutableDirectBuffer to = buffer;
        int at = position;
        int exactFrom = count - Math.max(Long.BYTES - 1 - bytesToFollow, 0);
        for (int i = 0; i < count; i++) {
            long value = values[i];
            int bytes = varintBytes(value);
            if (bytes <= Long.BYTES && i < exactFrom) {
                // Up to seven bytes too many, which the values and bytes that follow write over.
                to.putLong(at, splitIntoSevens(value) | continuations(bytes), ByteOrder.LITTLE_ENDIAN);
            } else {
                putVarint(to, at, value, bytes);
            }
            at += bytes;
        }
        position = at;
    }

    /** How many bytes {@link #writeVarint} takes for {@code value}, read as unsigned: 1..10. */
    public static int varintBytes(long value) {
        int bits = Long.SIZE - Long.numberOfLeadingZeros(value | 1);
        // ceil(bits / 7) without a division: right for each of 1..64 bits.
        return (bits * 9 + 64) >>> 6;
    }

    /**
     * Two stores, overlapping where the length is no power of two, and never a byte more than {@code bytes}: what lies behind
     * may be in use.
     */
    private static void putVarint(MutableDirectBuffer buffer, int at, long value, int bytes) {
        if (bytes == 1) {
            buffer.putByte(at, (byte) value);
            return;
        }
        if (bytes > Long.BYTES) {
            putLongVarint(buffer, at, value, bytes);
            return;
        }
        long word = splitIntoSevens(value) | continuations(bytes);
        if (bytes < Integer.BYTES) {
            buffer.putShort(at, (short) word, ByteOrder.LITTLE_ENDIAN);
            buffer.putByte(at + bytes - 1, (byte) (word >>> (Byte.SIZE * (bytes - 1))));
        } else {
            int tail = bytes - Integer.BYTES;
            buffer.putInt(at, (int) word, ByteOrder.LITTLE_ENDIAN);
            buffer.putInt(at + tail, (int) (word >>> (Byte.SIZE * tail)), ByteOrder.LITTLE_ENDIAN);
        }
    }

    /** Nine bytes or ten: eight with 56 bits, one with seven, and one with the last bit if it is set. */
    private static void putLongVarint(MutableDirectBuffer buffer, int at, long value, int bytes) {
        buffer.putLong(at, splitIntoSevens(value) | CONTINUATION_BITS, ByteOrder.LITTLE_ENDIAN);
        long rest = value >>> 56;
        if (bytes == MAX_VARINT_BYTES) {
            buffer.putByte(at + Long.BYTES, (byte) (rest | 0x80));
            buffer.putByte(at + Long.BYTES + 1, (byte) 1);
        } else {
            buffer.putByte(at + Long.BYTES, (byte) rest);
        }
    }

    /** The continuation bits of a varint of 1..8 bytes: one in each byte but the last. */
    private static long continuations(int bytes) {
        return CONTINUATION_BITS >>> (Byte.SIZE * (Long.BYTES - bytes)) >>> Byte.SIZE;
    }

    /** The low 56 bits, seven in each of eight bytes: halves, then quarters, then bytes. */
    private static long splitIntoSevens(long value) {
        long twentyEights = (value & 0x0FFF_FFFFL) | ((value & 0x00FF_FFFF_F000_0000L) << 4);
        long fourteens = (twentyEights & 0x0000_3FFF_0000_3FFFL) | ((twentyEights & 0x0FFF_C000_0FFF_C000L) << 2);
        return (fourteens & 0x007F_007F_007F_007FL) | ((fourteens & 0x3F80_3F80_3F80_3F80L) << 1);
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
