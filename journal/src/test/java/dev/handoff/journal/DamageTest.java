package dev.handoff.journal;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.Stream;

import dev.handoff.codec.record.RecordChecksum;
import dev.handoff.codec.record.RecordLayout;
import dev.handoff.codec.record.RecordView;
import org.agrona.concurrent.UnsafeBuffer;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A journal of three days that is damaged in every way we could think of. */
class DamageTest {

    private static final int RECORDS_A_DAY = 40;
    private static final int DAYS = 3;
    private static final int FRAME_HEADER = 4;

    private record Place(Path file, long frame, int length) {}

    @TempDir
    Path temporary;

    private Path directory;
    private long nowMs = JournalContractTest.NOON_MS;
    /** Where each record lies, from 1. */
    private final List<Place> places = new ArrayList<>();
    private final Map<Long, Integer> contents = new HashMap<>();

    private JournalOptions options() {
        return JournalOptions.of(directory).withBlockBytes(256 << 10).withPopulateAheadBytes(1)
                .withClockMs(() -> nowMs);
    }

    @BeforeEach
    void writeThreeDays() throws IOException {
        directory = temporary.resolve("journal");
        Random random = new Random(1);
        try (Journal journal = JournalDirectory.open(options()).journalOrThrow()) {
            for (int i = 0; i < DAYS * RECORDS_A_DAY; i++) {
                if (i > 0 && i % RECORDS_A_DAY == 0) {
                    nowMs += RollFile.DAY_MS;
                }
                byte[] payload = new byte[random.nextInt(200)];
                random.nextBytes(payload);
                journal.append(1, 0, i, new UnsafeBuffer(payload), 0, payload.length);
            }
        }
        places.add(null);
        try (DirectoryReader reader = new DirectoryReader(directory)) {
            reader.replay(record -> {
                places.add(
                        new Place(reader.file().orElseThrow().path(), reader.lastFrame(), record.bytes().capacity()));
                contents.put(record.sequence(), content(record));
                return true;
            });
        }
        assertEquals(DAYS * (RECORDS_A_DAY + 1), places.size() - 1);
    }

    private static int content(RecordView record) {
        byte[] bytes = new byte[record.bytes().capacity()];
        record.bytes().getBytes(0, bytes);
        return Arrays.hashCode(bytes);
    }

    private int last() {
        return places.size() - 1;
    }

    /** Reads it all, and insists that nothing is shown that was never written. */
    private ReplayEnd read(List<Long> seen) {
        try (JournalReader reader = JournalDirectory.read(directory)) {
            return reader.replay(record -> {
                assertEquals(contents.get(record.sequence()), content(record), "record " + record.sequence());
                seen.add(record.sequence());
                return true;
            });
        }
    }

    private ReplayEnd read() {
        return read(new ArrayList<>());
    }

    private ReplayEnd.Damaged readDamaged(List<Long> seen) {
        return assertInstanceOf(ReplayEnd.Damaged.class, read(seen));
    }

    private static byte[] bytes(Path file, long position, int length) throws IOException {
        try (RandomAccessFile access = new RandomAccessFile(file.toFile(), "r")) {
            byte[] bytes = new byte[length];
            access.seek(position);
            access.readFully(bytes);
            return bytes;
        }
    }

    private static void put(Path file, long position, byte... bytes) throws IOException {
        try (RandomAccessFile access = new RandomAccessFile(file.toFile(), "rw")) {
            access.seek(position);
            access.write(bytes);
        }
    }

    private static void flip(Path file, long position, int bit) throws IOException {
        put(file, position, (byte) (bytes(file, position, 1)[0] ^ 1 << bit));
    }

    /** The sequences that the damages say are gone. */
    private static List<Long> lost(ReplayEnd.Damaged damaged) {
        List<Long> lost = new ArrayList<>();
        for (Damage damage : damaged.damages()) {
            for (long sequence = damage.fromSequence(); sequence <= damage.toSequence(); sequence++) {
                lost.add(sequence);
            }
        }
        return lost;
    }

    /** Whatever is not shown is named as lost, and nothing that is shown is. */
    private void assertAccounts(ReplayEnd.Damaged damaged, List<Long> seen) {
        List<Long> all = new ArrayList<>(seen);
        all.addAll(lost(damaged));
        all.sort(null);
        assertEquals(contents.keySet().stream().sorted().toList(), all, damaged.toString());
    }

    @Test
    void isSoundBeforeAnythingHappensToIt() {
        assertEquals(new ReplayEnd.Intact(last()), read());
    }

    @Test
    void noticesEveryFlippedBitInARecordOrItsFrame() throws IOException {
        Random random = new Random(2);
        for (int i = 0; i < 500; i++) {
            Place place = places.get(1 + random.nextInt(last()));
            long position = place.frame() + random.nextInt(FRAME_HEADER + place.length());
            int bit = random.nextInt(8);
            flip(place.file(), position, bit);
            List<Long> seen = new ArrayList<>();
            ReplayEnd.Damaged damaged = readDamaged(seen);
            assertAccounts(damaged, seen);
            assertTrue(lost(damaged).size() <= 1, damaged::toString);
            flip(place.file(), position, bit);
        }
        assertEquals(new ReplayEnd.Intact(last()), read());
    }

    @Test
    void noticesEveryTruncation() throws IOException {
        Random random = new Random(3);
        for (int i = 0; i < 500; i++) {
            Place place = places.get(1 + random.nextInt(last()));
            long position = place.frame() + random.nextInt(FRAME_HEADER + place.length());
            int tail = (int) (Files.size(place.file()) - position);
            byte[] cut = bytes(place.file(), position, tail);
            try (RandomAccessFile access = new RandomAccessFile(place.file().toFile(), "rw")) {
                access.setLength(position);
            }
            List<Long> seen = new ArrayList<>();
            assertAccounts(readDamaged(seen), seen);
            put(place.file(), position, cut);
        }
        assertEquals(new ReplayEnd.Intact(last()), read());
    }

    @Test
    void noticesEveryZeroedFrameHeaderAndStillShowsTheRecord() throws IOException {
        for (int sequence = 1; sequence <= last(); sequence++) {
            Place place = places.get(sequence);
            byte[] header = bytes(place.file(), place.frame(), FRAME_HEADER);
            put(place.file(), place.frame(), new byte[FRAME_HEADER]);
            List<Long> seen = new ArrayList<>();
            ReplayEnd.Damaged damaged = readDamaged(seen);
            assertEquals(List.of(), lost(damaged), damaged::toString);
            assertEquals(last(), seen.size());
            put(place.file(), place.frame(), header);
        }
    }

    @Test
    void noticesEveryZeroedRecord() throws IOException {
        for (int sequence = 1; sequence <= last(); sequence++) {
            Place place = places.get(sequence);
            byte[] whole = bytes(place.file(), place.frame(), FRAME_HEADER + place.length());
            put(place.file(), place.frame(), new byte[FRAME_HEADER + place.length()]);
            List<Long> seen = new ArrayList<>();
            ReplayEnd.Damaged damaged = readDamaged(seen);
            assertAccounts(damaged, seen);
            assertEquals(List.of((long) sequence), lost(damaged));
            put(place.file(), place.frame(), whole);
        }
    }

    @Test
    void noticesEveryMissingFile() throws IOException {
        List<Path> files = places.stream().skip(1).map(Place::file).distinct().toList();
        assertEquals(DAYS, files.size());
        for (Path file : files) {
            Path hidden = temporary.resolve("hidden");
            Files.move(file, hidden);
            List<Long> seen = new ArrayList<>();
            ReplayEnd.Damaged damaged = readDamaged(seen);
            assertAccounts(damaged, seen);
            assertEquals(RECORDS_A_DAY + 1, lost(damaged).size());
            Files.move(hidden, file);
        }
    }

    @Test
    void noticesTwoSwappedRecords() throws IOException {
        int swaps = 0;
        for (int sequence = 1; sequence < last(); sequence++) {
            Place one = places.get(sequence);
            Place two = places.get(sequence + 1);
            if (!one.file().equals(two.file())) {
                continue;
            }
            long start = one.frame();
            int length = (int) (two.frame() + FRAME_HEADER + two.length() - start);
            byte[] original = bytes(one.file(), start, length);
            byte[] swapped = new byte[length];
            int secondAt = (int) (two.frame() - start);
            System.arraycopy(original, secondAt, swapped, 0, length - secondAt);
            int firstAt = length - secondAt + 3 & ~3;
            if (firstAt + FRAME_HEADER + one.length() > length) {
                // Padding differs: their places cannot be exchanged without moving the others.
                continue;
            }
            System.arraycopy(original, 0, swapped, firstAt, FRAME_HEADER + one.length());
            put(one.file(), start, swapped);
            readDamaged(new ArrayList<>());
            swaps++;
            put(one.file(), start, original);
        }
        assertTrue(swaps > RECORDS_A_DAY, swaps + " swaps");
    }

    @Test
    void noticesAMissingOrSpoiltMark() throws IOException {
        Path mark = directory.resolve(HighWaterMark.FILE_NAME);
        byte[] whole = Files.readAllBytes(mark);
        for (byte[] spoilt : List.of(new byte[whole.length], new byte[0])) {
            Files.write(mark, spoilt);
            ReplayEnd.Damaged damaged = readDamaged(new ArrayList<>());
            assertEquals(Damage.Kind.MARK, damaged.damages().getFirst().kind());
            assertEquals(last(), damaged.lastSequence());
        }
        Files.delete(mark);
        assertEquals(last(), readDamaged(new ArrayList<>()).lastSequence());
        try (Journal journal = JournalDirectory.open(options()).journalOrThrow()) {
            assertEquals(last(), journal.lastSequence());
            journal.append(1, 0, 0, new UnsafeBuffer(new byte[1]), 0, 1);
            assertEquals(new ReplayEnd.Intact(last() + 2), new DirectoryReader(directory).replay(_ -> true));
        }
    }

    @Test
    void saysThatHistoryIsMissingButKeepsTheState() throws IOException {
        Files.delete(places.get(RECORDS_A_DAY + 2).file());
        OpenOutcome.Opened opened = assertInstanceOf(OpenOutcome.Opened.class, JournalDirectory.open(options()));
        try (Journal journal = opened.journal()) {
            assertEquals(last(), journal.lastSequence());
            ReplayEnd.Damaged damaged = assertInstanceOf(ReplayEnd.Damaged.class, opened.found());
            assertEquals(RECORDS_A_DAY + 1, lost(damaged).size());
            assertEquals(last(), damaged.lastSequence());
            assertTrue(opened.setAside().isEmpty());
        }
    }

    /** The writer's side: whatever happened to the newest file, it goes on from the intact prefix, and the rest is kept. */
    @Test
    void goesOnFromTheIntactPrefixAndKeepsTheDamagedFile() throws IOException {
        for (int sequence : new int[]{last() - RECORDS_A_DAY, last() - RECORDS_A_DAY + 1, last() - 7, last()}) {
            Path original = directory;
            directory = temporary.resolve("copy-" + sequence);
            copy(original, directory);
            Place place = places.get(sequence);
            Path file = directory.resolve(place.file().getFileName());
            flip(file, place.frame() + FRAME_HEADER + RecordLayout.SEQUENCE_OFFSET, 0);
            byte[] damagedBytes = Files.readAllBytes(file);

            OpenOutcome.Opened opened = assertInstanceOf(OpenOutcome.Opened.class, JournalDirectory.open(options()));
            try (Journal journal = opened.journal()) {
                ReplayEnd.Damaged damaged = assertInstanceOf(ReplayEnd.Damaged.class, opened.found());
                assertEquals(sequence - 1, damaged.lastSequence());
                assertEquals(List.of((long) sequence), lost(damaged));
                assertEquals(sequence - 1, journal.lastSequence());
                assertEquals(2, journal.epoch());
                Path aside = opened.setAside().orElseThrow();
                assertArrayEquals(damagedBytes,
                        Files.readAllBytes(aside.resolve(file.getFileName())));
                journal.append(1, 0, 0, new UnsafeBuffer(new byte[1]), 0, 1);
                List<Integer> kinds = new ArrayList<>();
                try (JournalReader reader = journal.reader()) {
                    reader.seek(sequence);
                    assertInstanceOf(ReplayEnd.Intact.class, reader.replay(record -> kinds.add(record.kind())));
                }
                assertTrue(kinds.contains(RecordLayout.KIND_LOSS), "the loss is journaled: " + kinds);
                assertEquals(1, kinds.getLast());
            }
            OpenOutcome.Opened again = assertInstanceOf(OpenOutcome.Opened.class, JournalDirectory.open(options()));
            assertInstanceOf(ReplayEnd.Intact.class, again.found());
            again.journal().close();
            directory = original;
        }
    }

    @Test
    void losesNothingWhenOnlyTheQueuesFramingIsDamaged() throws IOException {
        Place place = places.get(last() - 3);
        put(place.file(), place.frame(), new byte[FRAME_HEADER]);
        OpenOutcome.Opened opened = assertInstanceOf(OpenOutcome.Opened.class, JournalDirectory.open(options()));
        try (Journal journal = opened.journal()) {
            assertEquals(last(), journal.lastSequence());
            ReplayEnd.Damaged damaged = assertInstanceOf(ReplayEnd.Damaged.class, opened.found());
            assertEquals(List.of(), lost(damaged));
            assertTrue(opened.setAside().isPresent());
            journal.append(1, 0, 0, new UnsafeBuffer(new byte[1]), 0, 1);
            assertEquals(new ReplayEnd.Intact(last() + 1), new DirectoryReader(directory).replay(_ -> true));
        }
    }

    @Test
    void namesALostEnd() throws IOException {
        Place place = places.get(last() - 4);
        try (RandomAccessFile access = new RandomAccessFile(place.file().toFile(), "rw")) {
            access.setLength(place.frame());
        }
        OpenOutcome.Opened opened = assertInstanceOf(OpenOutcome.Opened.class, JournalDirectory.open(options()));
        try (Journal journal = opened.journal()) {
            assertEquals(last() - 5, opened.found().lastSequence());
            assertEquals(Stream.iterate((long) last() - 4, n -> n + 1).limit(5).toList(),
                    lost(assertInstanceOf(ReplayEnd.Damaged.class, opened.found())));
            journal.append(1, 0, 0, new UnsafeBuffer(new byte[1]), 0, 1);
        }
        try (JournalReader reader = JournalDirectory.read(directory)) {
            assertInstanceOf(ReplayEnd.Intact.class, reader.replay(_ -> true));
        }
    }

    /** A coordinator that dies before its first append must not take the knowledge of the loss with it. */
    @Test
    void namesALossAgainWhereAWriterDiedBeforeItWroteThatDown() throws IOException {
        for (int sequence : new int[]{last() - RECORDS_A_DAY, last() - 7, last()}) {
            Path original = directory;
            directory = temporary.resolve("again-" + sequence);
            copy(original, directory);
            Place place = places.get(sequence);
            flip(directory.resolve(place.file().getFileName()),
                    place.frame() + FRAME_HEADER + RecordLayout.SEQUENCE_OFFSET, 0);
            JournalDirectory.open(options()).journalOrThrow().close();

            OpenOutcome.Opened opened = assertInstanceOf(OpenOutcome.Opened.class, JournalDirectory.open(options()));

            try (Journal journal = opened.journal()) {
                ReplayEnd.Damaged damaged = assertInstanceOf(ReplayEnd.Damaged.class, opened.found());
                assertEquals(sequence - 1, damaged.lastSequence());
                assertEquals((long) sequence, lost(damaged).getFirst());
                journal.append(1, 0, 0, new UnsafeBuffer(new byte[1]), 0, 1);
            }
            OpenOutcome.Opened later = assertInstanceOf(OpenOutcome.Opened.class, JournalDirectory.open(options()));
            assertInstanceOf(ReplayEnd.Intact.class, later.found());
            later.journal().close();
            directory = original;
        }
    }

    @Test
    void namesEverythingLostWhenAllFilesAreGone() throws IOException {
        for (RollFile file : RollFile.list(directory)) {
            Files.delete(file.path());
        }
        OpenOutcome.Opened opened = assertInstanceOf(OpenOutcome.Opened.class, JournalDirectory.open(options()));
        try (Journal journal = opened.journal()) {
            assertEquals(0, journal.lastSequence());
            assertEquals(last(), lost(assertInstanceOf(ReplayEnd.Damaged.class, opened.found())).size());
            assertEquals(2, journal.epoch());
            assertEquals(3, journal.append(1, 0, 0, new UnsafeBuffer(new byte[1]), 0, 1));
        }
        assertInstanceOf(ReplayEnd.Intact.class, JournalDirectory.read(directory).replay(_ -> true));
    }

    @Test
    void refusesANewerFormatAndTouchesNothing() throws IOException {
        Place place = places.get(last());
        byte[] record = bytes(place.file(), place.frame() + FRAME_HEADER, place.length());
        record[RecordLayout.VERSION_OFFSET] = RecordLayout.VERSION + 1;
        ByteBuffer direct = ByteBuffer.allocateDirect(record.length).put(record);
        int crc = new RecordChecksum().ofRecord(direct, 0, record.length);
        new UnsafeBuffer(record).putInt(RecordLayout.CRC_OFFSET, crc, RecordLayout.ORDER);
        put(place.file(), place.frame() + FRAME_HEADER, record);
        byte[] before = Files.readAllBytes(place.file());
        OpenOutcome.Refused refused = assertInstanceOf(OpenOutcome.Refused.class, JournalDirectory.open(options()));
        assertEquals(JournalFailure.Reason.NEWER_FORMAT, refused.failure().reason());
        assertTrue(refused.failure().getMessage().contains("format 2"), refused.failure().getMessage());
        assertArrayEquals(before, Files.readAllBytes(place.file()));
    }

    @Test
    void opensInSpiteOfEveryFlipInTheQueuesOwnHeader() throws IOException {
        Random random = new Random(4);
        Path file = places.get(last()).file();
        long head = places.get(last() - RECORDS_A_DAY).frame();
        for (int i = 0; i < 40; i++) {
            Path original = directory;
            directory = temporary.resolve("head-" + i);
            copy(original, directory);
            // The first 400 bytes hold the queue's header, the rest its index tables, mostly zero.
            long position = i % 2 == 0 ? random.nextInt(400) : random.nextLong(head);
            flip(directory.resolve(file.getFileName()), position, random.nextInt(8));
            OpenOutcome.Opened opened = assertInstanceOf(OpenOutcome.Opened.class, JournalDirectory.open(options()));
            try (Journal journal = opened.journal()) {
                assertEquals(last(), journal.lastSequence());
                for (int n = 0; n < 300; n++) {
                    journal.append(1, 0, 0, new UnsafeBuffer(new byte[9]), 0, 9);
                }
            }
            List<Long> seen = new ArrayList<>();
            try (JournalReader reader = JournalDirectory.read(directory)) {
                ReplayEnd end = reader.replay(record -> seen.add(record.sequence()));
                assertEquals(new ReplayEnd.Intact(last() + 300), end, "flip at " + position);
            }
            directory = original;
        }
    }

    @Test
    void opensInSpiteOfASpoiltTable() throws IOException {
        Path table = directory.resolve(RollQueue.METADATA);
        for (byte[] spoilt : List.of(new byte[0], new byte[100],
                "garbage".repeat(1000).getBytes(StandardCharsets.UTF_8))) {
            Files.write(table, spoilt);
            try (Journal journal = JournalDirectory.open(options()).journalOrThrow()) {
                journal.append(1, 0, 0, new UnsafeBuffer(new byte[9]), 0, 9);
            }
        }
        assertEquals(new ReplayEnd.Intact(last() + 3), JournalDirectory.read(directory).replay(_ -> true));
    }

    static void copy(Path from, Path to) throws IOException {
        Files.createDirectories(to);
        try (Stream<Path> entries = Files.list(from)) {
            for (Path entry : entries.toList()) {
                Files.copy(entry, to.resolve(entry.getFileName()));
            }
        }
    }
}
