package dev.handoff.journal;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Stream;

import org.agrona.concurrent.UnsafeBuffer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Directories as they are found in the world: full, read-only, someone else's, not there. */
@Timeout(120)
class PlacesTest {

    private static final int NOBODY = 65534;
    /** Of reading until the writer beside it is at rest, which takes one or two. */
    private static final int MOST_ROUNDS = 1_000;

    @TempDir
    Path temporary;

    private final AtomicLong nowMs = new AtomicLong(JournalContractTest.NOON_MS);
    private final List<Path> mounts = new ArrayList<>();

    private JournalOptions options(Path directory) {
        return JournalOptions.of(directory).withBlockBytes(256 << 10).withPopulateAheadBytes(64 << 10)
                .withClockMs(nowMs::get);
    }

    private Journal open(Path directory) {
        return JournalDirectory.open(options(directory)).journalOrThrow();
    }

    private JournalFailure refusal(Path directory) {
        return assertInstanceOf(OpenOutcome.Refused.class, JournalDirectory.open(options(directory))).failure();
    }

    private static long append(Journal journal) {
        return journal.append(1, 0, 0, new UnsafeBuffer(new byte[1000]), 0, 1000);
    }

    private static int run(String... command) throws IOException, InterruptedException {
        Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
        process.getInputStream().readAllBytes();
        return process.waitFor();
    }

    /** A small file system of its own; the test is skipped where nobody may mount one. */
    private Path mount(String size) throws IOException, InterruptedException {
        Path place = Files.createDirectory(temporary.resolve("mount-" + mounts.size()));
        assumeTrue(run("mount", "-t", "tmpfs", "-o", "size=" + size, "none", place.toString()) == 0,
                "mounting a small file system needs root");
        mounts.add(place);
        return place;
    }

    @AfterEach
    void unmount() throws IOException, InterruptedException {
        for (Path mount : mounts) {
            assertEquals(0, run("umount", "-l", mount.toString()));
        }
    }

    @Test
    void makesAMissingDirectoryWithItsParents() {
        Path deep = temporary.resolve("a/b/c");
        try (Journal journal = open(deep)) {
            assertEquals(2, append(journal));
        }
    }

    @Test
    void refusesAFileInTheWay() throws IOException {
        Path file = Files.writeString(temporary.resolve("file"), "here first");
        for (Path place : List.of(file, file.resolve("below"))) {
            JournalFailure failure = refusal(place);
            assertEquals(JournalFailure.Reason.NOT_A_DIRECTORY, failure.reason(), failure.getMessage());
            assertTrue(failure.getMessage().contains("another directory"), failure.getMessage());
        }
        assertEquals(JournalFailure.Reason.NOT_A_DIRECTORY,
                assertThrows(JournalFailure.class, () -> JournalDirectory.read(file)).reason());
        assertEquals("here first", Files.readString(file));
    }

    /** Every number of free pages, from none to enough: whatever step meets the full disk, it is a refusal, never a SIGBUS. */
    @Test
    void aFullDiskIsARefusalAtEveryStepOfOpeningAndRolling() throws IOException, InterruptedException {
        Path place = mount("1m");
        Path ballast = place.resolve("ballast");
        int opened = 0;
        int refused = 0;
        for (int freePages = 0; freePages < 256; freePages += 3) {
            Path directory = place.resolve("journal");
            fill(ballast, freePages);
            switch (JournalDirectory.open(options(directory))) {
                case OpenOutcome.Refused refusal -> {
                    assertEquals(JournalFailure.Reason.DISK_FULL, refusal.failure().reason(),
                            refusal.failure().getMessage());
                    refused++;
                }
                case OpenOutcome.Opened found -> {
                    try (Journal journal = found.journal()) {
                        appendUntilFull(journal);
                        nowMs.addAndGet(RollFile.DAY_MS);
                        assertThrows(JournalFailure.class, () -> append(journal));
                    }
                    opened++;
                }
            }
            delete(directory);
        }
        assertTrue(opened > 0 && refused > 0, opened + " opened, " + refused + " refused");
    }

    private static int appendUntilFull(Journal journal) {
        int appended = 0;
        while (true) {
            long last = journal.lastSequence();
            try {
                append(journal);
                appended++;
            } catch (JournalFailure full) {
                assertEquals(JournalFailure.Reason.DISK_FULL, full.reason(), full.getMessage());
                assertFalse(full.isFinal());
                // A snapshot may have gone before.
                assertTrue(journal.lastSequence() - last <= 1);
                return appended;
            }
        }
    }

    /** Leaves so many pages free. */
    private static void fill(Path ballast, int freePages) throws IOException {
        Files.deleteIfExists(ballast);
        long free = Files.getFileStore(ballast.getParent()).getUsableSpace();
        Files.write(ballast, new byte[(int) Math.max(0, free - freePages * 4096L)]);
    }

    private static void delete(Path directory) throws IOException {
        if (!Files.exists(directory)) {
            return;
        }
        try (Stream<Path> entries = Files.walk(directory)) {
            for (Path entry : entries.sorted(Comparator.reverseOrder()).toList()) {
                Files.delete(entry);
            }
        }
    }

    @Test
    void goesOnOnceThereIsSpaceAgain() throws IOException, InterruptedException {
        Path place = mount("4m");
        Path ballast = Files.write(place.resolve("ballast"), new byte[2 << 20]);
        Path directory = place.resolve("journal");
        long last;
        try (Journal journal = open(directory)) {
            assertTrue(appendUntilFull(journal) > 100);
            JournalFailure failure = assertThrows(JournalFailure.class, () -> append(journal));
            assertTrue(failure.getMessage().contains("disk is full"), failure.getMessage());
            Files.delete(ballast);
            append(journal);
            last = journal.lastSequence();
        }
        assertEquals(new ReplayEnd.Intact(last), JournalDirectory.read(directory).replay(_ -> true));
        try (Journal journal = open(directory)) {
            append(journal);
        }
    }

    @Test
    void readsAFullDiskAndReopensOnIt() throws IOException, InterruptedException {
        Path place = mount("2m");
        Path directory = place.resolve("journal");
        long last;
        try (Journal journal = open(directory)) {
            appendUntilFull(journal);
            last = journal.lastSequence();
        }
        fill(place.resolve("ballast"), 0);
        assertEquals(new ReplayEnd.Intact(last), JournalDirectory.read(directory).replay(_ -> true));
        try (Journal journal = open(directory)) {
            assertEquals(last, journal.lastSequence());
            assertEquals(JournalFailure.Reason.DISK_FULL,
                    assertThrows(JournalFailure.class, () -> appendUntilRefused(journal)).reason());
        }
    }

    private static void appendUntilRefused(Journal journal) {
        while (true) {
            append(journal);
        }
    }

    @Test
    void readsAReadOnlyFileSystemAndRefusesToWriteThere() throws IOException, InterruptedException {
        Path place = mount("4m");
        Path directory = place.resolve("journal");
        try (Journal journal = open(directory)) {
            append(journal);
        }
        assertEquals(0, run("mount", "-o", "remount,ro", place.toString()));
        assertEquals(new ReplayEnd.Intact(2), JournalDirectory.read(directory).replay(_ -> true));
        for (Path journal : List.of(directory, place.resolve("new"))) {
            JournalFailure failure = refusal(journal);
            assertEquals(JournalFailure.Reason.READ_ONLY, failure.reason(), failure.getMessage());
            assertTrue(failure.getMessage().contains("read-only"), failure.getMessage());
        }
    }

    /** Runs with another user's rights: setfsuid(2) changes those of the calling thread alone. */
    @SuppressWarnings("restricted") // a system call of the test's own
    private static <T> T as(int user, Callable<T> action) throws Exception {
        var setfsuid = Linker.nativeLinker().downcallHandle(
                Linker.nativeLinker().defaultLookup().findOrThrow("setfsuid"),
                FunctionDescriptor.of(ValueLayout.JAVA_INT, ValueLayout.JAVA_INT));
        try {
            int before = (int) setfsuid.invokeExact(user);
            try {
                return action.call();
            } finally {
                int ignored = (int) setfsuid.invokeExact(before);
                assertEquals(user, ignored);
            }
        } catch (Exception | AssertionError e) {
            throw e;
        } catch (Throwable e) {
            throw new AssertionError(e);
        }
    }

    @Test
    void readsWithoutAnyRightToWriteAndLeavesNoTrace() throws Exception {
        assumeTrue("root".equals(System.getProperty("user.name")), "acting for another user needs root");
        Path directory = temporary.resolve("journal");
        Files.setPosixFilePermissions(temporary, PosixFilePermissions.fromString("rwxr-xr-x"));
        try (Journal journal = open(directory)) {
            append(journal);
            // The writer is alive meanwhile.
            try (Stream<Path> files = Files.list(directory)) {
                for (Path file : files.toList()) {
                    Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("r--r--r--"));
                }
            }
            Files.setPosixFilePermissions(directory, PosixFilePermissions.fromString("r-xr-xr-x"));
            Map<Path, ByteBuffer> before = contents(directory);
            FileTime longAgo = FileTime.fromMillis(1_000_000_000_000L);
            assumeTrue(as(NOBODY, () -> !Files.isWritable(directory) || !canCreate(directory)),
                    "the rights were not given up");

            Set<FileTime> after;
            int rounds = 0;
            do {
                for (Path file : before.keySet()) {
                    Files.setLastModifiedTime(file, longAgo);
                }
                assertEquals(new ReplayEnd.Intact(2),
                        as(NOBODY, () -> JournalDirectory.read(directory).replay(_ -> true)));
                assertEquals(before, contents(directory));
                after = times(directory);
                // The writer makes pages ahead on a thread of its own, and that touches its file; soon it has made them.
            } while (!after.equals(Set.of(longAgo)) && ++rounds < MOST_ROUNDS);
            assertEquals(Set.of(longAgo), after);
            append(journal);
        }
        JournalFailure failure = as(NOBODY, () -> refusal(directory));
        assertEquals(JournalFailure.Reason.READ_ONLY, failure.reason(), failure.getMessage());
        assertTrue(failure.getMessage().contains("no permission"), failure.getMessage());
        Files.setPosixFilePermissions(directory, PosixFilePermissions.fromString("rwx------"));
        JournalFailure unreadable = as(NOBODY,
                () -> assertThrows(JournalFailure.class, () -> JournalDirectory.read(directory)));
        assertTrue(unreadable.getMessage().contains(directory.toString()), unreadable.getMessage());
    }

    private static boolean canCreate(Path directory) {
        try {
            Files.delete(Files.createFile(directory.resolve("probe")));
            return true;
        } catch (IOException refused) {
            return false;
        }
    }

    private static Set<FileTime> times(Path directory) throws IOException {
        Set<FileTime> times = new HashSet<>();
        try (Stream<Path> files = Files.list(directory)) {
            for (Path file : files.toList()) {
                times.add(Files.getLastModifiedTime(file));
            }
        }
        return times;
    }

    private static Map<Path, ByteBuffer> contents(Path directory) throws IOException {
        Map<Path, ByteBuffer> contents = new HashMap<>();
        try (Stream<Path> files = Files.list(directory)) {
            for (Path file : files.toList()) {
                contents.put(file, ByteBuffer.wrap(Files.readAllBytes(file)));
            }
        }
        return contents;
    }

    @Test
    void readsACopy() throws IOException {
        Path directory = temporary.resolve("journal");
        Path copy = temporary.resolve("copy");
        try (Journal journal = open(directory)) {
            append(journal);
            DamageTest.copy(directory, copy);
            assertEquals(new ReplayEnd.Intact(2), JournalDirectory.read(copy).replay(_ -> true));
            append(journal);
        }
        try (Journal journal = open(copy)) {
            assertEquals(3, append(journal));
        }
    }

    @Test
    void deletesWholeFilesOnceTheyAreOldEnough() throws IOException {
        Path directory = temporary.resolve("journal");
        JournalOptions options = options(directory).withRetentionDays(2);
        try (Journal journal = JournalDirectory.open(options).journalOrThrow()) {
            for (int day = 0; day < 6; day++) {
                append(journal);
                nowMs.addAndGet(RollFile.DAY_MS);
            }
            assertEquals(3, RollFile.list(directory).size());
            assertEquals(7, journal.firstSequence());
            assertEquals(new ReplayEnd.Intact(12), journal.reader().replay(_ -> true));
        }
        OpenOutcome.Opened again = assertInstanceOf(OpenOutcome.Opened.class, JournalDirectory.open(options));
        try (Journal journal = again.journal()) {
            assertEquals(new ReplayEnd.Intact(12), again.found());
            assertEquals(7, journal.firstSequence());
        }
        // Deleted by hand is lost, not retired.
        Files.delete(RollFile.list(directory).getFirst().path());
        ReplayEnd.Damaged damaged = assertInstanceOf(ReplayEnd.Damaged.class,
                JournalDirectory.read(directory).replay(_ -> true));
        assertEquals(7, damaged.damages().getFirst().fromSequence());
        assertEquals(8, damaged.damages().getFirst().toSequence());
    }

    @Test
    void finishesARepairThatWasCutShortAnywhere() throws IOException {
        Path original = temporary.resolve("journal");
        long last;
        try (Journal journal = open(original)) {
            for (int i = 0; i < 20; i++) {
                append(journal);
            }
            last = journal.lastSequence();
        }
        Path file = RollFile.list(original).getFirst().path();
        // As a death leaves it after the rename that decides, with the old file still there, aside, or the new one in its place.
        for (int step = 0; step < 3; step++) {
            Path directory = temporary.resolve("cut-" + step);
            DamageTest.copy(original, directory);
            Path ready = Files.createDirectory(directory.resolve("repair.ready"));
            Path aside = directory.resolve("damaged-now");
            Files.writeString(ready.resolve("plan"), "damaged-now\n" + file.getFileName() + "\n",
                    StandardCharsets.UTF_8);
            Path here = directory.resolve(file.getFileName());
            Files.copy(here, ready.resolve(file.getFileName()));
            if (step > 0) {
                Files.createDirectory(aside);
                Files.move(here, aside.resolve(file.getFileName()));
            }
            if (step > 1) {
                Files.move(ready.resolve(file.getFileName()), here);
            }
            OpenOutcome.Opened opened = assertInstanceOf(OpenOutcome.Opened.class,
                    JournalDirectory.open(options(directory)));
            try (Journal journal = opened.journal()) {
                assertEquals(new ReplayEnd.Intact(last), opened.found());
                assertTrue(Files.exists(aside.resolve(file.getFileName())));
                assertFalse(Files.exists(ready));
                append(journal);
            }
        }
    }
}
