package dev.handoff.journal;

import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.function.LongSupplier;

import dev.handoff.codec.record.LossLayout;
import dev.handoff.codec.record.RecordChecksum;
import dev.handoff.codec.record.RecordLayout;
import dev.handoff.codec.record.RecordView;
import dev.handoff.codec.record.SnapshotLayout;
import org.agrona.DirectBuffer;
import org.agrona.ExpandableArrayBuffer;
import org.agrona.concurrent.UnsafeBuffer;

/**
 * A journal in memory, with the same records, rolls, snapshots, epochs and refusals as the one on disk. What outlives its
 * writer is the {@link Storage}, which can also be damaged on purpose. One thread for both.
 */
public final class MemoryJournal implements Journal {

    /** The disk: survives its writers. Sequences are those of the records on it. */
    public static final class Storage {

        private static final Path NAME = Path.of("memory");

        private final List<byte[]> records = new ArrayList<>();
        private UUID id = UUID.randomUUID();
        private long markedSequence;
        private int markedEpoch;
        private long firstSequence = 1;
        private int syncedRecords;
        private boolean held;
        private boolean full;

        /** The same id in every run with the same argument, for a reproducible world. */
        public Storage withId(UUID journalId) {
            id = journalId;
            return this;
        }

        /** Appends are refused from now on, or taken again. */
        public void full(boolean isFull) {
            full = isFull;
        }

        /** The writer's process died: another may open. */
        public void killWriter() {
            held = false;
        }

        /** The machine died: what was not synced is gone, and the mark with it. */
        public void loseUnsynced() {
            held = false;
            while (records.size() > syncedRecords) {
                records.removeLast();
            }
            markedSequence = firstSequence + records.size() - 1;
        }

        /** Drops the newest records behind the mark's back. */
        public void truncate(int count) {
            for (int i = 0; i < count; i++) {
                records.removeLast();
            }
            syncedRecords = Math.min(syncedRecords, records.size());
        }

        /** The mark falls to the newest record, as if what is gone had never been there. */
        public void forgetMark() {
            markedSequence = firstSequence + records.size() - 1;
        }

        /** Flips a bit of a stored record. */
        public void flip(long sequence, int byteOffset) {
            records.get((int) (sequence - firstSequence))[byteOffset] ^= 1;
        }

        public int size() {
            return records.size();
        }

        public JournalReader reader() {
            return new Reader(this);
        }
    }

    private static final int MAX_RECORD_LENGTH = 1 << 20;

    private final Storage storage;
    private final SyncLevel sync;
    private final SnapshotRecord snapshots;
    private final long snapshotEvery;
    private final LongSupplier clockMs;
    private final int epoch;
    private final UnsafeBuffer staging = new UnsafeBuffer(0, 0);
    private final RecordChecksum checksum = new RecordChecksum();
    private List<Damage> unwrittenLosses;
    private int cycle;
    private boolean rollDue;
    private long lastSequence;
    private long rollSequence;
    private long snapshotSequence;
    private boolean closed;

    private MemoryJournal(Storage storage, JournalOptions options, ReplayEnd end, Scan scan) {
        this.storage = storage;
        this.sync = options.sync();
        this.snapshots = new SnapshotRecord(options.snapshots(), options.build());
        this.snapshotEvery = options.snapshotEvery();
        this.clockMs = options.clockMs();
        this.epoch = Math.max(storage.markedEpoch, scan.epoch) + 1;
        this.lastSequence = end.lastSequence();
        this.rollSequence = scan.rollSequence;
        this.snapshotSequence = scan.snapshotSequence;
        this.rollDue = storage.records.isEmpty();
        this.cycle = rollDue ? RollFile.cycleAt(clockMs.getAsLong()) : RollFile.cycleAt(scan.rollTimeNs / 1_000_000);
        this.unwrittenLosses = end instanceof ReplayEnd.Damaged damaged
                ? damaged.damages().stream().filter(Damage::losesRecords).toList()
                : List.of();
        storage.held = true;
        // Until the losses are in the journal the mark stays above its end: whoever opens it next must hear of them too.
        storage.markedSequence = unwrittenLosses.isEmpty() ? lastSequence : aboveAll();
        storage.markedEpoch = epoch;
    }

    private long aboveAll() {
        long above = lastSequence + 1 + unwrittenLosses.size();
        for (Damage loss : unwrittenLosses) {
            above = Math.max(above, loss.toSequence());
        }
        return above;
    }

    /** Remembers what a writer must know of the records before it. */
    private static final class Scan implements RecordVisitor {
        private int epoch;
        private long rollSequence;
        private long rollTimeNs;
        private long snapshotSequence;

        @Override
        public boolean onRecord(RecordView record) {
            epoch = record.epoch();
            if (record.kind() == RecordLayout.KIND_SNAPSHOT) {
                snapshotSequence = record.sequence();
                if (SnapshotLayout.beginsRoll(record.payload())) {
                    rollSequence = record.sequence();
                    rollTimeNs = record.timeNs();
                }
            }
            return true;
        }
    }

    /** The options' directory, block size and retention mean nothing here. */
    public static OpenOutcome open(Storage storage, JournalOptions options) {
        if (storage.held) {
            return new OpenOutcome.Refused(JournalFailure.refused(JournalFailure.Reason.HELD,
                    "the journal in memory is being written by another writer: close that one first"));
        }
        Scan scan = new Scan();
        ReplayEnd found = storage.reader().replay(scan);
        while (storage.firstSequence + storage.records.size() - 1 > found.lastSequence()) {
            storage.records.removeLast();
        }
        return new OpenOutcome.Opened(new MemoryJournal(storage, options, found, scan), found, Optional.empty());
    }

    @Override
    public UUID id() {
        return storage.id;
    }

    @Override
    public int epoch() {
        return epoch;
    }

    @Override
    public long firstSequence() {
        return storage.firstSequence;
    }

    @Override
    public long lastSequence() {
        return lastSequence;
    }

    @Override
    public int maxPayloadLength() {
        return MAX_RECORD_LENGTH - RecordLayout.HEADER_LENGTH;
    }

    @Override
    public long append(int kind, int flags, long timeNs, DirectBuffer payload, int offset, int length) {
        if (kind < 0 || kind >= RecordLayout.FIRST_JOURNAL_KIND || flags < 0 || flags > 0xFF) {
            throw new IllegalArgumentException("kind " + kind + " or flags " + flags + " out of range");
        }
        checkOpen();
        checkFits(length);
        rollIfDue(timeNs);
        if (snapshotEvery > 0 && lastSequence - snapshotSequence >= snapshotEvery) {
            writeSnapshot(timeNs, false);
        }
        // After the snapshot, from which a replay begins: it must come by the losses.
        if (!unwrittenLosses.isEmpty()) {
            writeLosses(timeNs);
        }
        return write(kind, flags, timeNs, payload, offset, length);
    }

    private void writeLosses(long timeNs) {
        ExpandableArrayBuffer lossPayload = new ExpandableArrayBuffer();
        while (!unwrittenLosses.isEmpty()) {
            Damage loss = unwrittenLosses.getFirst();
            int lossLength = LossLayout.write(lossPayload, 0, loss.fromSequence(), loss.toSequence(), loss.toString());
            write(RecordLayout.KIND_LOSS, 0, timeNs, lossPayload, 0, lossLength);
            unwrittenLosses = unwrittenLosses.subList(1, unwrittenLosses.size());
        }
        storage.markedSequence = lastSequence;
    }

    @Override
    public long snapshot(long timeNs) {
        checkOpen();
        if (!rollIfDue(timeNs)) {
            writeSnapshot(timeNs, false);
        }
        return snapshotSequence;
    }

    private boolean rollIfDue(long timeNs) {
        int now = RollFile.cycleAt(clockMs.getAsLong());
        if (!rollDue && now <= cycle) {
            return false;
        }
        writeSnapshot(timeNs, true);
        rollDue = false;
        cycle = Math.max(now, cycle);
        rollSequence = snapshotSequence;
        return true;
    }

    private void writeSnapshot(long timeNs, boolean beginsRoll) {
        int length = snapshots.take(storage.id, beginsRoll, rollSequence);
        checkFits(length);
        snapshotSequence = write(RecordLayout.KIND_SNAPSHOT, 0, timeNs, snapshots.payload(), 0, length);
    }

    private void checkOpen() {
        if (closed) {
            throw JournalFailure.ended(JournalFailure.Reason.CLOSED, "the journal in memory is closed", null);
        }
        if (!storage.held) {
            throw JournalFailure.ended(JournalFailure.Reason.CLOSED,
                    "the journal in memory lost its writer: this one is dead", null);
        }
    }

    private void checkFits(int length) {
        if (length < 0 || length > maxPayloadLength()) {
            throw JournalFailure.refused(JournalFailure.Reason.RECORD_TOO_LARGE, "a payload of " + length
                    + " bytes does not fit into the journal in memory, which takes up to " + maxPayloadLength());
        }
    }

    private long write(int kind, int flags, long timeNs, DirectBuffer payload, int offset, int length) {
        if (storage.full) {
            throw JournalFailure.refused(JournalFailure.Reason.DISK_FULL,
                    "the disk is full: no space for record " + (lastSequence + 1) + " in memory; nothing was appended");
        }
        int recordLength = RecordLayout.HEADER_LENGTH + length;
        byte[] record = new byte[recordLength];
        staging.wrap(record);
        RecordLayout.writeHeader(staging, 0, kind, flags, length, epoch, lastSequence + 1, timeNs);
        staging.putBytes(RecordLayout.HEADER_LENGTH, payload, offset, length);
        staging.putInt(RecordLayout.CRC_OFFSET, checksum.of(ByteBuffer.wrap(record), 0, recordLength),
                RecordLayout.ORDER);
        storage.records.add(record);
        lastSequence++;
        if (unwrittenLosses.isEmpty()) {
            storage.markedSequence = lastSequence;
        }
        if (sync == SyncLevel.RECORD) {
            sync();
        }
        return lastSequence;
    }

    @Override
    public void endOfBatch() {
        if (sync == SyncLevel.BATCH) {
            sync();
        }
    }

    @Override
    public void sync() {
        checkOpen();
        storage.syncedRecords = storage.records.size();
    }

    @Override
    public JournalReader reader() {
        return storage.reader();
    }

    @Override
    public void close() {
        if (!closed) {
            closed = true;
            storage.held = false;
        }
    }

    private static final class Reader implements JournalReader {

        private final Storage storage;
        private final RecordView view = new RecordView();
        private final UnsafeBuffer buffer = new UnsafeBuffer(0, 0);
        private final RecordChecksum checksum = new RecordChecksum();
        private final List<Damage> damages = new ArrayList<>();
        private int next;
        private long intactLast = -1;

        Reader(Storage storage) {
            this.storage = storage;
        }

        @Override
        public void seek(long sequence) {
            next = Math.clamp(sequence - storage.firstSequence, 0, storage.records.size());
        }

        @Override
        public long seekLastSnapshot() {
            for (next = storage.records.size() - 1; next >= 0; next--) {
                if (isIntact(storage.records.get(next)) && view.kind() == RecordLayout.KIND_SNAPSHOT) {
                    return view.sequence();
                }
            }
            next = 0;
            return 0;
        }

        @Override
        public int poll(RecordVisitor visitor, int limit) {
            int visited = 0;
            boolean more = true;
            while (more && visited < limit && next < storage.records.size()) {
                long sequence = storage.firstSequence + next;
                if (isIntact(storage.records.get(next++))) {
                    visited++;
                    more = visitor.onRecord(view);
                } else {
                    note(new Damage(Damage.Kind.LOST, sequence, sequence, Storage.NAME, next - 1,
                            "a record whose checksum is wrong"),
                            visitor);
                }
            }
            return visited;
        }

        private boolean isIntact(byte[] record) {
            buffer.wrap(record);
            if (checksum.ofRecord(ByteBuffer.wrap(record), 0, record.length) != buffer.getInt(RecordLayout.CRC_OFFSET,
                    RecordLayout.ORDER)) {
                return false;
            }
            view.wrap(buffer, 0);
            return true;
        }

        private void note(Damage damage, RecordVisitor visitor) {
            if (intactLast < 0) {
                intactLast = damage.fromSequence() - 1;
            }
            damages.add(damage);
            visitor.onDamage(damage);
        }

        @Override
        public ReplayEnd replay(RecordVisitor visitor) {
            Stopping stopping = new Stopping(visitor);
            poll(stopping, Integer.MAX_VALUE);
            long last = storage.firstSequence + next - 1;
            if (!stopping.stopped && storage.markedSequence > last) {
                note(new Damage(Damage.Kind.LOST, last + 1, storage.markedSequence, Storage.NAME, next,
                        "the journal ends here, but its high-water mark has record " + storage.markedSequence),
                        visitor);
            }
            return damages.isEmpty() ? new ReplayEnd.Intact(last) : new ReplayEnd.Damaged(intactLast, damages);
        }

        private static final class Stopping implements RecordVisitor {
            private final RecordVisitor visitor;
            private boolean stopped;

            Stopping(RecordVisitor visitor) {
                this.visitor = visitor;
            }

            @Override
            public boolean onRecord(RecordView record) {
                stopped = !visitor.onRecord(record);
                return !stopped;
            }

            @Override
            public void onDamage(Damage damage) {
                visitor.onDamage(damage);
            }
        }

        @Override
        public List<Damage> damages() {
            return Collections.unmodifiableList(damages);
        }

        @Override
        public void close() {}
    }
}
