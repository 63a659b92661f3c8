package dev.handoff.replay.verify;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;

import org.junit.jupiter.api.Assertions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A journal of two days, damaged in every way: it is never found sound, and a verdict always comes. */
class MutationTest {

    private static final int TIMES = Integer.getInteger("handoff.mutations", 120);
    private static final Duration NO_HANG = Duration.ofSeconds(20);

    @TempDir
    private Path directory;

    private List<Path> files;
    private final List<RecordPlaces.Place> places = new ArrayList<>();
    private final Random random = new Random(20261128);

    @BeforeEach
    void writeTwoDays() throws IOException {
        try (BusyCoordinator coordinator = BusyCoordinator.start(directory)) {
            coordinator.handoff().handoff(false).nextDay().handoff();
        }
        files = RecordPlaces.files(directory);
        assertEquals(2, files.size());
        for (Path file : files) {
            places.addAll(RecordPlaces.of(file));
        }
        Verdict verdict = judge();
        assertTrue(verdict.sound(), () -> String.join("\n", VerdictText.of(verdict)));
        assertEquals(places.size(), verdict.checked().records());
    }

    /** Well below the time that a hang would take, and far above what any machine needs for so small a journal. */
    private Verdict judge() {
        return Assertions.assertTimeoutPreemptively(NO_HANG, () -> Verification.of(directory));
    }

    private void assertNotSound(String what) {
        Verdict verdict = judge();
        assertFalse(verdict.sound(), what);
        assertFalse(verdict.findings().isEmpty(), what);
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

    private static void cut(Path file, long length) throws IOException {
        try (RandomAccessFile access = new RandomAccessFile(file.toFile(), "rw")) {
            access.setLength(length);
        }
    }

    @Test
    void aFlippedByteInARecordIsFound() throws IOException {
        for (int i = 0; i < TIMES; i++) {
            RecordPlaces.Place place = places.get(random.nextInt(places.size()));
            int at = place.position() + random.nextInt(place.length());
            byte[] before = bytes(place.file(), at, 1);
            put(place.file(), at, (byte) (before[0] ^ (1 + random.nextInt(255))));
            assertNotSound("byte " + at + " of " + place);
            put(place.file(), at, before);
        }
        assertTrue(judge().sound());
    }

    @Test
    void aTruncatedFileIsFound() throws IOException {
        for (int i = 0; i < TIMES; i++) {
            Path file = files.get(random.nextInt(files.size()));
            List<RecordPlaces.Place> here = places.stream().filter(place -> place.file().equals(file)).toList();
            int from = here.getFirst().position();
            int at = from + random.nextInt(here.getLast().end() - from);
            byte[] rest = bytes(file, at, (int) Files.size(file) - at);
            cut(file, at);
            assertNotSound(file + " cut at byte " + at);
            put(file, at, rest);
        }
        assertTrue(judge().sound());
    }

    @Test
    void aRemovedFileIsFound() throws IOException {
        for (Path file : List.of(files.getFirst(), files.getLast(), directory.resolve("high-water"))) {
            byte[] content = Files.readAllBytes(file);
            Files.delete(file);
            assertNotSound("without " + file);
            Files.write(file, content);
        }
        assertTrue(judge().sound());
    }

    @Test
    void aZeroedHeaderIsFound() throws IOException {
        for (RecordPlaces.Place place : places) {
            for (int zeroes : place.position() % 5 == 0 ? new int[]{4, 36} : new int[]{36}) {
                // The frame's header alone, and the record's with it.
                byte[] before = bytes(place.file(), place.position() - 4, zeroes);
                put(place.file(), place.position() - 4, new byte[zeroes]);
                assertNotSound(zeroes + " zeroes before and in " + place);
                put(place.file(), place.position() - 4, before);
            }
        }
        assertTrue(judge().sound());
    }

    @Test
    void swappedRecordsAreFound() throws IOException {
        int swapped = 0;
        for (int i = 0; i < places.size() - 1; i++) {
            for (int j = i + 1; j < Math.min(places.size(), i + 12); j++) {
                RecordPlaces.Place one = places.get(i);
                RecordPlaces.Place other = places.get(j);
                if (one.length() == other.length()) {
                    byte[] first = bytes(one.file(), one.position(), one.length());
                    byte[] second = bytes(other.file(), other.position(), other.length());
                    put(one.file(), one.position(), second);
                    put(other.file(), other.position(), first);
                    assertNotSound("swapped " + one + " and " + other);
                    put(one.file(), one.position(), first);
                    put(other.file(), other.position(), second);
                    swapped++;
                }
            }
        }
        assertTrue(swapped > 20, swapped + " pairs");
        assertTrue(judge().sound());
    }

    /** The queue's own tables hold no record: what is flipped there may pass, but says so where it is an address or a header. */
    @Test
    void aFlipInTheQueuesOwnTablesGetsAVerdict() throws IOException {
        Path file = files.getFirst();
        int head = places.getFirst().position() - 4;
        for (int i = 0; i < 100; i++) {
            int at = random.nextInt(head);
            byte[] before = bytes(file, at, 1);
            put(file, at, (byte) (before[0] ^ 1 << random.nextInt(8)));
            Verdict verdict = judge();
            assertTrue(verdict.sound() ? verdict.checked().records() == places.size() : verdict.found() > 0,
                    () -> "byte " + at + ": " + VerdictText.of(verdict));
            put(file, at, before);
        }
        int length = bytes(file, 0, 1)[0] & 0xFF;
        byte[] table = bytes(file, 4, length);
        put(file, 4, new byte[length]);
        assertTrue(judge().sound());
        assertTrue(judge().warnings().getFirst().startsWith("the queue's own tables in "),
                judge().warnings().toString());
        put(file, 4, table);
        Files.delete(directory.resolve("metadata.cq4t"));
        assertEquals(1, judge().warnings().size());
        assertTrue(judge().sound());
    }

    /** Two faults at a time find no gap between the checks. */
    @Test
    void twoFlipsAreFoundToo() throws IOException {
        for (int i = 0; i < 50; i++) {
            RecordPlaces.Place one = places.get(random.nextInt(places.size()));
            RecordPlaces.Place other = places.get(random.nextInt(places.size()));
            byte[] first = bytes(one.file(), one.position(), one.length());
            byte[] second = bytes(other.file(), other.position(), other.length());
            byte[] changed = Arrays.copyOf(first, first.length);
            changed[random.nextInt(changed.length)] ^= 1;
            put(one.file(), one.position(), changed);
            put(other.file(), other.position() + random.nextInt(other.length()), (byte) 0x5A);
            if (!Arrays.equals(changed, bytes(one.file(), one.position(), one.length())) || !one.equals(other)) {
                assertNotSound("flips in " + one + " and " + other);
            }
            put(other.file(), other.position(), second);
            put(one.file(), one.position(), first);
        }
        assertTrue(judge().sound());
    }
}
