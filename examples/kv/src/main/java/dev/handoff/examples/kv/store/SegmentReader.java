package dev.handoff.examples.kv.store;

import java.io.IOException;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;
import java.util.zip.CRC32C;

import dev.handoff.codec.Fingerprint;

/**
 * Reads a segment from front to back, also while its writer appends to it. One thread at a time.
 *
 * <p>{@link #next()} stands on a record whose CRC is right, or tells why there is none: see {@link End}.
 */
final class SegmentReader implements AutoCloseable {
    /** Enough for a header, or for what a living writer added since the last look; whoever reads on reads twice as much each time. */
    private static final int FIRST_WINDOW = 1 << 12;
    private static final int WINDOW = 1 << 18;
    private static final VarHandle INTS = MethodHandles.byteArrayViewVarHandle(int[].class, ByteOrder.LITTLE_ENDIAN);
    private static final VarHandle LONGS = MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);

    /** Why {@link #next()} returned false. */
    enum End {
        /** Not yet: a record is current. */
        NONE,
        /** The file ends after a whole record, without a footer. */
        OPEN,
        /** A footer, right, and nothing behind it. */
        SEALED,
        /** What stands here is no record: half written, torn or damaged. */
        INVALID
    }

    private final Path file;
    private final FileChannel channel;
    private final byte[] salt;
    private final CRC32C crc = new CRC32C();
    private byte[] window = new byte[FIRST_WINDOW];
    private long windowStart;
    private int windowLength;
    private long offset;
    private long nextOffset;
    private int at;
    private int length;
    private long size;
    private End end = End.NONE;

    private SegmentReader(Path file, FileChannel channel, long salt, int shard) {
        this.file = file;
        this.channel = channel;
        this.salt = saltBytes(salt, shard);
    }

    /** @throws java.nio.file.NoSuchFileException if a compaction has removed the file since it was listed */
    static SegmentReader open(Path file, long salt, int shard) throws IOException {
        return new SegmentReader(file, FileChannel.open(file, StandardOpenOption.READ), salt, shard);
    }

    static byte[] saltBytes(long salt, int shard) {
        return ByteBuffer.allocate(12).order(ByteOrder.LITTLE_ENDIAN).putLong(salt).putInt(shard).array();
    }

    /**
     * Reads the header and stands before the first record.
     *
     * @return the revision before the first record, or -1 if there is no whole, sound header
     * @throws DamagedSegmentException if the header is sound but belongs elsewhere
     */
    long readHeader(SegmentName name, long storeSalt, int shard) throws IOException {
        ensure(0, SegmentLayout.HEADER_LENGTH);
        if (windowLength < SegmentLayout.HEADER_LENGTH || (long) LONGS.get(window, 0) != SegmentLayout.MAGIC) {
            return -1;
        }
        crc.reset();
        crc.update(window, 0, SegmentLayout.HEADER_CRC);
        if ((int) crc.getValue() != (int) INTS.get(window, SegmentLayout.HEADER_CRC)) {
            return -1;
        }
        if ((long) LONGS.get(window, SegmentLayout.HEADER_SALT) != storeSalt
                || (int) INTS.get(window, SegmentLayout.HEADER_SHARD) != shard
                || (long) LONGS.get(window, SegmentLayout.HEADER_FIRST) != name.first()
                || (long) LONGS.get(window, SegmentLayout.HEADER_LAST) != name.last()) {
            throw new DamagedSegmentException(file, 0, "its header belongs to another segment, shard or store");
        }
        nextOffset = SegmentLayout.HEADER_LENGTH;
        return (long) LONGS.get(window, SegmentLayout.HEADER_BASE);
    }

    /** Stands before the record at {@code recordOffset}. */
    void position(long recordOffset) {
        nextOffset = recordOffset;
        end = End.NONE;
    }

    /** Goes to the next record; false at the {@link #end()}, whose place is {@link #offset()}. */
    boolean next() throws IOException {
        offset = nextOffset;
        if (!ensure(offset, SegmentLayout.RECORD_HEADER_LENGTH)) {
            end = offset == windowStart + windowLength ? End.OPEN : End.INVALID;
            return false;
        }
        if (!valid()) {
            end = End.INVALID;
            return false;
        }
        nextOffset = offset + length;
        if (kind() != SegmentLayout.FOOTER) {
            return true;
        }
        end = length == SegmentLayout.FOOTER_LENGTH && channel.size() == nextOffset ? End.SEALED : End.INVALID;
        return false;
    }

    /**
     * Looks for a sound record that opens a batch anywhere behind {@code from}: its existence proves that everything
     * before it had been written and synced.
     */
    boolean batchOpensBehind(long from, long afterRevision) throws IOException {
        long size = channel.size();
        for (offset = from + 1; offset + SegmentLayout.RECORD_HEADER_LENGTH <= size; offset++) {
            if (!ensure(offset, SegmentLayout.RECORD_HEADER_LENGTH)) {
                return false;
            }
            // The cheap tests first: the CRC of a made-up length at every byte would be quadratic.
            boolean plausible = kind() >= SegmentLayout.SET && kind() <= SegmentLayout.FOOTER
                    && (window[at + SegmentLayout.RECORD_FLAGS] & ~SegmentLayout.OPENS_BATCH) == 0
                    && (short) (window[at + SegmentLayout.RECORD_RESERVED]
                            | window[at + SegmentLayout.RECORD_RESERVED + 1]) == 0
                    && revision() > afterRevision && (opensBatch() || kind() == SegmentLayout.FOOTER);
            if (plausible && valid()) {
                return true;
            }
        }
        return false;
    }

    /** The SHA-256 of the first {@code count} bytes of the file. */
    Fingerprint digest(long count) throws IOException {
        var sha = SegmentWriter.sha256();
        for (long done = 0; done < count; done += windowLength) {
            windowStart = done;
            windowLength = 0;
            ensure(done, (int) Math.min(WINDOW, count - done));
            windowLength = (int) Math.min(windowLength, count - done);
            if (windowLength == 0) {
                throw new IOException(file + " ends before byte " + count);
            }
            sha.update(window, 0, windowLength);
        }
        windowLength = 0;
        return Fingerprint.of(sha.digest());
    }

    End end() {
        return end;
    }

    /** Where the current record, or the end, stands. */
    long offset() {
        return offset;
    }

    long revision() {
        return (long) LONGS.get(window, at + SegmentLayout.RECORD_REVISION);
    }

    byte kind() {
        return window[at + SegmentLayout.RECORD_KIND];
    }

    long expiresAtMs() {
        return (long) LONGS.get(window, at + SegmentLayout.RECORD_EXPIRES);
    }

    /** The number of records, when the current record is the footer. */
    long footerRecords() {
        return expiresAtMs();
    }

    /** The digest, when the current record is the footer. */
    Fingerprint footerDigest() {
        return Fingerprint.of(value());
    }

    byte[] key() {
        int from = at + SegmentLayout.RECORD_HEADER_LENGTH;
        return Arrays.copyOfRange(window, from, from + keyLength());
    }

    byte[] value() {
        return Arrays.copyOfRange(window, at + SegmentLayout.RECORD_HEADER_LENGTH + keyLength(), at + length);
    }

    /** The whole current record. Valid until the next call. */
    ByteBuffer bytes() {
        return ByteBuffer.wrap(window, at, length);
    }

    long size() throws IOException {
        return channel.size();
    }

    private int keyLength() {
        return (int) INTS.get(window, at + SegmentLayout.RECORD_KEY_LENGTH);
    }

    private boolean opensBatch() {
        return (window[at + SegmentLayout.RECORD_FLAGS] & SegmentLayout.OPENS_BATCH) != 0;
    }

    /** Judges the record at {@code offset}, whose header is in the window; sets {@code length} if it is sound. */
    private boolean valid() throws IOException {
        int claimed = (int) INTS.get(window, at + SegmentLayout.RECORD_LENGTH);
        int claimedKey = keyLength();
        if (claimed < SegmentLayout.RECORD_HEADER_LENGTH || claimed - SegmentLayout.RECORD_HEADER_LENGTH < claimedKey
                || claimedKey < 0 || offset + claimed > atLeast(offset + claimed) || !ensure(offset, claimed)) {
            return false;
        }
        crc.reset();
        crc.update(salt);
        crc.update(window, at + Integer.BYTES, claimed - Integer.BYTES);
        length = claimed;
        return (int) crc.getValue() == (int) INTS.get(window, at);
    }

    /** The size of the file; asked for only when it must have grown to reach {@code needed}: a call for each record is dear. */
    private long atLeast(long needed) throws IOException {
        if (size < needed) {
            size = channel.size();
        }
        return size;
    }

    /** Makes bytes {@code from .. from + count} available at {@code at}; false if the file ends before. */
    private boolean ensure(long from, int count) throws IOException {
        if (from < windowStart || from + count > windowStart + windowLength) {
            boolean readsOn = windowLength == window.length && from >= windowStart
                    && from <= windowStart + windowLength;
            if (count > window.length || (readsOn && window.length < WINDOW)) {
                window = new byte[(int) Math.max(count, Math.min(window.length * 2L, Integer.MAX_VALUE - 8))];
            }
            windowStart = from;
            windowLength = 0;
            while (windowLength < window.length) {
                int n = channel.read(ByteBuffer.wrap(window, windowLength, window.length - windowLength),
                        windowStart + windowLength);
                if (n < 0) {
                    break;
                }
                windowLength += n;
            }
        }
        at = (int) (from - windowStart);
        return from + count <= windowStart + windowLength;
    }

    @Override
    public void close() throws IOException {
        channel.close();
    }
}
