package dev.handoff.codec.record;

import java.nio.ByteBuffer;
import java.util.zip.CRC32C;

/**
 * CRC32C (Castagnoli) of journal records and their relatives. Allocates nothing; one thread at a time.
 *
 * <p>
 * The buffers are direct {@link ByteBuffer}s: there the JDK's intrinsic reads the memory without a copy. Their position
 * and limit are moved, and left where they fell.
 */
public final class RecordChecksum {

    private static final byte[] ZEROES = new byte[Integer.BYTES];
    private static final int CRC_END = RecordLayout.CRC_OFFSET + Integer.BYTES;

    private final CRC32C crc = new CRC32C();

    /** The checksum that a record should carry, whatever stands in its CRC field. {@code recordLength} counts the header. */
    public int ofRecord(ByteBuffer buffer, int offset, int recordLength) {
        crc.reset();
        update(buffer, offset, RecordLayout.CRC_OFFSET);
        crc.update(ZEROES, 0, ZEROES.length);
        update(buffer, offset + CRC_END, recordLength - CRC_END);
        return (int) crc.getValue();
    }

    /** The plain checksum of a range: also that of a record whose CRC field is still zero. */
    public int of(ByteBuffer buffer, int offset, int length) {
        crc.reset();
        update(buffer, offset, length);
        return (int) crc.getValue();
    }

    private void update(ByteBuffer buffer, int offset, int length) {
        buffer.limit(offset + length).position(offset);
        crc.update(buffer);
    }
}
