package dev.handoff.journal;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.NotDirectoryException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.function.Supplier;
import java.util.stream.Stream;

import dev.handoff.codec.record.RecordLayout;
import dev.handoff.codec.record.RecordView;
import dev.handoff.codec.record.SnapshotLayout;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A journal on disk.
 *
 * <pre>
 *  20261122F.cq4      the records of a day
 *  metadata.cq4t      Chronicle's table
 *  high-water         {@link HighWaterMark}
 *  journal.lock       {@link WriterLock}
 *  damaged-.../       files set aside by {@link Repair}, untouched
 * </pre>
 */
public final class JournalDirectory {

    private static final Logger LOG = LoggerFactory.getLogger(JournalDirectory.class);

    /** What Chronicle's table takes on disk, generously. */
    private static final long METADATA_BYTES = 512 << 10;
    /** All its entries lie in its first page; the rest of the file stays sparse. */
    private static final long METADATA_USED_BYTES = 4096;
    /** A newest file up to this size is checked whole at opening: some 100,000 records. A larger one from its newest snapshot on. */
    private static final long WHOLE_FILE_BYTES = 16L << 20;
    private static final int CLEAR_STEP_BYTES = 64 << 10;

    private JournalDirectory() {}

    /**
     * Opens a journal to read it: live, copied, not writable, or damaged. Writes nothing and takes no lock.
     *
     * @throws JournalFailure
     *             there is none, or it cannot be read
     */
    public static JournalReader read(Path directory) {
        return DirectoryReader.open(directory);
    }

    /**
     * Opens a journal as its one writer. The newest roll is read to its end and checked; a damaged journal goes on from what
     * is intact, and the log says so.
     */
    public static OpenOutcome open(JournalOptions options) {
        return open(options, () -> _ -> true);
    }

    /**
     * As {@link #open(JournalOptions)}, for an opener that folds the records: they are read once and not twice.
     *
     * @param visitors
     *            gives a visitor for each reading; the one given last has seen all records that the journal goes on from, at
     *            least from its newest snapshot on. A visitor that hears of damage is followed by another, or by the end
     */
    public static OpenOutcome open(JournalOptions options, Supplier<RecordVisitor> visitors) {
        Path directory = options.directory();
        WriterLock lock = null;
        boolean opened = false;
        try {
            create(directory);
            lock = WriterLock.take(directory);
            OpenOutcome.Opened outcome = openLocked(options, lock, visitors);
            opened = true;
            return outcome;
        } catch (JournalFailure refused) {
            return new OpenOutcome.Refused(refused);
        } catch (IOException e) {
            return new OpenOutcome.Refused(refusal(e, directory, "opening the journal"));
        } finally {
            if (!opened && lock != null) {
                lock.close();
            }
        }
    }

    /** Loads what opening a journal needs, which takes a while: for a thread of its own beside the rest of a start. */
    public static void warmUp() {
        RollQueue.warmUp();
    }

    private static void create(Path directory) throws IOException {
        if (Files.exists(directory) && !Files.isDirectory(directory)) {
            throw JournalFailure.refused(JournalFailure.Reason.NOT_A_DIRECTORY,
                    directory
                            + " is not a directory, so no journal can be kept there: move it away, or name another directory");
        }
        Files.createDirectories(directory);
    }

    /** The newest roll, read to its end, or where that would take long only what follows its newest snapshot. */
    private static final class Scan implements RecordVisitor, AutoCloseable {

        private final RecordVisitor visitor;
        private final DirectoryReader reader;
        private final ReplayEnd end;
        private Optional<UUID> journalId = Optional.empty();
        private long rollSequence;
        private int rollCycle;
        private long snapshotSequence;
        private int snapshotCycle;
        private long snapshotPosition;

        Scan(Path directory, RecordVisitor visitor) {
            this.visitor = visitor;
            reader = new DirectoryReader(directory);
            if (newestFileBytes() > WHOLE_FILE_BYTES) {
                reader.seekLastSnapshot();
            } else {
                reader.seekLastRoll();
            }
            end = reader.replay(this);
            reader.file().ifPresent(this::noteRoll);
        }

        @Override
        public boolean onRecord(RecordView record) {
            if (record.kind() == RecordLayout.KIND_SNAPSHOT && SnapshotLayout.isWellFormed(record.payload())) {
                journalId = Optional.of(SnapshotLayout.journalId(record.payload()));
                snapshotSequence = record.sequence();
                snapshotCycle = reader.file().orElseThrow().cycle();
                snapshotPosition = reader.lastFrame();
            }
            return visitor.onRecord(record);
        }

        @Override
        public void onDamage(Damage damage) {
            visitor.onDamage(damage);
        }

        private long newestFileBytes() {
            List<RollFile> files = reader.files();
            try {
                return files.isEmpty() ? 0 : Files.size(files.getLast().path());
            } catch (IOException e) {
                throw DirectoryReader.unreadable(files.getLast().path(), e);
            }
        }

        private void noteRoll(RollFile newest) {
            rollSequence = reader.firstSequenceOf(newest);
            rollCycle = newest.cycle();
        }

        boolean isClean() {
            return reader.firstDamaged().isEmpty() && (reader.file().isEmpty() || !reader.atEmptyFile());
        }

        @Override
        public void close() {
            reader.close();
        }
    }

    private static OpenOutcome.Opened openLocked(JournalOptions options, WriterLock lock,
            Supplier<RecordVisitor> visitors) throws IOException {
        Path directory = options.directory();
        Repair.finishInterrupted(directory);
        Optional<HighWaterMark.Reading> mark = HighWaterMark.read(directory);
        if (mark.isPresent() && mark.get().version() > HighWaterMark.VERSION) {
            throw DirectoryReader.newerFormat(directory, mark.get().version());
        }
        List<Damage> history = historyLosses(directory, mark);
        List<Damage> damages = new ArrayList<>();
        Optional<Path> aside = Optional.empty();
        Scan found = new Scan(directory, visitors.get());
        if (found.end instanceof ReplayEnd.Damaged damaged) {
            damages.addAll(damaged.damages());
        }
        if (found.reader.firstDamaged().isPresent()) {
            aside = Optional.of(repair(options, found.reader.firstDamaged().get(), found.end.lastSequence()));
        }
        try (Scan clean = found.isClean() ? found : scanClean(found, directory, visitors)) {
            Prepared prepared = prepareQueue(options, clean);
            return start(options, lock, mark, clean, prepared, history, damages, aside.or(prepared::aside));
        }
    }

    /**
     * What is missing before the newest roll, as far as the first record of each file tells. The state does not need it: it is
     * only said. {@link DirectoryReader#replay} from the start finds everything.
     */
    private static List<Damage> historyLosses(Path directory, Optional<HighWaterMark.Reading> mark) {
        List<Damage> losses = new ArrayList<>();
        long kept = mark.map(HighWaterMark.Reading::firstSequence).orElse(1L);
        try (DirectoryReader reader = new DirectoryReader(directory)) {
            long previousFirst = kept;
            Path before = directory;
            for (RollFile file : reader.files()) {
                long first = reader.firstSequenceOf(file);
                if (first > 0) {
                    long expected = reader.previousRoll();
                    boolean isOldest = before.equals(directory);
                    if (isOldest ? first > kept : expected > previousFirst) {
                        long from = isOldest ? kept : expected;
                        losses.add(new Damage(Damage.Kind.LOST, from, first - 1, file.path(), 0,
                                "a file before this one is missing; the state begins later, so only history is lost"));
                    }
                    previousFirst = first;
                    before = file.path();
                }
            }
        }
        return losses;
    }

    private static Path repair(JournalOptions options, Path damaged, long last) throws IOException {
        return Repair.run(options.directory(), damaged, last, options.blockBytes(), options.clockMs().getAsLong());
    }

    /** Reads once more, past a file that a death left without any record. */
    private static Scan scanClean(Scan found, Path directory, Supplier<RecordVisitor> visitors) throws IOException {
        found.close();
        Scan scan = new Scan(directory, visitors.get());
        if (scan.reader.file().isPresent() && scan.reader.atEmptyFile()) {
            Path empty = scan.reader.file().get().path();
            scan.close();
            Files.delete(empty);
            LOG.info("deleted {}: it was begun, but holds no record", empty);
            scan = new Scan(directory, visitors.get());
        }
        if (scan.reader.firstDamaged().isPresent()) {
            scan.close();
            throw JournalFailure.refused(JournalFailure.Reason.IO,
                    "the journal " + directory + " is still damaged after its repair ("
                            + scan.end + "): check the disk, and move the directory away to begin a new journal");
        }
        return scan;
    }

    private record Prepared(RollQueue queue, int cycle, boolean newFile, Optional<Path> aside) {}

    /** Opens the queue so that its next append goes where the scan ended. */
    private static Prepared prepareQueue(JournalOptions options, Scan scan) throws IOException {
        int now = RollFile.cycleAt(options.clockMs().getAsLong());
        Optional<RollFile> file = scan.reader.file();
        boolean newFile = file.isEmpty() || scan.reader.atEndOfFile();
        int cycle = file.isEmpty() ? now : newFile ? Math.max(now, file.get().cycle() + 1) : file.get().cycle();
        if (!newFile) {
            clearTail(file.get().path(), scan.reader.position());
        }
        Optional<Path> aside = Optional.empty();
        if (RollQueue.hasMetadata(options.directory()) && !RollQueue.isMetadataSound(options.directory())) {
            aside = Optional.of(setMetadataAside(options));
        }
        claimMetadata(options.directory());
        RollQueue queue = null;
        boolean rewritten = false;
        // What the scan found sound may still be unusable for Chronicle, which has headers and tables of its own: all of them can
        // be made anew from the records, ever more of them until it goes.
        Iterator<Path> replaceable = Stream.concat(file.stream(), scan.reader.files().stream().limit(1))
                .map(RollFile::path).iterator();
        while (queue == null) {
            String why;
            try {
                if (!newFile && !rewritten && !QueueTables.areSound(file.get().path())) {
                    throw new IllegalStateException("an address in its tables is wrong");
                }
                queue = new RollQueue(options.directory(), options.blockBytes(), cycle);
                if (newFile || scan.reader.isAmongLast(queue.newestFrame(cycle))) {
                    break;
                }
                why = "it would append somewhere else than behind the last record";
                queue.close();
                queue = null;
            } catch (RuntimeException | AssertionError | InternalError e) {
                why = String.valueOf(e.toString().lines().findFirst().orElse(""));
            }
            if (!replaceable.hasNext()) {
                throw JournalFailure.refused(JournalFailure.Reason.IO, "the journal " + options.directory()
                        + " cannot be opened by Chronicle Queue: " + why
                        + "; move the directory away to begin a new journal");
            }
            Path damaged = replaceable.next();
            aside = Optional.of(repair(options, damaged, scan.reader.lastSequence()));
            rewritten = true;
            LOG.error(
                    "the queue's own data in {} was damaged ({}); the records from there on are intact and were written anew, "
                            + "the old files are in {}",
                    damaged, why, aside.get());
        }
        return new Prepared(queue, cycle, newFile, aside);
    }

    /** Chronicle's table holds nothing that the files do not: a damaged one makes way for a new one. */
    private static Path setMetadataAside(JournalOptions options) throws IOException {
        Path aside = Files.createDirectories(Repair.asideFor(options.directory(), options.clockMs().getAsLong()));
        Files.move(options.directory().resolve(RollQueue.METADATA), aside.resolve(RollQueue.METADATA),
                StandardCopyOption.ATOMIC_MOVE);
        LOG.warn("{} of {} was damaged and is made anew; it holds no records; the old one is in {}", RollQueue.METADATA,
                options.directory(), aside);
        return aside;
    }

    /** Chronicle stores into its mapped table: its pages must exist, or a full disk is a SIGBUS. */
    private static void claimMetadata(Path directory) throws IOException {
        Path metadata = directory.resolve(RollQueue.METADATA);
        if (RollQueue.hasMetadata(directory)) {
            try (ClaimedSpace space = new ClaimedSpace(metadata, 0)) {
                if (space.claimNow(METADATA_USED_BYTES)) {
                    return;
                }
            }
        } else if (Files.getFileStore(directory).getUsableSpace() >= METADATA_BYTES) {
            return;
        }
        throw JournalFailure.refused(JournalFailure.Reason.DISK_FULL, "opening the journal failed: " + directory
                + ": the disk is full; free some space on that file system");
    }

    /** Zeroes what an append that a death cut short left behind the last record. */
    private static void clearTail(Path file, long from) throws IOException {
        try (FileWindow window = new FileWindow(file);
                FileChannel channel = FileChannel.open(file, StandardOpenOption.READ, StandardOpenOption.WRITE)) {
            ByteBuffer bytes = ByteBuffer.allocateDirect(CLEAR_STEP_BYTES);
            for (long at = from; at < window.size(); at += CLEAR_STEP_BYTES) {
                at = window.nextData(at);
                bytes.clear();
                int used = Math.max(0, channel.read(bytes, at));
                while (used > 0 && bytes.get(used - 1) == 0) {
                    used--;
                }
                ByteBuffer zeroes = ByteBuffer.allocate(used);
                while (zeroes.hasRemaining()) {
                    channel.write(zeroes, at + zeroes.position());
                }
            }
        }
    }

    private static OpenOutcome.Opened start(JournalOptions options, WriterLock lock,
            Optional<HighWaterMark.Reading> mark, Scan scan,
            Prepared prepared, List<Damage> history, List<Damage> damages, Optional<Path> aside) throws IOException {
        Path directory = options.directory();
        UUID id = mark.map(HighWaterMark.Reading::journalId).or(() -> scan.journalId).orElseGet(UUID::randomUUID);
        int epoch = Math.max(mark.map(HighWaterMark.Reading::epoch).orElse(0), scan.reader.lastEpoch()) + 1;
        long last = scan.reader.lastSequence();
        long first = firstKept(scan.reader, last);
        List<Damage> losses = damages.stream().filter(Damage::losesRecords).toList();
        String text = aside.map(path -> "; the damaged files are in " + path).orElse("");
        HighWaterMark opened = HighWaterMark.open(directory);
        ChronicleJournal journal = null;
        try {
            journal = new ChronicleJournal(options, lock, opened, prepared.queue(),
                    new ChronicleJournal.Start(id, epoch, first, last, prepared.cycle(), scan.reader.position(),
                            prepared.newFile(),
                            scan.rollSequence, scan.rollCycle, scan.snapshotSequence, scan.snapshotCycle,
                            scan.snapshotPosition),
                    losses, text);
        } finally {
            if (journal == null) {
                prepared.queue().close();
                opened.close();
            }
        }
        List<Damage> all = Stream.concat(history.stream(), damages.stream()).toList();
        all.forEach(damage -> LOG.error("journal {}: {}{}", directory, damage, text));
        ReplayEnd found = all.isEmpty() ? new ReplayEnd.Intact(last) : new ReplayEnd.Damaged(last, all);
        LOG.info("journal {} open for writing: epoch {}, records {} to {}", directory, epoch, first, last);
        return new OpenOutcome.Opened(journal, found, aside);
    }

    private static long firstKept(DirectoryReader reader, long last) {
        for (RollFile file : reader.files()) {
            long first = reader.firstSequenceOf(file);
            if (first > 0) {
                return first;
            }
        }
        return last + 1;
    }

    /** Says what the system refused, where, and what to do. */
    static JournalFailure refusal(IOException e, Path where, String doing) {
        String what = doing + " failed: " + where + ": ";
        String said = e instanceof FileSystemException f && f.getReason() != null
                ? f.getReason()
                : String.valueOf(e.getMessage());
        if (e instanceof AccessDeniedException || said.contains("Permission denied")
                || said.contains("Operation not permitted")) {
            return JournalFailure.refused(JournalFailure.Reason.READ_ONLY, what
                    + "no permission to write there; give this user (" + System.getProperty("user.name")
                    + ") the right, or name another directory", e);
        }
        if (said.contains("Read-only file system")) {
            return JournalFailure.refused(JournalFailure.Reason.READ_ONLY,
                    what + "the file system is mounted read-only; remount it, or name another directory", e);
        }
        if (said.contains("No space left") || said.contains("quota exceeded")) {
            return JournalFailure.refused(JournalFailure.Reason.DISK_FULL,
                    what + "the disk is full; free some space on that file system", e);
        }
        if (e instanceof NotDirectoryException || e instanceof FileAlreadyExistsException
                || said.contains("Not a directory")) {
            return JournalFailure.refused(JournalFailure.Reason.NOT_A_DIRECTORY,
                    what + "a part of that path is a file; name another directory", e);
        }
        return JournalFailure.refused(JournalFailure.Reason.IO, what + e + "; check the disk", e);
    }
}
