package dev.handoff.journal;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.UUID;

import dev.handoff.codec.record.LossLayout;
import dev.handoff.codec.record.RecordChecksum;
import dev.handoff.codec.record.RecordLayout;
import org.agrona.DirectBuffer;
import org.agrona.ExpandableArrayBuffer;
import org.agrona.concurrent.UnsafeBuffer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The journal on a Chronicle queue: one file a day, UTC. Opened by {@link JournalDirectory#open}.
 *
 * <p>
 * An append goes through these steps, and {@link #write} is where their order is fixed: claim the space, build the record
 * aside, hand it to the queue, move the high-water mark, perhaps sync.
 */
final class ChronicleJournal implements Journal {

    private static final Logger LOG = LoggerFactory.getLogger(ChronicleJournal.class);

    private static final int FRAME_HEADER = 4;
    /**
     * What an append may write behind its record: the header of the next frame, and, each 2^28 records, an index array of the
     * queue (4096 longs and its frame).
     */
    private static final long BEHIND_RECORD = 64 << 10;
    /** What the queue puts at the start of a file: its header and two index arrays of 4096 longs. */
    private static final long FILE_HEAD = 128 << 10;
    private static final int INITIAL_STAGING_BYTES = 64 << 10;

    /** Where a freshly opened directory is to be appended to. */
    record Start(UUID id, int epoch, long firstSequence, long lastSequence, int cycle, long position, boolean newFile,
            long rollSequence, int rollCycle, long snapshotSequence, int snapshotCycle, long snapshotPosition) {}

    private final JournalOptions options;
    private final WriterLock lock;
    private final HighWaterMark mark;
    private final PopulateAgent agent = new PopulateAgent();
    private final SnapshotRecord snapshots;
    private final RecordChecksum checksum = new RecordChecksum();
    private final UUID id;
    private final int epoch;
    private final int maxRecordLength;
    private final ExpandableArrayBuffer lossPayload = new ExpandableArrayBuffer();

    private RollQueue queue;
    private ClaimedSpace space;
    private ByteBuffer stagingBytes;
    private UnsafeBuffer staging;
    private List<Damage> unwrittenLosses;
    private String lossText;

    private int cycle;
    /** True until the file of {@link #cycle} may be appended to as it is. */
    private boolean rollDue;
    private long position;
    /** Of the record written last. */
    private long framePosition;
    private long firstSequence;
    private long lastSequence;
    private long rollSequence;
    private int rollCycle;
    private long snapshotSequence;
    private int snapshotCycle;
    private long snapshotPosition;
    private long requestedEnd;
    private boolean unsynced;
    private boolean closed;
    private JournalFailure end;

    ChronicleJournal(JournalOptions options, WriterLock lock, HighWaterMark mark, RollQueue queue, Start start,
            List<Damage> losses, String lossText) throws IOException {
        this.options = options;
        this.lock = lock;
        this.mark = mark;
        this.queue = queue;
        this.snapshots = new SnapshotRecord(options.snapshots(), options.build());
        this.id = start.id();
        this.epoch = start.epoch();
        this.firstSequence = start.firstSequence();
        this.lastSequence = start.lastSequence();
        this.cycle = start.cycle();
        this.rollDue = start.newFile();
        this.position = start.position();
        this.rollSequence = start.rollSequence();
        this.rollCycle = start.rollCycle();
        this.snapshotSequence = start.snapshotSequence();
        this.snapshotCycle = start.snapshotCycle();
        this.snapshotPosition = start.snapshotPosition();
        this.unwrittenLosses = List.copyOf(losses);
        this.lossText = lossText;
        // A quarter of a block is how far Chronicle maps beyond its end, and a frame must lie within one mapping.
        this.maxRecordLength = (int) (options.blockBytes() / 4) - FRAME_HEADER - Long.BYTES;
        this.stagingBytes = ByteBuffer.allocateDirect(Math.min(INITIAL_STAGING_BYTES, maxRecordLength))
                .order(ByteOrder.LITTLE_ENDIAN);
        this.staging = new UnsafeBuffer(stagingBytes);
        // Until the losses are in the journal the mark stays above its end: whoever opens it next must hear of them too.
        mark.begin(losses.isEmpty() ? lastSequence : aboveAll(losses), epoch);
        describe();
        if (!rollDue) {
            this.space = new ClaimedSpace(RollFile.of(options.directory(), cycle).path(), position);
            requestAhead();
        }
    }

    /** Above every lost record, and above those that {@link #prepare} writes before the losses are all written. */
    private long aboveAll(List<Damage> losses) {
        long above = lastSequence + 1 + losses.size();
        for (Damage loss : losses) {
            above = Math.max(above, loss.toSequence());
        }
        return above;
    }

    @Override
    public UUID id() {
        return id;
    }

    @Override
    public int epoch() {
        return epoch;
    }

    @Override
    public long firstSequence() {
        return firstSequence;
    }

    @Override
    public long lastSequence() {
        return lastSequence;
    }

    @Override
    public int maxPayloadLength() {
        return maxRecordLength - RecordLayout.HEADER_LENGTH;
    }

    @Override
    public long append(int kind, int flags, long timeNs, DirectBuffer payload, int offset, int length) {
        if (kind < 0 || kind >= RecordLayout.FIRST_JOURNAL_KIND || flags < 0 || flags > 0xFF) {
            throw new IllegalArgumentException("kind " + kind + " or flags " + flags + " out of range");
        }
        prepare(timeNs, length);
        long sequence = write(kind, flags, timeNs, payload, offset, length);
        syncRecord();
        return sequence;
    }

    @Override
    public long snapshot(long timeNs) {
        checkOpen();
        if (!rollIfDue(timeNs)) {
            writeSnapshot(timeNs, false);
        }
        syncRecord();
        return snapshotSequence;
    }

    /** Everything that must stand before the caller's record: the roll with its snapshot, a snapshot in between, what was lost. */
    private void prepare(long timeNs, int length) {
        checkOpen();
        if (length < 0 || length > maxPayloadLength()) {
            throw JournalFailure.refused(JournalFailure.Reason.RECORD_TOO_LARGE, "a payload of " + length
                    + " bytes does not fit into the journal " + options.directory() + ", which takes up to "
                    + maxPayloadLength()
                    + ": a quarter of its block size");
        }
        rollIfDue(timeNs);
        if (options.snapshotEvery() > 0 && lastSequence - snapshotSequence >= options.snapshotEvery()) {
            writeSnapshot(timeNs, false);
        }
        // After the snapshot, from which a replay begins: it must come by the losses.
        if (!unwrittenLosses.isEmpty()) {
            writeLosses(timeNs);
        }
    }

    private void checkOpen() {
        if (closed) {
            throw JournalFailure.ended(JournalFailure.Reason.CLOSED,
                    "the journal " + options.directory() + " is closed", null);
        }
        if (end != null) {
            throw JournalFailure.ended(JournalFailure.Reason.CLOSED,
                    "the journal " + options.directory() + " ended earlier: " + end.getMessage(), end);
        }
    }

    private boolean rollIfDue(long timeNs) {
        int now = RollFile.cycleAt(options.clockMs().getAsLong());
        if (!rollDue && now <= cycle) {
            return false;
        }
        roll(Math.max(now, cycle), timeNs);
        return true;
    }

    private void roll(int to, long timeNs) {
        int length = snapshots.take(id, true, rollSequence);
        checkSnapshotFits(length);
        Path path = RollFile.of(options.directory(), to).path();
        ClaimedSpace next = claimNewFile(path,
                FILE_HEAD + FRAME_HEADER + RecordLayout.HEADER_LENGTH + length + BEHIND_RECORD);
        if (space != null) {
            syncUnsynced();
            space.close();
        }
        space = next;
        queue.moveTo(to);
        cycle = to;
        rollDue = false;
        position = FILE_HEAD;
        requestedEnd = 0;
        long sequence = write(RecordLayout.KIND_SNAPSHOT, 0, timeNs, snapshots.payload(), 0, length);
        rollSequence = sequence;
        rollCycle = to;
        noteSnapshot(sequence);
        retire();
        describe();
    }

    /** Makes the file of a roll so far that Chronicle's first stores into it cannot meet a full disk. */
    private ClaimedSpace claimNewFile(Path path, long bytes) {
        boolean existed = Files.exists(path);
        ClaimedSpace made = null;
        boolean claimed = false;
        try {
            made = new ClaimedSpace(path, 0);
            made.growTo(fileLengthFor(bytes));
            claimed = made.claimNow(bytes);
            if (!claimed) {
                throw diskFull(path);
            }
            return made;
        } catch (IOException e) {
            throw JournalDirectory.refusal(e, path, "beginning the journal's file of a new day");
        } finally {
            if (!claimed) {
                discard(made, existed ? null : path);
            }
        }
    }

    private static void discard(ClaimedSpace made, Path created) {
        if (made != null) {
            made.close();
        }
        try {
            if (created != null) {
                Files.deleteIfExists(created);
            }
        } catch (IOException e) {
            LOG.warn("{} could not be begun, and not be deleted either: it is empty and does no harm", created, e);
        }
    }

    private JournalFailure diskFull(Path path) {
        return JournalFailure.refused(JournalFailure.Reason.DISK_FULL,
                "the disk is full: no space for record " + (lastSequence + 1)
                        + " in " + path + "; nothing was appended. Free some space on that file system");
    }

    /** Covers the block that the last byte lies in, and the next, with what Chronicle maps beyond it: so it never grows the file itself. */
    private long fileLengthFor(long bytes) {
        long block = options.blockBytes();
        return (bytes / block + 2) * block + block / 4;
    }

    private void checkSnapshotFits(int length) {
        if (length > maxPayloadLength()) {
            throw JournalFailure.refused(JournalFailure.Reason.RECORD_TOO_LARGE, "a state snapshot of " + length
                    + " bytes does not fit into the journal " + options.directory() + ", which takes up to "
                    + maxPayloadLength()
                    + ": open it with larger blocks");
        }
    }

    private void writeSnapshot(long timeNs, boolean beginsRoll) {
        int length = snapshots.take(id, beginsRoll, rollSequence);
        checkSnapshotFits(length);
        noteSnapshot(write(RecordLayout.KIND_SNAPSHOT, 0, timeNs, snapshots.payload(), 0, length));
        describe();
    }

    private void noteSnapshot(long sequence) {
        snapshotSequence = sequence;
        snapshotCycle = cycle;
        snapshotPosition = framePosition;
    }

    private void describe() {
        mark.describe(id, firstSequence, snapshotSequence, snapshotCycle, snapshotPosition, rollCycle, rollSequence);
    }

    private void writeLosses(long timeNs) {
        while (!unwrittenLosses.isEmpty()) {
            Damage loss = unwrittenLosses.getFirst();
            int length = LossLayout.write(lossPayload, 0, loss.fromSequence(), loss.toSequence(), loss + lossText);
            write(RecordLayout.KIND_LOSS, 0, timeNs, lossPayload, 0, length);
            unwrittenLosses = unwrittenLosses.subList(1, unwrittenLosses.size());
        }
        mark.begin(lastSequence, epoch);
    }

    /** The order is what the promise rests on: space, record, queue, mark. */
    private long write(int kind, int flags, long timeNs, DirectBuffer payload, int offset, int length) {
        int recordLength = RecordLayout.HEADER_LENGTH + length;
        claim(recordLength);
        if (recordLength > staging.capacity()) {
            stagingBytes = ByteBuffer.allocateDirect(Math.min(2 * recordLength, maxRecordLength))
                    .order(ByteOrder.LITTLE_ENDIAN);
            staging.wrap(stagingBytes);
        }
        long sequence = lastSequence + 1;
        RecordLayout.writeHeader(staging, 0, kind, flags, length, epoch, sequence, timeNs);
        staging.putBytes(RecordLayout.HEADER_LENGTH, payload, offset, length);
        staging.putInt(RecordLayout.CRC_OFFSET, checksum.of(stagingBytes, 0, recordLength), RecordLayout.ORDER);
        long nextFrame = commit(recordLength);
        framePosition = position;
        position = nextFrame;
        lastSequence = sequence;
        if (unwrittenLosses.isEmpty()) {
            mark.advance(sequence, epoch);
        }
        unsynced = true;
        MappedBlock block = queue.newBlock(position);
        if (block != null) {
            space.appendsThrough(block);
            // Of it too, everything that is claimed already.
            requestedEnd = 0;
        }
        requestAhead();
        return sequence;
    }

    private long commit(int recordLength) {
        try {
            return queue.append(staging.addressOffset(), recordLength);
        } catch (RuntimeException | AssertionError e) {
            throw ended(JournalFailure.Reason.IO, "appending to " + space.path() + " failed: " + e, e);
        } catch (InternalError e) {
            throw ended(JournalFailure.Reason.IO,
                    "storing into " + space.path() + " failed: its disk is full or errs: " + e.getMessage(), e);
        }
    }

    private JournalFailure ended(JournalFailure.Reason reason, String what, Throwable cause) {
        end = JournalFailure.ended(reason,
                what + ". Whether record " + (lastSequence + 1)
                        + " is there is unknown until the journal is opened again",
                cause);
        return end;
    }

    /** Sees to it that the pages the queue is about to write exist. */
    private void claim(int recordLength) {
        long need = position + FRAME_HEADER + recordLength + BEHIND_RECORD;
        if (need <= space.end()) {
            return;
        }
        try {
            space.growTo(fileLengthFor(need));
            if (!space.claimNow(need)) {
                throw diskFull(space.path());
            }
        } catch (IOException e) {
            throw JournalDirectory.refusal(e, space.path(), "claiming space for the next record");
        }
    }

    private void requestAhead() {
        long ahead = options.populateAheadBytes();
        if (position + BEHIND_RECORD + ahead / 2 < requestedEnd) {
            return;
        }
        requestedEnd = position + BEHIND_RECORD + ahead;
        space.want(requestedEnd, fileLengthFor(requestedEnd));
        agent.request(space);
    }

    @Override
    public void endOfBatch() {
        if (options.sync() == SyncLevel.BATCH && unsynced) {
            sync();
        }
    }

    private void syncRecord() {
        if (options.sync() == SyncLevel.RECORD) {
            sync();
        }
    }

    @Override
    public void sync() {
        checkOpen();
        if (space == null) {
            return;
        }
        try {
            space.sync();
            unsynced = false;
        } catch (IOException e) {
            // After a failed sync the kernel may have dropped the pages it could not write: asking again would lie.
            throw ended(JournalFailure.Reason.IO, "syncing " + space.path() + " failed: " + e, e);
        }
    }

    private void syncUnsynced() {
        if (options.sync() != SyncLevel.NONE && unsynced) {
            sync();
        }
    }

    /** Deletes whole files that are old enough, all of them before the roll that has just begun. */
    private void retire() {
        if (options.retentionDays() == 0) {
            return;
        }
        try {
            List<RollFile> files = RollFile.list(options.directory());
            int oldestKept = cycle - options.retentionDays();
            List<RollFile> old = files.stream().filter(file -> file.cycle() < oldestKept && file.cycle() < cycle)
                    .toList();
            if (old.isEmpty()) {
                return;
            }
            long first = files.size() > old.size() ? firstSequenceOf(files.get(old.size())) : rollSequence;
            if (first <= 0) {
                LOG.warn("{} begins with no readable record, so nothing older is deleted",
                        files.get(old.size()).path());
                return;
            }
            // Said before it is done: a reader that misses the files must find that they were retired, not lost.
            firstSequence = first;
            describe();
            for (RollFile file : old) {
                Files.deleteIfExists(file.path());
                LOG.info("retired {}: older than {} days", file.path(), options.retentionDays());
            }
            queue.refresh();
        } catch (IOException e) {
            LOG.warn("old files of {} could not be deleted; tried again at the next roll", options.directory(), e);
        }
    }

    private long firstSequenceOf(RollFile file) {
        try (DirectoryReader reader = new DirectoryReader(options.directory())) {
            return reader.firstSequenceOf(file);
        }
    }

    @Override
    public JournalReader reader() {
        return new DirectoryReader(options.directory());
    }

    @Override
    public void close() {
        if (closed) {
            return;
        }
        // Whatever fails on the way, the next writer must find the lock free.
        try (WriterLock _ = lock; HighWaterMark _ = mark; ClaimedSpace _ = space; RollQueue _ = queue) {
            agent.close();
            if (space != null) {
                space.letGo();
            }
            if (end == null) {
                syncUnsynced();
            }
        } finally {
            closed = true;
        }
    }
}
