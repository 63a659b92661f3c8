package dev.handoff.replay;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

import dev.handoff.codec.HandoffId;
import dev.handoff.codec.event.Event;
import dev.handoff.codec.event.ServicePolicy;
import dev.handoff.codec.event.Stamp;
import dev.handoff.journal.JournalFailure;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class JournalFollowTest {

    private static final long T0 = 1_795_380_000_000_000_000L;
    private static final long DAY_MS = 86_400_000L;

    @TempDir
    private Path parent;

    private final List<String> lines = new ArrayList<>();
    private final List<String> notes = new ArrayList<>();
    private JournalFollow follow;

    private Path directory() {
        return parent.resolve("journal");
    }

    private void follow(boolean fromEnd, EntryFilter filter) {
        follow = new JournalFollow(directory(), fromEnd, filter, JournalDump.Format.TEXT, lines::add, notes::add);
    }

    @AfterEach
    void close() {
        if (follow != null) {
            follow.close();
        }
    }

    private static Event configured(long ms, String binary) {
        return new Event.ServiceConfigured(new Stamp(T0 + ms * 1_000_000, 1, HandoffId.NONE), "kv", binary,
                ServicePolicy.DEFAULT, false);
    }

    private static Event lockSeen(long timeNs, long pid) {
        return new Event.LockSeen(new Stamp(timeNs, 1, Enacted.FIRST), pid);
    }

    /** Looks until there is nothing new, and gives what was printed, from the kind on. */
    private List<String> printed() {
        lines.clear();
        for (JournalFollow.Look look = follow.poll(); look == JournalFollow.Look.READ; look = follow.poll()) {
            assertTrue(lines.size() < 1000, "it never ends");
        }
        return lines.stream()
                .map(line -> line.replaceAll("^ *(\\d+)  \\S+  (\\d+)  (\\w+) .*?(\\w+=\\S+)?$", "$1 $2 $3 $4"))
                .toList();
    }

    private SampleJournal journal() {
        return SampleJournal.create(directory());
    }

    @Test
    void printsWhatComesAndNothingOfWhatIsThere() {
        try (SampleJournal journal = journal()) {
            journal.append(configured(0, "a"));
            follow(true, EntryFilter.EVERYTHING);
            assertEquals(List.of(), printed());
            journal.append(lockSeen(T0 + 1, 7));
            assertEquals(List.of("3 1 LockSeen holder_pid=7"), printed());
            assertTrue(lines.getFirst().contains("  kv  "), "the name is known from before: " + lines.getFirst());
            assertEquals(JournalFollow.Look.NOTHING_NEW, follow.poll());
        }
    }

    @Test
    void printsWhatIsThereFirstWhereThatIsWanted() {
        try (SampleJournal journal = journal()) {
            journal.append(configured(0, "a"), lockSeen(T0 + 1, 7));
            follow(false, EntryFilter.EVERYTHING);
            assertEquals(3, printed().size());
            journal.append(lockSeen(T0 + 2, 8));
            assertEquals(List.of("4 1 LockSeen holder_pid=8"), printed());
        }
    }

    @Test
    void waitsForAJournalThatDoesNotExistYet() {
        follow(true, EntryFilter.EVERYTHING);
        assertEquals(JournalFollow.Look.NO_JOURNAL, follow.poll());
        try (SampleJournal journal = journal()) {
            journal.append(configured(0, "a"));
            assertEquals(2, printed().size(), "all of it is new: " + lines);
        }
    }

    @Test
    void goesOnOverARollAndAnotherEpoch() throws IOException {
        long[] nowMs = {T0 / 1_000_000};
        try (SampleJournal journal = SampleJournal.create(directory(), () -> nowMs[0])) {
            journal.append(lockSeen(T0, 7));
            follow(true, EntryFilter.EVERYTHING);
            assertEquals(List.of(), printed());
            nowMs[0] += DAY_MS;
            journal.append(lockSeen(T0 + DAY_MS * 1_000_000, 8));
        }
        try (Stream<Path> files = Files.list(directory())) {
            assertEquals(2, files.filter(path -> path.toString().endsWith(".cq4")).count(), "it has rolled");
        }
        assertEquals(List.of("4 1 LockSeen holder_pid=8"), locksPrinted());
        try (SampleJournal journal = SampleJournal.create(directory(), () -> nowMs[0])) {
            journal.append(lockSeen(T0 + DAY_MS * 1_000_000, 9));
        }
        assertEquals(List.of("5 2 LockSeen holder_pid=9"), locksPrinted());
        assertEquals(List.of(), notes);
    }

    private List<String> locksPrinted() {
        return printed().stream().filter(line -> line.contains("LockSeen")).toList();
    }

    @Test
    void goesOnWhereARepairPutOtherFiles() throws IOException {
        try (SampleJournal journal = journal()) {
            journal.append(lockSeen(T0, 7));
            follow(true, EntryFilter.EVERYTHING);
            assertEquals(List.of(), printed());
        }
        replaceFiles();
        assertEquals(List.of(), printed(), "the same records in other files are not new");
        try (SampleJournal journal = journal()) {
            journal.append(lockSeen(T0 + 1, 8));
        }
        assertEquals(List.of("3 2 LockSeen holder_pid=8"), printed());
        assertEquals(List.of(), notes);
    }

    /** Other inodes under the same names, as a repair leaves them. */
    private void replaceFiles() throws IOException {
        try (Stream<Path> files = Files.list(directory())) {
            for (Path file : files.filter(path -> path.toString().endsWith(".cq4")).toList()) {
                Path copy = file.resolveSibling("copy");
                Files.copy(file, copy);
                Files.move(copy, file, StandardCopyOption.ATOMIC_MOVE);
            }
        }
    }

    @Test
    void saysThatAnotherJournalStandsInItsPlace() throws IOException {
        try (SampleJournal journal = journal()) {
            journal.append(lockSeen(T0, 7), lockSeen(T0, 8));
        }
        follow(true, EntryFilter.EVERYTHING);
        assertEquals(List.of(), printed());
        Files.move(directory(), parent.resolve("aside"));
        try (SampleJournal journal = journal()) {
            journal.append(lockSeen(T0, 9));
        }
        assertEquals(List.of("2 1 LockSeen holder_pid=9"), locksPrinted());
        assertEquals(List.of("another journal stands in its place; it is followed from its beginning"), notes);
    }

    @Test
    void endsBehindTheLastRecordThatIsWanted() {
        try (SampleJournal journal = journal()) {
            journal.append(configured(0, "a"), lockSeen(T0 + 1, 7), lockSeen(T0 + 2, 8));
        }
        follow(false, new EntryFilter(Optional.empty(), Optional.of(new JournalPoint.Sequence(3)), Optional.of("kv"),
                Optional.empty(), Optional.empty()));
        assertEquals(List.of("3 1 LockSeen holder_pid=7"), locksPrinted());
        assertEquals(JournalFollow.Look.OVER, follow.poll());
    }

    @Test
    void refusesWhatIsNoDirectory() throws IOException {
        Files.writeString(directory(), "");
        follow(true, EntryFilter.EVERYTHING);
        assertThrows(JournalFailure.class, () -> follow.poll());
    }
}
