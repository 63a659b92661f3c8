package dev.handoff.examples.kv.store;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.concurrent.CompletableFuture;
import java.util.zip.CRC32C;

/** Records that wait for one fsync together. Filled under the shard's lock, then handed to its lane. */
final class Batch {
    private static final int INITIAL_CAPACITY = 4096;

    private final CompletableFuture<Void> durable = new CompletableFuture<>();
    private ByteBuffer buffer = ByteBuffer.allocate(INITIAL_CAPACITY).order(ByteOrder.LITTLE_ENDIAN);
    private long records;
    private long lastRevision;

    /** Completes when every record is on disk; exceptionally if that is not known to be so. */
    CompletableFuture<Void> durable() {
        return durable;
    }

    boolean isEmpty() {
        return records == 0;
    }

    long records() {
        return records;
    }

    long lastRevision() {
        return lastRevision;
    }

    /** What has been added, ready to be written. */
    ByteBuffer bytes() {
        return buffer.duplicate().order(ByteOrder.LITTLE_ENDIAN).flip();
    }

    void add(byte kind, long revision, byte[] key, byte[] value, long expiresAtMs, byte[] salt, CRC32C crc) {
        int length = SegmentLayout.RECORD_HEADER_LENGTH + key.length + value.length;
        if (buffer.remaining() < length) {
            grow(length);
        }
        int at = buffer.position();
        buffer.putInt(0).putInt(length).putLong(revision).put(kind);
        buffer.put(isEmpty() ? SegmentLayout.OPENS_BATCH : 0).putShort((short) 0);
        buffer.putInt(key.length).putLong(expiresAtMs).put(key).put(value);
        crc.reset();
        crc.update(salt);
        crc.update(buffer.array(), at + Integer.BYTES, length - Integer.BYTES);
        buffer.putInt(at, (int) crc.getValue());
        records++;
        lastRevision = revision;
    }

    private void grow(int length) {
        int needed = Math.addExact(buffer.position(), length);
        long doubled = Math.min(buffer.capacity() * 2L, Integer.MAX_VALUE - 8);
        ByteBuffer larger = ByteBuffer.allocate((int) Math.max(needed, doubled)).order(ByteOrder.LITTLE_ENDIAN);
        buffer = larger.put(buffer.flip());
    }
}
