package dev.handoff.examples.kv.store;

import java.io.IOException;
import java.io.SyncFailedException;
import java.nio.channels.FileChannel;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.PriorityQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;
import java.util.zip.CRC32C;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A part of the keys: a table in memory and an append-only log on disk.
 *
 * <p>A command takes {@link #lock()}, reads and writes, asks {@link #settled(long)} or {@link #settledAbsence()} when its
 * reply may go out, and unlocks. The write is in memory at once, and on disk when the shard's lane has synced the batch it
 * is in; a reply that shows or implies it waits for that.
 *
 * <p>Invariant: revisions are dense; each write takes the next one.
 * <p>Invariant: a file with a footer is never written to again, and a writer starts a file of its own.
 * <p>Invariant: a batch is written only after the one before it has been synced.
 */
public final class Shard {
    private static final Logger LOG = LoggerFactory.getLogger(Shard.class);
    private static final CompletableFuture<Void> SETTLED = CompletableFuture.completedFuture(null);
    private static final byte[] NOTHING = {};
    /** The expiry queue may hold this many overtaken entries before it is rebuilt. */
    private static final int EXPIRY_SLACK = 1024;
    /** A compaction may remove files between our listing and our reading: then list again, this often. */
    private static final int LISTINGS = 5;

    /** What may be done with the shard. */
    enum Mode {
        /** Someone else may be writing: only {@link #catchUp} is allowed. */
        FOLLOWING,
        WRITABLE,
        SEALED,
        /** A write failed. What is in memory may not be on disk: neither reads nor writes until {@link #recover()}. */
        FAILED,
        /** A sync failed: as above, until the process is restarted. */
        LOST
    }

    /** Overtaken once the entry has another time, or is no longer in the table. */
    private record Expiry(long atMs, Entry entry) {}

    /** How far into a segment without a footer we have read. */
    private record Position(SegmentName name, long offset, long records) {}

    private final int index;
    private final Path directory;
    private final StoreConfig config;
    private final long salt;
    private final byte[] saltBytes;
    private final Executor lane;
    private final ReentrantLock lock = new ReentrantLock();
    private final CRC32C crc = new CRC32C();

    private final Table table = new Table();
    private final PriorityQueue<Expiry> expiries = new PriorityQueue<>(Comparator.comparingLong(Expiry::atMs));
    private long revision;
    private long durableRevision;
    private long absenceRevision;
    private Batch pending = new Batch();
    private Batch inFlight = new Batch();
    private volatile Mode mode = Mode.FOLLOWING;
    private String failure = "";

    /** Whole segments applied, in order. Changed under the lock. */
    private final List<Segment> segments = new ArrayList<>();
    private Position position;

    /** Touched by the lane alone. */
    private SegmentWriter writer;
    private long durableLength;

    Shard(int index, StoreConfig config, long salt, Executor lane) {
        this.index = index;
        this.directory = config.directory().resolve(String.format("shard-%04d", index));
        this.config = config;
        this.salt = salt;
        this.saltBytes = SegmentReader.saltBytes(salt, index);
        this.lane = lane;
    }

    public int index() {
        return index;
    }

    /** Guards everything below. Of several shards, lock the lower index first. */
    public ReentrantLock lock() {
        return lock;
    }

    // Reading and writing. The caller holds the lock.

    /** The live entry, or null. */
    public Entry find(Key key, long nowMs) {
        ensureReadable();
        Entry e = table.find(key.bytes, key.hash);
        return e == null || e.expired(nowMs) ? null : e;
    }

    /** Sets a value. {@code expiresAtMs} is in Unix milliseconds, 0 for never. Key and value are kept, not copied. */
    public Entry put(Key key, byte[] value, long expiresAtMs) {
        append(SegmentLayout.SET, key.bytes, value, expiresAtMs);
        return apply(key.bytes, key.hash, value, expiresAtMs);
    }

    /** Removes a live key; false if there is none. */
    public boolean delete(Key key, long nowMs) {
        if (find(key, nowMs) == null) {
            return false;
        }
        append(SegmentLayout.DELETE, key.bytes, NOTHING, 0);
        table.remove(key.bytes, key.hash);
        absenceRevision = revision;
        return true;
    }

    /** Removes every key. */
    public void clear() {
        ensureReadable();
        if (table.size() > 0) {
            append(SegmentLayout.CLEAR, NOTHING, NOTHING, 0);
            table.clear();
            expiries.clear();
            absenceRevision = revision;
        }
    }

    /** Keys in memory; expired ones that nobody has met yet included. */
    public int size() {
        ensureReadable();
        return table.size();
    }

    public void forEach(Consumer<Entry> action) {
        ensureReadable();
        table.forEach(action);
    }

    /** One step of a scan: see {@link Table#scan}. */
    public long scan(long cursor, Consumer<Entry> action) {
        ensureReadable();
        return table.scan(cursor, action);
    }

    /** Revision of the last write, on disk or not. */
    public long revision() {
        return revision;
    }

    /** Completes when the write with this revision is on disk; exceptionally if it may never be. */
    public CompletableFuture<Void> settled(long ofRevision) {
        if (ofRevision <= durableRevision) {
            return SETTLED;
        }
        return ofRevision <= inFlight.lastRevision() ? inFlight.durable() : pending.durable();
    }

    /** Completes when every removal so far is on disk: what a reply that says "no such key" has to wait for. */
    public CompletableFuture<Void> settledAbsence() {
        return settled(absenceRevision);
    }

    /** Forgets up to {@code limit} expired keys. Nothing is logged: the time stands in their records. */
    int reap(long nowMs, int limit) {
        int reaped = 0;
        while (reaped < limit && !expiries.isEmpty() && expiries.peek().atMs <= nowMs) {
            Expiry due = expiries.poll();
            if (due.entry.expiresAtMs == due.atMs && table.find(due.entry.key, due.entry.hash) == due.entry) {
                table.remove(due.entry.key, due.entry.hash);
                reaped++;
            }
        }
        return reaped;
    }

    private Entry apply(byte[] key, long hash, byte[] value, long expiresAtMs) {
        Entry e = table.findOrAdd(key, hash);
        e.value = value;
        e.expiresAtMs = expiresAtMs;
        e.revision = revision;
        if (expiresAtMs != 0) {
            if (expiries.size() > 2 * table.size() + EXPIRY_SLACK) {
                expiries.clear();
                table.forEach(this::expect);
            } else {
                expect(e);
            }
        }
        return e;
    }

    private void expect(Entry e) {
        if (e.expiresAtMs != 0) {
            expiries.add(new Expiry(e.expiresAtMs, e));
        }
    }

    private void append(byte kind, byte[] key, byte[] value, long expiresAtMs) {
        ensureWritable();
        boolean first = pending.isEmpty();
        pending.add(kind, revision + 1, key, value, expiresAtMs, saltBytes, crc);
        revision++;
        if (first) {
            lane.execute(this::commit);
        }
    }

    /**
     * Makes sure that a write would be taken: for commands that must not do half of their work.
     *
     * @throws StoreUnavailableException saying why not
     */
    public void ensureWritable() {
        switch (mode) {
            case WRITABLE -> {
            }
            case FOLLOWING -> throw new StoreUnavailableException("shard " + index + " is not open for writing");
            case SEALED -> throw new StoreUnavailableException("shard " + index + " is sealed for a handoff");
            case FAILED, LOST -> throw new StoreUnavailableException(failure);
        }
    }

    private void ensureReadable() {
        if (mode == Mode.FAILED || mode == Mode.LOST) {
            throw new StoreUnavailableException(failure);
        }
    }

    // Writing to disk. On the lane.

    /** Writes and syncs what has gathered; meanwhile the next batch gathers. */
    private void commit() {
        Batch batch;
        lock.lock();
        try {
            if (pending.isEmpty()) {
                return;
            }
            batch = pending;
            inFlight = batch;
            pending = new Batch();
        } finally {
            lock.unlock();
        }
        try {
            write(batch);
        } catch (IOException e) {
            fail(e);
            return;
        }
        lock.lock();
        try {
            durableRevision = batch.lastRevision();
        } finally {
            lock.unlock();
        }
        batch.durable().complete(null);
    }

    private void write(Batch batch) throws IOException {
        var bytes = batch.bytes();
        if (writer != null && writer.length() + bytes.remaining() > config.segmentBytes()) {
            sealSegment();
        }
        if (writer == null) {
            createSegment(batch.lastRevision() - batch.records());
        }
        durableLength = writer.length();
        writer.append(bytes, batch.records(), batch.lastRevision());
        writer.force();
        durableLength = writer.length();
    }

    /** @param base the revision before its first record */
    private void createSegment(long base) throws IOException {
        long number = segments.isEmpty() ? 1 : segments.getLast().name().last() + 1;
        SegmentName name = new SegmentName(number, number);
        durableLength = 0;
        writer = SegmentWriter.create(directory.resolve(name.fileName()), name, salt, index, base);
        syncDirectory(directory);
    }

    /** Creates the segment that the next write will need, so that it need not wait for that. On the lane. */
    void prepareSegment() throws IOException {
        long base;
        lock.lock();
        try {
            if (writer != null || mode != Mode.WRITABLE || !pending.isEmpty()) {
                return;
            }
            base = revision;
        } finally {
            lock.unlock();
        }
        createSegment(base);
    }

    private void sealSegment() throws IOException {
        Segment sealed = writer.seal(writer.lastRevision());
        writer = null;
        lock.lock();
        try {
            segments.add(sealed);
        } finally {
            lock.unlock();
        }
    }

    private void fail(IOException cause) {
        Batch waiting;
        lock.lock();
        try {
            mode = cause instanceof SyncFailedException ? Mode.LOST : Mode.FAILED;
            failure = "shard " + index + " cannot write: " + cause.getMessage();
            waiting = pending;
            pending = new Batch();
        } finally {
            lock.unlock();
        }
        LOG.error("{}{}", failure, mode == Mode.LOST
                ? "; what is on disk is not known, restart to read it again"
                : "; it serves nothing until a write can succeed again", cause);
        inFlight.durable().completeExceptionally(cause);
        waiting.durable().completeExceptionally(cause);
    }

    /** After a failed write: cuts what was never acknowledged, reads the log again, and tries. */
    void recover() throws IOException {
        if (mode != Mode.FAILED) {
            return;
        }
        if (writer != null) {
            Path file = directory.resolve(writer.name().fileName());
            writer.close();
            if (durableLength == 0) {
                Files.deleteIfExists(file);
            } else {
                try (FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE)) {
                    if (channel.size() > durableLength) {
                        channel.truncate(durableLength);
                    }
                }
            }
            writer = null;
        }
        lock.lock();
        try {
            forget();
            catchUp(true);
        } finally {
            lock.unlock();
        }
        LOG.info("shard {} writes again, at revision {}", index, revision);
    }

    /**
     * Writes what is left, adds the footer and closes.
     *
     * @return revision of the last write
     */
    long seal() throws IOException {
        lock.lock();
        try {
            if (mode == Mode.FAILED || mode == Mode.LOST) {
                throw new IOException(failure);
            }
            mode = Mode.SEALED;
        } finally {
            lock.unlock();
        }
        commit();
        if (mode != Mode.SEALED) {
            throw new IOException(failure);
        }
        if (writer != null) {
            try {
                sealSegment();
            } catch (IOException e) {
                fail(e);
                throw e;
            }
        }
        return revision;
    }

    /** Closes the file without a footer, as a crash would leave it. */
    void close() throws IOException {
        if (writer != null) {
            writer.close();
            writer = null;
        }
    }

    // Reading from disk.

    /** Makes the shard writable, whatever came before: {@link #catchUp} for a process that holds the directory's lock. */
    void takeOver() throws IOException {
        if (mode == Mode.FAILED) {
            recover();
        } else if (writer == null) {
            catchUp(true);
        } else {
            // Never sealed, so nobody else can have written: go on where we were.
            mode = Mode.WRITABLE;
        }
    }

    /**
     * Applies what the directory holds and memory does not.
     *
     * @param owner true if this process holds the directory's lock: an unsealed end is then cut and sealed, what a
     *              crashed compaction left is removed, and the shard becomes writable
     * @throws DamagedSegmentException if acknowledged records are missing or broken; nothing has been changed
     */
    void catchUp(boolean owner) throws IOException {
        lock.lock();
        try {
            if (mode == Mode.LOST) {
                return;
            }
            for (int listing = 1;; listing++) {
                try {
                    applyDirectory(owner);
                    break;
                } catch (NoSuchFileException e) {
                    if (owner || listing == LISTINGS) {
                        throw e;
                    }
                }
            }
            durableRevision = revision;
            mode = owner ? Mode.WRITABLE : Mode.FOLLOWING;
        } finally {
            lock.unlock();
        }
    }

    private void applyDirectory(boolean owner) throws IOException {
        if (owner) {
            Files.createDirectories(directory);
        } else if (!Files.exists(directory)) {
            return;
        }
        List<SegmentName> names = list(owner);
        if (!stillThere(names, owner)) {
            // A compaction has replaced segments: their removals may be gone for good, so start over.
            forget();
        }
        for (int i = segments.size(); i < names.size(); i++) {
            applySegment(names.get(i), i == names.size() - 1, owner);
        }
    }

    private void applySegment(SegmentName name, boolean lastOne, boolean owner) throws IOException {
        Path file = directory.resolve(name.fileName());
        try (SegmentReader reader = SegmentReader.open(file, salt, index)) {
            long base = reader.readHeader(name, salt, index);
            if (base < 0) {
                if (!lastOne || Files.size(file) > SegmentLayout.HEADER_LENGTH) {
                    throw new DamagedSegmentException(file, 0, "its header is broken");
                }
                if (owner) {
                    Files.delete(file);
                    syncDirectory(directory);
                }
                return;
            }
            long records = 0;
            if (position != null && position.name.equals(name)) {
                reader.position(position.offset);
                records = position.records;
            } else if (base != revision) {
                throw new DamagedSegmentException(file, 0,
                        "it goes on from revision " + base + ", but the segments before"
                                + " it end at " + revision + ": one is missing");
            }
            boolean compacted = name.first() != name.last();
            while (reader.next()) {
                if (compacted ? reader.revision() <= revision : reader.revision() != revision + 1) {
                    throw new DamagedSegmentException(file, reader.offset(),
                            "revision " + reader.revision() + " after " + revision);
                }
                apply(reader, file);
                records++;
            }
            switch (reader.end()) {
                case SEALED -> {
                    if (reader.footerRecords() != records
                            || (compacted ? reader.revision() < revision : reader.revision() != revision)) {
                        throw new DamagedSegmentException(file, reader.offset(), "its footer counts "
                                + reader.footerRecords() + " records up to revision " + reader.revision()
                                + ", but it has "
                                + records + " up to " + revision);
                    }
                    revision = reader.revision();
                    segments.add(
                            new Segment(name, reader.offset() + SegmentLayout.FOOTER_LENGTH, base, revision, records,
                                    reader.footerDigest()));
                    position = null;
                }
                case OPEN, INVALID -> {
                    if (!lastOne) {
                        throw new DamagedSegmentException(file, reader.offset(), "it should end with a footer");
                    }
                    position = new Position(name, reader.offset(), records);
                    if (owner) {
                        sealLeftOver(reader, file, base);
                    }
                }
                case NONE -> throw new IllegalStateException("a reader has stopped without an end");
            }
        }
    }

    /** The writer of this segment is dead. Keeps what is whole; the torn rest was never acknowledged. */
    private void sealLeftOver(SegmentReader reader, Path file, long base) throws IOException {
        long whole = position.offset;
        if (reader.end() == SegmentReader.End.INVALID && reader.batchOpensBehind(whole, revision)) {
            throw new DamagedSegmentException(file, whole,
                    "a record written later is sound, so this one had been on disk and is broken now");
        }
        long torn = Files.size(file) - whole;
        if (torn > 0) {
            LOG.warn("{}: cutting {} bytes of a torn batch that was never acknowledged", file, torn);
        }
        Segment contents = new Segment(position.name, whole, base, revision, position.records, reader.digest(whole));
        segments.add(SegmentWriter.sealLeftOver(file, position.name, salt, index, whole, contents));
        position = null;
    }

    private void apply(SegmentReader record, Path file) throws IOException {
        revision = record.revision();
        switch (record.kind()) {
            case SegmentLayout.SET -> {
                byte[] key = record.key();
                apply(key, Table.hash(key, salt), record.value(), record.expiresAtMs());
            }
            case SegmentLayout.DELETE -> {
                byte[] key = record.key();
                table.remove(key, Table.hash(key, salt));
            }
            case SegmentLayout.CLEAR -> {
                table.clear();
                expiries.clear();
            }
            default -> throw new DamagedSegmentException(file, record.offset(), "unknown record kind " + record.kind());
        }
    }

    private List<SegmentName> list(boolean owner) throws IOException {
        List<SegmentName> names = new ArrayList<>();
        List<Path> others = new ArrayList<>();
        try (DirectoryStream<Path> files = Files.newDirectoryStream(directory)) {
            for (Path file : files) {
                SegmentName.parse(file.getFileName().toString()).ifPresentOrElse(names::add, () -> others.add(file));
            }
        } catch (DirectoryIteratorException e) {
            throw e.getCause();
        }
        List<SegmentName> current = SegmentName.current(names);
        if (owner) {
            for (SegmentName name : names) {
                if (!current.contains(name)) {
                    Files.delete(directory.resolve(name.fileName()));
                }
            }
            for (Path file : others) {
                if (file.toString().endsWith(Compaction.SUFFIX)) {
                    Files.delete(file);
                }
            }
        }
        return current;
    }

    /** Whether everything applied is still in the directory, in the same files and no shorter. */
    private boolean stillThere(List<SegmentName> names, boolean owner) throws IOException {
        int i = 0;
        for (Segment segment : segments) {
            if (i == names.size() || !names.get(i++).equals(segment.name())) {
                return false;
            }
        }
        if (position == null) {
            return true;
        }
        if (i == names.size() || !names.get(i).equals(position.name)) {
            return false;
        }
        // A writer whose write had failed cuts it off and seals: what we have read beyond was never acknowledged. To
        // one that only follows, an invalid record at the very end may also be one that is just being written.
        try (SegmentReader reader = SegmentReader.open(directory.resolve(position.name.fileName()), salt, index)) {
            reader.position(position.offset);
            return reader.next() || reader.end() != SegmentReader.End.INVALID
                    || (!owner && i == names.size() - 1 && reader.size() >= position.offset);
        }
    }

    private void forget() {
        table.clear();
        expiries.clear();
        segments.clear();
        position = null;
        inFlight = new Batch();
        revision = 0;
        durableRevision = 0;
        absenceRevision = 0;
    }

    // For the store and the compaction.

    Mode mode() {
        return mode;
    }

    Path directory() {
        return directory;
    }

    long salt() {
        return salt;
    }

    /** A copy. */
    List<Segment> segments() {
        lock.lock();
        try {
            return List.copyOf(segments);
        } finally {
            lock.unlock();
        }
    }

    /** The revision that memory has for a key, 0 if none. */
    long revisionInMemory(byte[] key) {
        lock.lock();
        try {
            Entry e = table.find(key, Table.hash(key, salt));
            return e == null ? 0 : e.revision;
        } finally {
            lock.unlock();
        }
    }

    /** Puts the compacted segment in the place of those it was made from. */
    void replace(List<Segment> run, Segment compacted) {
        lock.lock();
        try {
            int at = segments.indexOf(run.getFirst());
            segments.subList(at, at + run.size()).clear();
            segments.add(at, compacted);
        } finally {
            lock.unlock();
        }
    }

    void onLane(Runnable task) {
        lane.execute(task);
    }

    static void syncDirectory(Path directory) throws IOException {
        try (FileChannel channel = FileChannel.open(directory, StandardOpenOption.READ)) {
            channel.force(true);
        }
    }
}
