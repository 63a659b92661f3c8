package dev.handoff.codec.record;

import java.nio.ByteOrder;

import org.agrona.DirectBuffer;
import org.agrona.MutableDirectBuffer;

/**
 * Where the fields of a journal record lie. All integers are little-endian; the payload follows the header at once and is
 * not padded.
 *
 * <pre>
 *   0               1               2               3
 *   0 1 2 3 4 5 6 7 0 1 2 3 4 5 6 7 0 1 2 3 4 5 6 7 0 1 2 3 4 5 6 7
 *  +---------------+---------------+---------------+---------------+
 *  |    version    |  magic 0xA7   |     kind      |     flags     |   0
 *  +---------------+---------------+---------------+---------------+
 *  |                      length of the payload                    |   4
 *  +---------------------------------------------------------------+
 *  |      CRC32C over header (this field zero) and payload         |   8
 *  +---------------------------------------------------------------+
 *  |                 epoch, one per start of a writer              |  12
 *  +---------------------------------------------------------------+
 *  |                      sequence, dense from 1                   |  16
 *  |                                                               |
 *  +---------------------------------------------------------------+
 *  |                  time, nanoseconds since 1970                 |  24
 *  |                                                               |
 *  +---------------------------------------------------------------+
 *  |                           payload ...                         |  32
 * </pre>
 *
 * Magic and version are one u16: {@link #MAGIC} in its high byte, {@link #VERSION} in its low one. Kinds
 * {@link #FIRST_JOURNAL_KIND} and above are the journal's own; the ones below belong to whoever appends.
 */
public final class RecordLayout {

    public static final int VERSION_OFFSET = 0;
    public static final int KIND_OFFSET = 2;
    public static final int FLAGS_OFFSET = 3;
    public static final int LENGTH_OFFSET = 4;
    public static final int CRC_OFFSET = 8;
    public static final int EPOCH_OFFSET = 12;
    public static final int SEQUENCE_OFFSET = 16;
    public static final int TIME_OFFSET = 24;
    public static final int HEADER_LENGTH = 32;

    /** The high byte of the first u16 of every record. */
    public static final int MAGIC = 0xA7;
    /** The format this release writes, and the newest it reads. */
    public static final int VERSION = 1;

    /** Kinds from here to 255 are written by the journal itself, and a fold over events skips them. */
    public static final int FIRST_JOURNAL_KIND = 0xF0;
    /** {@link LossLayout}: sequences before this one were lost and are gone on without. */
    public static final int KIND_LOSS = 0xFE;
    /** {@link SnapshotLayout}: the state after the record before this one; the first record of every roll. */
    public static final int KIND_SNAPSHOT = 0xFF;

    public static final ByteOrder ORDER = ByteOrder.LITTLE_ENDIAN;

    private static final int MAGIC_AND_VERSION = MAGIC << 8 | VERSION;

    private RecordLayout() {}

    /**
     * Writes the header at {@code offset}, the CRC field zero: {@link RecordChecksum} fills it once the payload is in place.
     *
     * @param kind
     *            0..255
     * @param flags
     *            0..255
     * @param length
     *            of the payload in bytes
     */
    public static void writeHeader(MutableDirectBuffer buffer, int offset, int kind, int flags, int length, int epoch,
            long sequence,
            long timeNs) {
        buffer.putShort(offset + VERSION_OFFSET, (short) MAGIC_AND_VERSION, ORDER);
        buffer.putByte(offset + KIND_OFFSET, (byte) kind);
        buffer.putByte(offset + FLAGS_OFFSET, (byte) flags);
        buffer.putInt(offset + LENGTH_OFFSET, length, ORDER);
        buffer.putInt(offset + CRC_OFFSET, 0, ORDER);
        buffer.putInt(offset + EPOCH_OFFSET, epoch, ORDER);
        buffer.putLong(offset + SEQUENCE_OFFSET, sequence, ORDER);
        buffer.putLong(offset + TIME_OFFSET, timeNs, ORDER);
    }

    /** True if the two bytes at {@code offset} start a record of any version. */
    public static boolean hasMagic(DirectBuffer buffer, int offset) {
        return (buffer.getByte(offset + VERSION_OFFSET + 1) & 0xFF) == MAGIC;
    }

    /** The format version of the record at {@code offset}, 0..255. */
    public static int version(DirectBuffer buffer, int offset) {
        return buffer.getByte(offset + VERSION_OFFSET) & 0xFF;
    }
}
