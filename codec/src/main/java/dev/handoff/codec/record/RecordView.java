package dev.handoff.codec.record;

import org.agrona.DirectBuffer;
import org.agrona.concurrent.UnsafeBuffer;

/**
 * One journal record, read where it lies. A flyweight: valid only until the reader that lent it moves on, so copy what must
 * last. One thread.
 */
public final class RecordView {

    private final UnsafeBuffer record = new UnsafeBuffer(0, 0);
    private final UnsafeBuffer payload = new UnsafeBuffer(0, 0);

    /** Looks at the record at {@code offset}, whose header and payload must lie within {@code buffer}. */
    public RecordView wrap(DirectBuffer buffer, int offset) {
        int payloadLength = buffer.getInt(offset + RecordLayout.LENGTH_OFFSET, RecordLayout.ORDER);
        record.wrap(buffer, offset, RecordLayout.HEADER_LENGTH + payloadLength);
        payload.wrap(buffer, offset + RecordLayout.HEADER_LENGTH, payloadLength);
        return this;
    }

    /** The record format's version, 1.. */
    public int version() {
        return RecordLayout.version(record, 0);
    }

    /** 0..255; see {@link RecordLayout#FIRST_JOURNAL_KIND}. */
    public int kind() {
        return record.getByte(RecordLayout.KIND_OFFSET) & 0xFF;
    }

    /** 0..255. */
    public int flags() {
        return record.getByte(RecordLayout.FLAGS_OFFSET) & 0xFF;
    }

    /** Of the payload, in bytes. */
    public int length() {
        return payload.capacity();
    }

    /** The checksum as it is stored. */
    public int crc() {
        return record.getInt(RecordLayout.CRC_OFFSET, RecordLayout.ORDER);
    }

    /** One per start of a writer, from 1. */
    public int epoch() {
        return record.getInt(RecordLayout.EPOCH_OFFSET, RecordLayout.ORDER);
    }

    /** Dense, from 1. */
    public long sequence() {
        return record.getLong(RecordLayout.SEQUENCE_OFFSET, RecordLayout.ORDER);
    }

    /** Nanoseconds since 1970, as the appender gave it. */
    public long timeNs() {
        return record.getLong(RecordLayout.TIME_OFFSET, RecordLayout.ORDER);
    }

    /** The payload, from 0 to {@link #length()}. */
    public DirectBuffer payload() {
        return payload;
    }

    /** Header and payload as stored. */
    public DirectBuffer bytes() {
        return record;
    }

    /** Written by the journal itself: a snapshot or a note of loss, no event. */
    public boolean isJournalOwn() {
        return kind() >= RecordLayout.FIRST_JOURNAL_KIND;
    }

    @Override
    public String toString() {
        return "record " + sequence() + " epoch " + epoch() + " kind " + kind() + " of " + length() + " bytes";
    }
}
