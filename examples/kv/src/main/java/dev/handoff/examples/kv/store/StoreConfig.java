package dev.handoff.examples.kv.store;

import java.nio.file.Path;

/**
 * How to open a store.
 *
 * @param directory    the data directory; created by {@link KvStore#takeOver()} if absent
 * @param shards       1 to {@value #MAX_SHARDS}; fixed when the directory is created
 * @param lanes        threads that write and fsync; each serves some of the shards
 * @param segmentBytes a segment is closed when the next batch would make it longer
 */
public record StoreConfig(Path directory, int shards, int lanes, long segmentBytes) {
    public static final int DEFAULT_SHARDS = 16;
    public static final int MAX_SHARDS = 1024;
    /** Four fsyncs at a time: sixteen files take half as long as one after another, and more threads gain little. */
    public static final int DEFAULT_LANES = 4;
    public static final long DEFAULT_SEGMENT_BYTES = 16L << 20;

    public StoreConfig {
        if (shards < 1 || shards > MAX_SHARDS) {
            throw new IllegalArgumentException("shards must be 1 to " + MAX_SHARDS + ", not " + shards);
        }
        if (lanes < 1) {
            throw new IllegalArgumentException("lanes must be at least 1, not " + lanes);
        }
        if (segmentBytes < SegmentLayout.HEADER_LENGTH) {
            throw new IllegalArgumentException(
                    "a segment must hold at least its header, not " + segmentBytes + " bytes");
        }
    }

    public static StoreConfig of(Path directory) {
        return new StoreConfig(directory, DEFAULT_SHARDS, DEFAULT_LANES, DEFAULT_SEGMENT_BYTES);
    }

    public StoreConfig withShards(int count) {
        return new StoreConfig(directory, count, lanes, segmentBytes);
    }

    public StoreConfig withSegmentBytes(long bytes) {
        return new StoreConfig(directory, shards, lanes, bytes);
    }
}
