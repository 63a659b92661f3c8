package dev.handoff.journal;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.function.Predicate;

import dev.handoff.codec.record.RecordChecksum;
import dev.handoff.codec.record.RecordLayout;
import dev.handoff.codec.record.RecordView;
import dev.handoff.codec.record.SnapshotLayout;
import org.agrona.concurrent.UnsafeBuffer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Reads the files of a Chronicle queue directly, without Chronicle: it opens them for reading only, creates nothing, takes
 * no lock, and trusts no framing but where our records confirm it. So it serves a live journal, a copy of one, one it may
 * not write to, and a damaged one. One thread.
 *
 * <p>
 * A file is a chain of frames, each starting at a multiple of 4:
 *
 * <pre>
 *  u32 header   bit 31 not complete | bit 30 the queue's own data | bits 0..29 length of what follows
 *               0: nothing here yet     0xC0000000: the file's end, the next roll follows
 *  ...          for ours, one record ({@link RecordLayout})
 * </pre>
 *
 * Where a frame or its record is broken, the next record is found by its magic, its checksum, a later sequence and the
 * frame header before it.
 */
final class DirectoryReader implements JournalReader {

    private static final int NOT_COMPLETE = 0x80000000;
    private static final int QUEUES_OWN = 0x40000000;
    private static final int LENGTH_MASK = 0x3FFFFFFF;
    private static final int END_OF_FILE = 0xC0000000;
    private static final int FRAME_HEADER = 4;
    /** After so many zeroes it is worth asking where the data go on. */
    private static final int HOLE_WORDS = 256;

    private static final Logger LOG = LoggerFactory.getLogger(DirectoryReader.class);

    private final Path directory;
    private final RecordView view = new RecordView();
    private final RecordChecksum checksum = new RecordChecksum();
    private final List<Damage> damages = new ArrayList<>();

    private List<RollFile> files = List.of();
    /** Index in {@link #files} of the file being read, -1 before the first. */
    private int at = -1;
    private FileWindow window;
    /** Of the next frame. */
    private long position;
    /** Of the next record; 0 while any will do. */
    private long expected;
    private int epoch;
    /** Of the frame of the newest record read in this file, 0 if none. */
    private long lastFrame;
    private long frameBefore;
    /** The last record before the first damage that matters; -1 while there is none. */
    private long intactLast = -1;
    private Path firstDamaged;
    /** What broke the chain, until the next record tells what that cost. */
    private String broken;
    private Path brokenFile;
    private long brokenPosition;
    /** The record at {@link #position}, already in {@link #view}, is to be taken whatever its frame header says. */
    private boolean forced;
    /** Nothing was sought: the first record must be the oldest one kept. */
    private boolean fromStart = true;

    /** Needs a directory that exists; it may be empty, and files may come later. */
    DirectoryReader(Path directory) {
        this.directory = directory;
        try {
            files = RollFile.list(directory);
        } catch (IOException e) {
            throw unreadable(directory, e);
        }
    }

    /** Opens a journal to read it only, with the refusals a person wants to see. */
    static DirectoryReader open(Path directory) {
        if (!Files.exists(directory)) {
            throw JournalFailure.refused(JournalFailure.Reason.MISSING,
                    "there is no journal at " + directory
                            + ": no such directory; name the one that the coordinator writes");
        }
        if (!Files.isDirectory(directory)) {
            throw JournalFailure.refused(JournalFailure.Reason.NOT_A_DIRECTORY, directory
                    + " is not a directory; a journal is a directory of " + RollFile.SUFFIX
                    + " files, so name that directory");
        }
        DirectoryReader reader = new DirectoryReader(directory);
        if (reader.files.isEmpty() && !Files.exists(directory.resolve(HighWaterMark.FILE_NAME))) {
            throw JournalFailure.refused(JournalFailure.Reason.MISSING,
                    "there is no journal in " + directory + ": it holds no "
                            + RollFile.SUFFIX + " file; name the directory that the coordinator writes");
        }
        return reader;
    }

    @Override
    public void seek(long sequence) {
        int start = 0;
        for (int i = files.size() - 1; i > 0; i--) {
            long first = firstSequenceOf(files.get(i));
            if (first > 0 && first <= sequence) {
                start = i;
                break;
            }
        }
        goToFile(start);
        // Records before it are read and checked, not skipped: a jump would trust the framing.
        SkipTo skip = new SkipTo(sequence);
        boolean more = true;
        while (more) {
            more = step(skip) && !skip.reached;
        }
    }

    /** Stops before the record it looks for. */
    private final class SkipTo implements RecordVisitor {
        private final long target;
        private boolean reached;

        SkipTo(long target) {
            this.target = target;
        }

        @Override
        public boolean onRecord(RecordView record) {
            if (record.sequence() < target) {
                return true;
            }
            reached = true;
            rewind(record.sequence());
            return false;
        }
    }

    /** Before the record just visited. */
    private void rewind(long sequence) {
        position = lastFrame;
        lastFrame = frameBefore;
        expected = sequence;
    }

    @Override
    public long seekLastSnapshot() {
        Optional<HighWaterMark.Reading> mark = readMark();
        if (mark.isPresent() && mark.get().snapshotSequence() > 0) {
            long sequence = seekSnapshotAt(mark.get());
            if (sequence > 0) {
                return sequence;
            }
        }
        return seekLastRoll();
    }

    private long seekSnapshotAt(HighWaterMark.Reading mark) {
        for (int i = 0; i < files.size(); i++) {
            if (files.get(i).cycle() == mark.snapshotCycle()) {
                goToFile(i);
                long target = mark.snapshotPosition();
                try {
                    if (window != null && window.holds(target, FRAME_HEADER)) {
                        int header = window.buffer().getInt(window.offset(target), RecordLayout.ORDER);
                        if (isData(header) && whyNoRecord(target + FRAME_HEADER, header & LENGTH_MASK) == null
                                && isSnapshot() && view.sequence() == mark.snapshotSequence()) {
                            position = target;
                            fromStart = false;
                            return mark.snapshotSequence();
                        }
                    }
                } catch (IOException e) {
                    throw unreadable(files.get(i).path(), e);
                }
            }
        }
        return 0;
    }

    /** Goes before the newest roll that begins with an intact snapshot, else before the first record. */
    long seekLastRoll() {
        for (int i = files.size() - 1; i >= 0; i--) {
            goToFile(i);
            if (firstSequenceOf(files.get(i)) > 0 && isSnapshot()) {
                long sequence = view.sequence();
                goToFile(i);
                return sequence;
            }
        }
        goToFile(0);
        return 0;
    }

    @Override
    public void seekFile(Predicate<RecordView> isWanted) {
        for (int i = files.size() - 1; i >= 0; i--) {
            if (firstSequenceOf(files.get(i)) > 0 && isSnapshot() && isWanted.test(view)) {
                goToFile(i);
                return;
            }
        }
        goToFile(0);
    }

    private boolean isSnapshot() {
        return view.kind() == RecordLayout.KIND_SNAPSHOT && SnapshotLayout.isWellFormed(view.payload());
    }

    /** Goes before the first record of the file at {@code index} of {@link #files()}. */
    void goToFile(int index) {
        at = index - 1;
        fromStart = index == 0;
        forced = false;
        expected = 0;
        epoch = 0;
        broken = null;
        intactLast = -1;
        damages.clear();
        firstDamaged = null;
        closeWindow();
        openNext();
    }

    /** The sequence of the first record of a file, left in {@link #view}; 0 if it cannot be read. */
    long firstSequenceOf(RollFile file) {
        try (FileWindow first = new FileWindow(file.path())) {
            FileWindow current = window;
            window = first;
            try {
                long frame = 0;
                while (window.holds(frame, FRAME_HEADER)) {
                    int header = window.buffer().getInt(window.offset(frame), RecordLayout.ORDER);
                    if (header == 0 || (header & NOT_COMPLETE) != 0) {
                        return 0;
                    }
                    if (isData(header)) {
                        return whyNoRecord(frame + FRAME_HEADER, header & LENGTH_MASK) == null ? view.sequence() : 0;
                    }
                    frame = align(frame + FRAME_HEADER + (header & LENGTH_MASK));
                }
                return 0;
            } finally {
                window = current;
            }
        } catch (NoSuchFileException retired) {
            return 0;
        } catch (IOException e) {
            throw unreadable(file.path(), e);
        }
    }

    /** The sequence that began the roll before, as the record found by {@link #firstSequenceOf} says; 0 if that is no snapshot. */
    long previousRoll() {
        return isSnapshot() ? SnapshotLayout.previousRollSequence(view.payload()) : 0;
    }

    @Override
    public int poll(RecordVisitor visitor, int limit) {
        Counting counting = new Counting(visitor);
        boolean more = limit > 0;
        while (more) {
            more = step(counting) && counting.visited < limit && !counting.stopped;
        }
        return counting.visited;
    }

    private static final class Counting implements RecordVisitor {
        private final RecordVisitor visitor;
        private int visited;
        private boolean stopped;

        Counting(RecordVisitor visitor) {
            this.visitor = visitor;
        }

        @Override
        public boolean onRecord(RecordView record) {
            visited++;
            stopped = !visitor.onRecord(record);
            return !stopped;
        }

        @Override
        public void onDamage(Damage damage) {
            visitor.onDamage(damage);
        }
    }

    @Override
    public ReplayEnd replay(RecordVisitor visitor) {
        Counting counting = new Counting(visitor);
        while (true) {
            // Read before the records: a live writer commits first and marks afterwards, so what the mark names must be there.
            Optional<HighWaterMark.Reading> mark = readMark();
            boolean more = !counting.stopped;
            while (more) {
                more = step(counting) && !counting.stopped;
            }
            if (counting.stopped || !hidesMore(mark)) {
                if (!counting.stopped) {
                    judgeEnd(mark, visitor);
                }
                return damages.isEmpty()
                        ? new ReplayEnd.Intact(lastSequence())
                        : new ReplayEnd.Damaged(intactLast >= 0 ? intactLast : lastSequence(), damages);
            }
        }
    }

    /** Visits the next record; false if there is none for now. */
    private boolean step(RecordVisitor visitor) {
        try {
            while (true) {
                if (window == null && !openNext()) {
                    return false;
                }
                if (forced) {
                    if (deliver(visitor)) {
                        return true;
                    }
                    continue;
                }
                int header = headerAt(position);
                if (header == 0 || (header & NOT_COMPLETE) != 0) {
                    if (!moveOn(header)) {
                        return false;
                    }
                } else if ((header & QUEUES_OWN) != 0) {
                    passQueuesOwn(header & LENGTH_MASK);
                } else {
                    int length = header & LENGTH_MASK;
                    String why = whyNoRecord(position + FRAME_HEADER, length);
                    if (why != null && window.refresh(position, FRAME_HEADER)) {
                        // The window may be older than what a live writer has put there since.
                        why = whyNoRecord(position + FRAME_HEADER, length);
                    }
                    if (why != null) {
                        breakAt(why);
                    } else if (deliver(visitor)) {
                        return true;
                    }
                }
            }
        } catch (IOException e) {
            return skipUnreadable(e);
        }
    }

    /** The file cannot be read on: go to the next one, and let that one's first record tell what is lost. */
    private boolean skipUnreadable(IOException e) {
        noteBroken("the file cannot be read: " + e.getMessage());
        if (hasNext()) {
            openNext();
            return true;
        }
        return false;
    }

    private int headerAt(long frame) throws IOException {
        if (!window.holds(frame, FRAME_HEADER)) {
            return 0;
        }
        int header = window.buffer().getInt(window.offset(frame), RecordLayout.ORDER);
        if (header == 0 || (header & NOT_COMPLETE) != 0) {
            if (!window.refresh(frame, FRAME_HEADER)) {
                return 0;
            }
            header = window.buffer().getInt(window.offset(frame), RecordLayout.ORDER);
        }
        return header;
    }

    /** At a frame that is empty, incomplete, or the file's end. True if there is somewhere to go on. */
    private boolean moveOn(int header) throws IOException {
        if (!hasNext()) {
            return false;
        }
        if (header != END_OF_FILE) {
            // The next roll was begun after this frame was looked at, or the frame was spoilt.
            int again = headerAt(position);
            if (again != header) {
                return true;
            }
            if (firstSequenceOf(files.get(at + 1)) != Math.max(1, expected) && resync()) {
                return true;
            }
        }
        return openNext();
    }

    /** Skips a frame of the queue's own, unless a flipped bit has made it look like one. */
    private void passQueuesOwn(int length) throws IOException {
        long content = position + FRAME_HEADER;
        if (position > 0 && whyNoRecord(content, length) == null) {
            noteBroken("a frame header is damaged: it says that a record is the queue's own data");
            forced = true;
            return;
        }
        if (length == 0 || content + length > window.size()) {
            breakAt("a frame of the queue's own reaches beyond the end of the file");
            return;
        }
        position = align(content + length);
    }

    /** Null if an intact record of this frame length lies at {@code content}; it is then in {@link #view}. */
    private String whyNoRecord(long content, int frameLength) throws IOException {
        if (frameLength < RecordLayout.HEADER_LENGTH) {
            return "a frame of " + frameLength + " bytes, too short for a record";
        }
        if (!window.fits(content, frameLength)) {
            return "the file ends within a record";
        }
        UnsafeBuffer buffer = window.buffer();
        int offset = window.offset(content);
        if (!RecordLayout.hasMagic(buffer, offset)) {
            return "a frame that does not begin like a record";
        }
        int length = buffer.getInt(offset + RecordLayout.LENGTH_OFFSET, RecordLayout.ORDER);
        if (length != frameLength - RecordLayout.HEADER_LENGTH) {
            return "a record whose length contradicts its frame";
        }
        int stored = buffer.getInt(offset + RecordLayout.CRC_OFFSET, RecordLayout.ORDER);
        if (checksum.ofRecord(window.bytes(), offset, frameLength) != stored) {
            return "a record whose checksum is wrong";
        }
        int version = RecordLayout.version(buffer, offset);
        if (version > RecordLayout.VERSION) {
            throw newerFormat(window.path(), version);
        }
        if (version == 0) {
            return "a record of format 0, which never was";
        }
        view.wrap(buffer, offset);
        return null;
    }

    static JournalFailure newerFormat(Path where, int version) {
        return JournalFailure.refused(JournalFailure.Reason.NEWER_FORMAT,
                where + " was written by a newer release, in journal format " + version
                        + "; this release reads formats up to "
                        + RecordLayout.VERSION + ": use that release, or another journal directory");
    }

    /** Hands the record in {@link #view} over if it belongs here; false if it does not. */
    private boolean deliver(RecordVisitor visitor) {
        long sequence = view.sequence();
        long frame = position;
        position = align(frame + FRAME_HEADER + RecordLayout.HEADER_LENGTH + view.length());
        forced = false;
        if (expected == 0 && fromStart) {
            expected = oldestKept(sequence);
        }
        if ((expected > 0 && sequence < expected) || view.epoch() < epoch) {
            outOfPlace(frame, visitor);
            return false;
        }
        if (expected > 0 && sequence > expected) {
            noteInFile(new Damage(Damage.Kind.LOST, expected, sequence - 1,
                    brokenFile == null ? window.path() : brokenFile,
                    brokenFile == null ? frame : brokenPosition,
                    broken == null ? "the records before " + sequence + " are not there" : broken), visitor);
        } else if (broken != null) {
            noteInFile(new Damage(Damage.Kind.FRAMING, sequence, sequence - 1, brokenFile, brokenPosition, broken),
                    visitor);
        }
        broken = null;
        brokenFile = null;
        expected = sequence + 1;
        epoch = view.epoch();
        frameBefore = lastFrame;
        lastFrame = frame;
        visitor.onRecord(view);
        return true;
    }

    /** The sequence that the first record should have, given the one it has. */
    private long oldestKept(long found) {
        long kept = readMark().map(HighWaterMark.Reading::firstSequence).orElse(0L);
        if (kept > 0 && kept <= found) {
            return kept;
        }
        return broken == null ? found : Math.min(1, found);
    }

    private void outOfPlace(long frame, RecordVisitor visitor) {
        noteInFile(new Damage(Damage.Kind.OUT_OF_PLACE, view.sequence(), view.sequence() - 1, window.path(), frame,
                "record " + view.sequence() + " of epoch " + view.epoch() + " stands after record " + (expected - 1)
                        + " of epoch "
                        + epoch),
                visitor);
    }

    /** Notes something wrong with the files themselves. */
    private void noteInFile(Damage damage, RecordVisitor visitor) {
        if (firstDamaged == null) {
            firstDamaged = damage.file();
        }
        note(damage, visitor);
    }

    private void note(Damage damage, RecordVisitor visitor) {
        if (intactLast < 0 && damage.kind() != Damage.Kind.FRAMING && damage.kind() != Damage.Kind.MARK) {
            intactLast = Math.max(0, expected - 1);
        }
        damages.add(damage);
        visitor.onDamage(damage);
    }

    private void noteBroken(String why) {
        if (broken == null) {
            broken = why;
            brokenFile = window.path();
            brokenPosition = position;
        }
    }

    private void breakAt(String why) throws IOException {
        noteBroken(why);
        if (!resync()) {
            position = window.size();
        }
    }

    /** Goes before the next intact record behind a broken frame at {@link #position}; false if there is none in this file. */
    private boolean resync() throws IOException {
        long content = nextRecord(position);
        if (content < 0) {
            return false;
        }
        noteBroken("a frame header before a record is damaged");
        position = content - FRAME_HEADER;
        forced = true;
        return true;
    }

    /**
     * Where the next intact record behind a broken frame header lies, left in {@link #view}; -1 if none does. The first place
     * it could be is right behind that header; anywhere later it must have a sound frame header of its own, for a payload may
     * hold the image of a record.
     */
    private long nextRecord(long brokenFrame) throws IOException {
        long first = brokenFrame + FRAME_HEADER;
        long size = window.size();
        int zeroes = 0;
        for (long content = first; content + RecordLayout.HEADER_LENGTH <= size; content += Integer.BYTES) {
            if (!window.holds(content - FRAME_HEADER, FRAME_HEADER + RecordLayout.HEADER_LENGTH)) {
                return -1;
            }
            int offset = window.offset(content);
            UnsafeBuffer buffer = window.buffer();
            if (!RecordLayout.hasMagic(buffer, offset)) {
                if (buffer.getLong(offset) != 0) {
                    zeroes = 0;
                } else if (++zeroes == HOLE_WORDS) {
                    zeroes = 0;
                    // Aligned, and one step back for the one that the loop goes forward.
                    content = Math.max(content, window.nextData(content) - Integer.BYTES & -Integer.BYTES);
                }
                continue;
            }
            int length = buffer.getInt(offset + RecordLayout.LENGTH_OFFSET, RecordLayout.ORDER);
            int frameLength = RecordLayout.HEADER_LENGTH + length;
            if (length >= 0 && frameLength > 0 && content + frameLength <= size
                    && (content == first || buffer.getInt(offset - FRAME_HEADER, RecordLayout.ORDER) == frameLength)
                    && buffer.getLong(offset + RecordLayout.SEQUENCE_OFFSET, RecordLayout.ORDER) >= expected
                    && whyNoRecord(content, frameLength) == null) {
                return content;
            }
        }
        return -1;
    }

    /**
     * At what looks like the end: true if there is more after all, because a writer went on or because records lie behind a
     * spoilt frame header. A single complete record that the mark does not know, with nothing behind it, is an append that a
     * death cut short: it was never acknowledged and does not count.
     */
    private boolean hidesMore(Optional<HighWaterMark.Reading> mark) {
        if (window == null) {
            return hasNext();
        }
        try {
            if (isReady(headerAt(position)) || hasNext()) {
                return true;
            }
            long content = nextRecord(position);
            if (content < 0) {
                return false;
            }
            boolean unacknowledged = mark.isPresent() && view.sequence() > mark.get().lastSequence()
                    && content == position + FRAME_HEADER
                    && nextRecord(align(content + RecordLayout.HEADER_LENGTH + view.length())) < 0;
            if (unacknowledged || isReady(headerAt(position))) {
                return !unacknowledged;
            }
            return resync();
        } catch (IOException e) {
            noteBroken("the file cannot be read: " + e.getMessage());
            return false;
        }
    }

    /** Compares the end with the mark. */
    private void judgeEnd(Optional<HighWaterMark.Reading> mark, RecordVisitor visitor) {
        long next = expected > 0 ? expected : mark.map(HighWaterMark.Reading::firstSequence).orElse(1L);
        long marked = mark.map(HighWaterMark.Reading::lastSequence).orElse(Damage.UNKNOWN);
        Path where = window == null ? directory : window.path();
        if (broken != null && mark.isPresent() && marked < next) {
            noteInFile(new Damage(Damage.Kind.FRAMING, next, next - 1, brokenFile, brokenPosition,
                    "after the last record: " + broken), visitor);
        } else if (broken != null) {
            noteInFile(new Damage(Damage.Kind.LOST, next, marked, brokenFile, brokenPosition, broken), visitor);
        } else if (marked >= next) {
            note(new Damage(Damage.Kind.LOST, next, marked, where, position,
                    "the journal ends here, but its high-water mark has record " + marked), visitor);
        } else if (mark.isEmpty() && !files.isEmpty()) {
            note(new Damage(Damage.Kind.MARK, next, Damage.UNKNOWN, directory.resolve(HighWaterMark.FILE_NAME), 0,
                    "the high-water mark is missing or unreadable, so a lost end would not be noticed"), visitor);
        }
        broken = null;
        brokenFile = null;
    }

    private boolean hasNext() {
        if (at + 1 < files.size()) {
            return true;
        }
        try {
            List<RollFile> now = RollFile.list(directory);
            RollFile current = at >= 0 && at < files.size() ? files.get(at) : null;
            files = now;
            at = -1;
            while (current != null && at + 1 < now.size() && now.get(at + 1).cycle() <= current.cycle()) {
                at++;
            }
            return at + 1 < files.size();
        } catch (IOException e) {
            throw unreadable(directory, e);
        }
    }

    private boolean openNext() {
        while (hasNext()) {
            Path next = files.get(at + 1).path();
            at++;
            try {
                window = window == null ? new FileWindow(next) : new FileWindow(next, window);
                position = 0;
                lastFrame = 0;
                frameBefore = 0;
                return true;
            } catch (NoSuchFileException retired) {
                LOG.debug("{} was retired while it was about to be read", next);
            } catch (IOException e) {
                throw unreadable(next, e);
            }
        }
        return false;
    }

    private Optional<HighWaterMark.Reading> readMark() {
        try {
            return HighWaterMark.read(directory);
        } catch (IOException e) {
            throw unreadable(directory.resolve(HighWaterMark.FILE_NAME), e);
        }
    }

    private static boolean isData(int header) {
        return header != 0 && (header & (NOT_COMPLETE | QUEUES_OWN)) == 0;
    }

    private static boolean isReady(int header) {
        return header != 0 && (header & NOT_COMPLETE) == 0;
    }

    private static long align(long end) {
        return end + 3 & ~3L;
    }

    static JournalFailure unreadable(Path where, IOException e) {
        return JournalFailure.refused(JournalFailure.Reason.IO, where + " cannot be read (" + e
                + "): check its permissions and the disk", e);
    }

    @Override
    public List<Damage> damages() {
        return Collections.unmodifiableList(damages);
    }

    /** Of the newest record read, 0 if none was. */
    long lastSequence() {
        return Math.max(0, expected - 1);
    }

    int lastEpoch() {
        return epoch;
    }

    List<RollFile> files() {
        return files;
    }

    /** The file being read, if any. */
    Optional<RollFile> file() {
        return at >= 0 && at < files.size() ? Optional.of(files.get(at)) : Optional.empty();
    }

    /** Where the next frame of {@link #file()} goes. */
    long position() {
        return position;
    }

    /** True if the queue has ended {@link #file()}: nothing may be appended there. */
    boolean atEndOfFile() {
        try {
            return window != null && headerAt(position) == END_OF_FILE;
        } catch (IOException e) {
            throw unreadable(window.path(), e);
        }
    }

    /** True if {@link #file()} holds no record at all: a death cut its beginning short. */
    boolean atEmptyFile() {
        return window != null && lastFrame == 0;
    }

    /** Where the newest record read lies in {@link #file()}. */
    long lastFrame() {
        return lastFrame;
    }

    /** The first file with something wrong in it; empty if at most the place of the end is. */
    Optional<Path> firstDamaged() {
        return Optional.ofNullable(firstDamaged);
    }

    /** True if {@code frame} is that of one of the two newest records of {@link #file()}. */
    boolean isAmongLast(long frame) {
        return frame == lastFrame || frame == frameBefore;
    }

    private void closeWindow() {
        if (window != null) {
            window.close();
            window = null;
        }
    }

    @Override
    public void close() {
        closeWindow();
    }
}
