package dev.handoff.codec;

import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

import org.agrona.DirectBuffer;

/**
 * Reads postcard values, one after the other, from a stretch of a buffer (protocol page, <i>Payload: postcard</i>). Used by
 * one thread, reused for many payloads; reading primitives allocates nothing.
 *
 * <p>
 * The first value that cannot be read sets {@link #fault()} and {@link #faultOffset()}; from then on every read returns zero
 * or empty and moves nothing, so that a caller reads a whole message and asks once. No bytes, however bad, cause an exception.
 *
 * <p>
 * Invariant: no byte outside the wrapped stretch is read; one inside it may be read more than once.
 * <p>
 * Invariant: a length is compared with the bytes that are left before anything is allocated for it.
 */
public final class PostcardReader {

    /** Why a value could not be read. */
    public enum Fault {
        NONE("no fault"),
        UNEXPECTED_END("the payload ends inside a field"),
        BAD_VARINT("a varint is longer or larger than its type allows"),
        BAD_BOOL("a boolean is neither 0 nor 1"),
        BAD_UTF8("a string is not UTF-8"),
        BAD_HANDOFF_ID("a handoff id does not have 16 bytes"),
        UNKNOWN_SIDE("a role is neither Incumbent (0) nor Successor (1)"),
        UNKNOWN_MESSAGE("the message's discriminant is not in 0..13");

        private final String reason;

        Fault(String reason) {
            this.reason = reason;
        }

        /** The fault in words, for people. */
        public String reason() {
            return reason;
        }
    }

    // A type's longest varint, ceil(bits / 7) bytes, and what its last byte may hold, bits % 7 bits.
    private static final int U16_MAX_BYTES = 3;
    static final int U32_MAX_BYTES = 5;
    static final int U32_LAST_BYTE_MAX = 0x0F;
    private static final int U64_MAX_BYTES = 10;
    private static final int U64_LAST_BYTE_MAX = 0x01;

    private static final long CONTINUATION_BITS = 0x8080_8080_8080_8080L;

    private DirectBuffer buffer;
    private int start;
    private int position;
    private int limit;
    private Fault fault = Fault.NONE;
    private int faultOffset;

    /** Starts reading at {@code offset}; the stretch ends before {@code limit}. Both must lie within the buffer. */
    public void wrap(DirectBuffer buffer, int offset, int limit) {
        wrap(buffer, offset, offset, limit);
    }

    /** Starts reading at {@code position}, inside a stretch that starts before. */
    void wrap(DirectBuffer buffer, int start, int position, int limit) {
        this.buffer = buffer;
        this.start = start;
        this.position = position;
        this.limit = limit;
        this.fault = Fault.NONE;
        this.faultOffset = 0;
    }

    /** Where the next value starts, as an index into the buffer. */
    public int position() {
        return position;
    }

    /** Bytes not read yet; 0 after a fault. */
    public int remaining() {
        return limit - position;
    }

    /** What went wrong first, or {@link Fault#NONE}. */
    public Fault fault() {
        return fault;
    }

    /** The first byte of the value that could not be read, as an index into the buffer; 0 without a fault. */
    public int faultOffset() {
        return faultOffset;
    }

    public boolean failed() {
        return fault != Fault.NONE;
    }

    /** Records a fault found by the caller, unless there is one already. */
    void fail(Fault newFault, int atOffset) {
        if (fault == Fault.NONE) {
            fault = newFault;
            faultOffset = atOffset;
            limit = position;
        }
    }

    public boolean readBool() {
        if (position >= limit) {
            fail(Fault.UNEXPECTED_END, position);
            return false;
        }
        byte value = buffer.getByte(position);
        if ((value & ~1) != 0) {
            fail(Fault.BAD_BOOL, position);
            return false;
        }
        position++;
        return value == 1;
    }

    /** A {@code u16}, 0..65535. */
    public int readU16() {
        return (int) readVarint(U16_MAX_BYTES, 0xFFFF);
    }

    /** A {@code u32}, 0..2^32-1. */
    public long readU32() {
        return readVarint(U32_MAX_BYTES, 0xFFFF_FFFFL);
    }

    /** A {@code u64}, to be taken as unsigned. */
    public long readU64() {
        int left = limit - position;
        if (left <= 0) {
            fail(Fault.UNEXPECTED_END, position);
            return 0;
        }
        long word = nextWord(left);
        if ((word & 0x80) == 0) {
            position++;
            return word & 0x7F;
        }
        int bytes = varintBytes(word);
        if (bytes > Long.BYTES) {
            return readLongU64(word, left);
        }
        if (bytes > left) {
            fail(Fault.UNEXPECTED_END, position);
            return 0;
        }
        position += bytes;
        return joinSevens(word & (-1L >>> (Long.SIZE - Byte.SIZE * bytes)));
    }

    /** Reads {@code count} values of {@code u64} to the start of {@code destination}; zeros after a fault. */
    public void readU64s(long[] destination, int count) {
        int i = 0;
        while (i < count) {
            // What is there in whole words, with its position in a register.
            DirectBuffer from = buffer;
            int lastWord = limit - Long.BYTES;
            int at = position;
            for (; i < count && at <= lastWord; i++) {
                long word = from.getLong(at, ByteOrder.LITTLE_ENDIAN);
                long ends = ~word & CONTINUATION_BITS;
                if (ends != 0) {
                    destination[i] = joinSevens(word & (ends ^ (ends - 1)));
                    at += varintBytes(word);
                } else if (at > limit - U64_MAX_BYTES) {
                    break;
                } else {
                    int rest = from.getShort(at + Long.BYTES, ByteOrder.LITTLE_ENDIAN);
                    if ((rest & 0x80) == 0) {
                        destination[i] = joinSevens(word) | (rest & 0x7FL) << 56;
                        at += U64_MAX_BYTES - 1;
                    } else if ((rest & 0xFE00) == 0) {
                        destination[i] = joinSevens(word) | (rest & 0x7FL) << 56 | (long) (rest >>> 8) << 63;
                        at += U64_MAX_BYTES;
                    } else {
                        break;
                    }
                }
            }
            position = at;
            if (i < count) {
                destination[i++] = readU64();
            }
        }
    }

    /** A {@code u64} that goes on after the eight bytes in {@code word}: its bits from 56 on, in one byte or two. */
    private long readLongU64(long word, int left) {
        long value = joinSevens(word);
        for (int i = Long.BYTES; i < U64_MAX_BYTES; i++) {
            if (i >= left) {
                fail(Fault.UNEXPECTED_END, position);
                return 0;
            }
            int next = buffer.getByte(position + i);
            value |= (next & 0x7FL) << (7 * i);
            if (next >= 0 && (i < U64_MAX_BYTES - 1 || next <= U64_LAST_BYTE_MAX)) {
                position += i + 1;
                return value;
            }
        }
        fail(Fault.BAD_VARINT, position);
        return 0;
    }

    /**
     * A varint of at most five bytes. Longer than needed is accepted up to the type's bound, as the Rust reader does; in the
     * last byte allowed the type's maximum leaves just the bits that the Rust reader allows there.
     */
    private long readVarint(int maxBytes, long max) {
        int left = limit - position;
        if (left <= 0) {
            fail(Fault.UNEXPECTED_END, position);
            return 0;
        }
        long word = nextWord(left);
        if ((word & 0x80) == 0) {
            position++;
            return word & 0x7F;
        }
        int bytes = varintBytes(word);
        if (bytes > left && left < maxBytes) {
            fail(Fault.UNEXPECTED_END, position);
            return 0;
        }
        long value = bytes > maxBytes ? -1 : joinSevens(word & (-1L >>> (Long.SIZE - Byte.SIZE * bytes)));
        if (value < 0 || value > max) {
            fail(Fault.BAD_VARINT, position);
            return 0;
        }
        position += bytes;
        return value;
    }

    /** The next eight bytes, the first one lowest; zeros in the place of what lies behind the stretch. */
    private long nextWord(int left) {
        if (left >= Long.BYTES) {
            return buffer.getLong(position, ByteOrder.LITTLE_ENDIAN);
        }
        if (limit - Long.BYTES >= start) {
            // The stretch's last eight bytes, less those read before.
            return buffer.getLong(limit - Long.BYTES, ByteOrder.LITTLE_ENDIAN) >>> (Byte.SIZE * (Long.BYTES - left));
        }
        long word = 0;
        for (int i = 0; i < left; i++) {
            word |= (buffer.getByte(position + i) & 0xFFL) << (Byte.SIZE * i);
        }
        return word;
    }

    /** The bytes up to and with the first one without a continuation bit: 1..8, or 9 if all of them have it. */
    private static int varintBytes(long word) {
        return (Long.numberOfTrailingZeros(~word & CONTINUATION_BITS) >>> 3) + 1;
    }

    /** Joins the low seven bits of eight bytes: pairs, then pairs of pairs, then the halves. */
    private static long joinSevens(long word) {
        long sevens = word & 0x7F7F_7F7F_7F7F_7F7FL;
        long fourteens = (sevens & 0x007F_007F_007F_007FL) | ((sevens & 0x7F00_7F00_7F00_7F00L) >>> 1);
        long twentyEights = (fourteens & 0x0000_3FFF_0000_3FFFL) | ((fourteens & 0x3FFF_0000_3FFF_0000L) >>> 2);
        return (twentyEights & 0x0FFF_FFFFL) | ((twentyEights & 0x0FFF_FFFF_0000_0000L) >>> 4);
    }

    /** The length of the bytes that follow, 0..{@link #remaining()}. */
    public int readLength() {
        int lengthOffset = position;
        long length = readU64();
        if (Long.compareUnsigned(length, limit - position) > 0) {
            fail(Fault.UNEXPECTED_END, lengthOffset);
            return 0;
        }
        return (int) length;
    }

    /**
     * The number of elements that follow. Every element of this protocol takes a byte at least, so a count beyond
     * {@link #remaining()} cannot be true and is refused here, before a caller makes room for it.
     */
    public int readCount() {
        return readLength();
    }

    public Side readSide() {
        int sideOffset = position;
        long discriminant = readU32();
        if (discriminant == Side.INCUMBENT.discriminant()) {
            return Side.INCUMBENT;
        }
        if (discriminant != Side.SUCCESSOR.discriminant()) {
            fail(Fault.UNKNOWN_SIDE, sideOffset);
        }
        return Side.SUCCESSOR;
    }

    /** Reads a handoff id's length and passes over its bytes; they start at the offset returned. */
    int skipHandoffId() {
        int lengthOffset = position;
        int length = readLength();
        if (length != HandoffId.BYTES) {
            fail(Fault.BAD_HANDOFF_ID, lengthOffset);
            return lengthOffset;
        }
        int idOffset = position;
        position += HandoffId.BYTES;
        return idOffset;
    }

    /** A handoff id; {@link HandoffId#NONE} after a fault. */
    public HandoffId readHandoffId() {
        int idOffset = skipHandoffId();
        if (failed()) {
            return HandoffId.NONE;
        }
        return new HandoffId(bigEndianLong(idOffset), bigEndianLong(idOffset + Long.BYTES));
    }

    /** Eight bytes in network order at an offset that has been passed already. */
    long bigEndianLong(int offset) {
        return buffer.getLong(offset, ByteOrder.BIG_ENDIAN);
    }

    /** Copies the next {@code length} bytes to the start of {@code destination}, which must have room for them. */
    public void readBytes(byte[] destination, int length) {
        if (length > limit - position) {
            fail(Fault.UNEXPECTED_END, position);
            return;
        }
        buffer.getBytes(position, destination, 0, length);
        position += length;
    }

    /** A string; empty after a fault. */
    public String readString() {
        int stringOffset = position;
        int length = readLength();
        if (length == 0) {
            return "";
        }
        byte[] utf8 = new byte[length];
        readBytes(utf8, length);
        String text = new String(utf8, StandardCharsets.UTF_8);
        // The decoder puts U+FFFD in the place of what is not UTF-8; only a string that truly holds one encodes back.
        if (text.indexOf('\uFFFD') >= 0 && !Arrays.equals(text.getBytes(StandardCharsets.UTF_8), utf8)) {
            fail(Fault.BAD_UTF8, stringOffset);
            return "";
        }
        return text;
    }
}
