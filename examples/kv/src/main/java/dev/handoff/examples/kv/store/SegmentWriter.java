package dev.handoff.examples.kv.store;

import java.io.IOException;
import java.io.SyncFailedException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.zip.CRC32C;

import dev.handoff.codec.Fingerprint;

/** Appends to one new segment. One thread at a time; after an exception only {@link #close()} may follow. */
final class SegmentWriter implements AutoCloseable {
    private final SegmentName name;
    private final FileChannel channel;
    private final byte[] salt;
    private final long base;
    private final MessageDigest sha = sha256();
    private long length;
    private long records;
    private long lastRevision;

    private SegmentWriter(SegmentName name, FileChannel channel, byte[] salt, long base) {
        this.name = name;
        this.channel = channel;
        this.salt = salt;
        this.base = base;
        this.lastRevision = base;
    }

    /**
     * Creates the file, which must not exist, and writes and syncs its header. The directory entry is not synced yet.
     *
     * @param base the revision before the first record
     */
    static SegmentWriter create(Path file, SegmentName name, long storeSalt, int shard, long base) throws IOException {
        FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE, StandardOpenOption.CREATE_NEW);
        SegmentWriter writer = new SegmentWriter(name, channel, SegmentReader.saltBytes(storeSalt, shard), base);
        ByteBuffer header = ByteBuffer.allocate(SegmentLayout.HEADER_LENGTH).order(ByteOrder.LITTLE_ENDIAN);
        header.putLong(0, SegmentLayout.MAGIC);
        header.putLong(SegmentLayout.HEADER_SALT, storeSalt);
        header.putInt(SegmentLayout.HEADER_SHARD, shard);
        header.putLong(SegmentLayout.HEADER_FIRST, name.first());
        header.putLong(SegmentLayout.HEADER_LAST, name.last());
        header.putLong(SegmentLayout.HEADER_BASE, base);
        CRC32C crc = new CRC32C();
        crc.update(header.array(), 0, SegmentLayout.HEADER_CRC);
        header.putInt(SegmentLayout.HEADER_CRC, (int) crc.getValue());
        try {
            writer.write(header);
            writer.force();
        } catch (IOException e) {
            channel.close();
            throw e;
        }
        return writer;
    }

    static MessageDigest sha256() {
        try {
            return MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new AssertionError("every Java platform has SHA-256", e);
        }
    }

    SegmentName name() {
        return name;
    }

    long lastRevision() {
        return lastRevision;
    }

    /** Bytes written so far. */
    long length() {
        return length;
    }

    /** Writes whole records. Not synced: see {@link #force()}. */
    void append(ByteBuffer bytes, long count, long last) throws IOException {
        write(bytes);
        records += count;
        lastRevision = last;
    }

    /**
     * Returns once everything appended is on disk (fdatasync).
     *
     * @throws SyncFailedException after which nobody knows what is on disk: a second fsync may claim success falsely
     */
    void force() throws IOException {
        sync(channel);
    }

    private static void sync(FileChannel channel) throws IOException {
        try {
            channel.force(false);
        } catch (IOException e) {
            SyncFailedException failed = new SyncFailedException(e.getMessage());
            failed.initCause(e);
            throw failed;
        }
    }

    /** Writes the footer, syncs and closes. A compacted segment's last record may have been dropped: so {@code last}. */
    Segment seal(long last) throws IOException {
        lastRevision = last;
        Fingerprint digest = Fingerprint.of(sha.digest());
        write(footer(salt, lastRevision, records, digest));
        force();
        channel.close();
        return new Segment(name, length, base, lastRevision, records, digest);
    }

    /** Adds the footer to a segment that a crash left without one, cutting what stands behind {@code length}. */
    static Segment sealLeftOver(Path file, SegmentName name, long storeSalt, int shard, long length, Segment contents)
            throws IOException {
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE)) {
            channel.truncate(length);
            ByteBuffer footer = footer(SegmentReader.saltBytes(storeSalt, shard), contents.lastRevision(),
                    contents.records(), contents.digest());
            while (footer.hasRemaining()) {
                channel.write(footer, length + footer.position());
            }
            sync(channel);
        }
        return new Segment(name, length + SegmentLayout.FOOTER_LENGTH, contents.base(), contents.lastRevision(),
                contents.records(), contents.digest());
    }

    private static ByteBuffer footer(byte[] salt, long lastRevision, long records, Fingerprint digest) {
        ByteBuffer footer = ByteBuffer.allocate(SegmentLayout.FOOTER_LENGTH).order(ByteOrder.LITTLE_ENDIAN);
        footer.putInt(SegmentLayout.RECORD_LENGTH, SegmentLayout.FOOTER_LENGTH);
        footer.putLong(SegmentLayout.RECORD_REVISION, lastRevision);
        footer.put(SegmentLayout.RECORD_KIND, SegmentLayout.FOOTER);
        footer.putLong(SegmentLayout.RECORD_EXPIRES, records);
        footer.put(SegmentLayout.RECORD_HEADER_LENGTH, digest.toBytes());
        CRC32C crc = new CRC32C();
        crc.update(salt);
        crc.update(footer.array(), Integer.BYTES, footer.capacity() - Integer.BYTES);
        footer.putInt(SegmentLayout.RECORD_CRC, (int) crc.getValue());
        return footer;
    }

    private void write(ByteBuffer bytes) throws IOException {
        sha.update(bytes.duplicate());
        length += bytes.remaining();
        while (bytes.hasRemaining()) {
            channel.write(bytes);
        }
    }

    @Override
    public void close() throws IOException {
        channel.close();
    }
}
