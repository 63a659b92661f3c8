package dev.handoff.journal;

import java.nio.file.Path;
import java.util.function.LongSupplier;

/**
 * How a journal is opened for writing.
 *
 * @param directory
 *            created if it is missing, with its parents
 * @param build
 *            of the program that writes, for the snapshots
 * @param blockBytes
 *            how much of a file is mapped at a time, at least 256 KiB; a quarter of it bounds a record. Files are sparse
 * @param populateAheadBytes
 *            how far ahead of the end disk space is claimed, so that an append neither waits for the disk nor finds it full
 * @param retentionDays
 *            whole files older than this many days are deleted once a newer roll has begun; 0 keeps all
 * @param snapshotEvery
 *            take a snapshot after this many records within a roll, 0 for none: it bounds what a restart replays
 * @param clockMs
 *            milliseconds since 1970; decides when a roll begins (at midnight UTC), and may step back
 */
public record JournalOptions(Path directory, String build, SyncLevel sync, SnapshotSource snapshots, long blockBytes,
        long populateAheadBytes, int retentionDays, long snapshotEvery, LongSupplier clockMs) {

    /** 16 MiB: records up to 4 MiB, so a snapshot of thousands of services fits. */
    public static final long DEFAULT_BLOCK_BYTES = 16L << 20;
    /** 1 MiB: some ten thousand records, 20 ms of the fastest appending. */
    public static final long DEFAULT_POPULATE_AHEAD_BYTES = 1L << 20;
    /** Bounds a replay to some tens of milliseconds. */
    public static final long DEFAULT_SNAPSHOT_EVERY = 100_000;

    private static final long MIN_BLOCK_BYTES = 256L << 10;

    public JournalOptions {
        if (blockBytes < MIN_BLOCK_BYTES || blockBytes > 1L << 30 || Long.bitCount(blockBytes) != 1) {
            throw new IllegalArgumentException(
                    "blockBytes must be a power of two from 262144 to 1073741824, not " + blockBytes);
        }
        if (populateAheadBytes < 1 || retentionDays < 0 || snapshotEvery < 0) {
            throw new IllegalArgumentException(
                    "populateAheadBytes must be positive, retentionDays and snapshotEvery not negative");
        }
    }

    public static JournalOptions of(Path directory) {
        return new JournalOptions(directory, "unknown", SyncLevel.NONE, SnapshotSource.NONE, DEFAULT_BLOCK_BYTES,
                DEFAULT_POPULATE_AHEAD_BYTES, 0, DEFAULT_SNAPSHOT_EVERY, System::currentTimeMillis);
    }

    public JournalOptions withBuild(String name) {
        return new JournalOptions(directory, name, sync, snapshots, blockBytes, populateAheadBytes, retentionDays,
                snapshotEvery,
                clockMs);
    }

    public JournalOptions withSync(SyncLevel level) {
        return new JournalOptions(directory, build, level, snapshots, blockBytes, populateAheadBytes, retentionDays,
                snapshotEvery,
                clockMs);
    }

    public JournalOptions withSnapshots(SnapshotSource source) {
        return new JournalOptions(directory, build, sync, source, blockBytes, populateAheadBytes, retentionDays,
                snapshotEvery,
                clockMs);
    }

    public JournalOptions withBlockBytes(long bytes) {
        return new JournalOptions(directory, build, sync, snapshots, bytes, populateAheadBytes, retentionDays,
                snapshotEvery,
                clockMs);
    }

    public JournalOptions withPopulateAheadBytes(long bytes) {
        return new JournalOptions(directory, build, sync, snapshots, blockBytes, bytes, retentionDays, snapshotEvery,
                clockMs);
    }

    public JournalOptions withRetentionDays(int days) {
        return new JournalOptions(directory, build, sync, snapshots, blockBytes, populateAheadBytes, days,
                snapshotEvery, clockMs);
    }

    public JournalOptions withSnapshotEvery(long records) {
        return new JournalOptions(directory, build, sync, snapshots, blockBytes, populateAheadBytes, retentionDays,
                records,
                clockMs);
    }

    public JournalOptions withClockMs(LongSupplier clock) {
        return new JournalOptions(directory, build, sync, snapshots, blockBytes, populateAheadBytes, retentionDays,
                snapshotEvery,
                clock);
    }
}
