package dev.handoff.journal;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;

import dev.handoff.posix.Descriptors;
import net.openhft.chronicle.queue.ChronicleQueue;
import net.openhft.chronicle.queue.ExcerptAppender;
import net.openhft.chronicle.queue.RollCycles;
import net.openhft.chronicle.queue.impl.TableStore;
import net.openhft.chronicle.queue.impl.single.SingleChronicleQueueBuilder;
import net.openhft.chronicle.queue.impl.single.TableStoreWriteLock;
import net.openhft.chronicle.queue.impl.table.Metadata;
import net.openhft.chronicle.queue.impl.table.SingleTableBuilder;
import net.openhft.chronicle.threads.BusyTimedPauser;
import net.openhft.chronicle.wire.DocumentContext;
import org.agrona.concurrent.UnsafeBuffer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.opentest4j.TestAbortedException;

/**
 * The traps of Chronicle Queue that were met, each shown with the bare queue where it still can be, and then the way out with
 * the journal. When a new release of the queue makes a bare half fail, the cure may go.
 */
@Timeout(120)
class ChronicleTrapsTest {

    @TempDir
    Path temporary;

    private final AtomicLong nowMs = new AtomicLong(JournalContractTest.NOON_MS);

    private Path directory() {
        return temporary.resolve("journal");
    }

    private JournalOptions options() {
        return JournalOptions.of(directory()).withBlockBytes(1 << 20).withPopulateAheadBytes(256 << 10)
                .withClockMs(nowMs::get);
    }

    private Journal open() {
        return JournalDirectory.open(options()).journalOrThrow();
    }

    private static void append(Journal journal) {
        journal.append(1, 0, 0, new UnsafeBuffer(new byte[64]), 0, 64);
    }

    private SingleChronicleQueueBuilder bare() {
        return SingleChronicleQueueBuilder.binary(directory()).rollCycle(RollCycles.FAST_DAILY).timeProvider(nowMs::get)
                .blockSize(1 << 20).timeoutMS(500);
    }

    private static void appendBare(ExcerptAppender appender) {
        try (DocumentContext document = appender.writingDocument()) {
            document.wire().bytes().writeLong(1);
        }
    }

    private void assertIntact(long last) {
        try (JournalReader reader = JournalDirectory.read(directory())) {
            assertEquals(new ReplayEnd.Intact(last), reader.replay(_ -> true));
        }
    }

    @Test
    void hasNothingOnTheClassPathThatPhonesHome() {
        assertThrows(ClassNotFoundException.class, () -> Class.forName("net.openhft.chronicle.analytics.Analytics"));
        assertThrows(ClassNotFoundException.class, () -> Class.forName("com.sun.jna.Native"));
    }

    /** Without it the queue's own sync would do nothing, which is why the journal never asks for that. */
    @Test
    void hasNothingOnTheClassPathThatMakesAStartSlow() {
        assertThrows(ClassNotFoundException.class, () -> Class.forName("jnr.ffi.LibraryLoader"));
    }

    /** cachestat(2), which posix does not offer: how many pages of the file the kernel has still to write. */
    @SuppressWarnings("restricted") // a system call of the test's own
    private static long dirtyPages(Path file) {
        int fd = Descriptors.open(file, Descriptors.O_RDONLY | Descriptors.O_CLOEXEC, 0);
        assertTrue(fd >= 0);
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment range = arena.allocate(2 * Long.BYTES);
            MemorySegment result = arena.allocate(5 * Long.BYTES);
            var syscall = Linker.nativeLinker().downcallHandle(
                    Linker.nativeLinker().defaultLookup().findOrThrow("syscall"),
                    FunctionDescriptor.of(ValueLayout.JAVA_LONG, ValueLayout.JAVA_LONG, ValueLayout.JAVA_INT,
                            ValueLayout.ADDRESS,
                            ValueLayout.ADDRESS, ValueLayout.JAVA_INT),
                    Linker.Option.firstVariadicArg(1));
            long outcome = (long) syscall.invokeExact(451L, fd, range, result, 0);
            assumeTrue(outcome == 0, "this kernel has no cachestat(2)");
            return result.get(ValueLayout.JAVA_LONG, Long.BYTES);
        } catch (TestAbortedException noCachestat) {
            throw noCachestat;
        } catch (Throwable e) {
            throw new AssertionError(e);
        } finally {
            Descriptors.close(fd);
        }
    }

    /** Space that the agent claims meanwhile is dirty too, so one look may not be enough. The kernel itself waits for seconds. */
    private static boolean isCleanSoon(Path file, Runnable action) {
        long limit = System.nanoTime() + Duration.ofSeconds(1).toNanos();
        while (System.nanoTime() < limit) {
            action.run();
            if (dirtyPages(file) == 0) {
                return true;
            }
        }
        return false;
    }

    private Path onlyFile() throws IOException {
        return RollFile.list(directory()).getFirst().path();
    }

    @Test
    void syncReallyWritesWhereTheQueuesDefaultOnlyAsks() throws IOException {
        try (ChronicleQueue queue = bare().build(); ExcerptAppender appender = queue.createAppender()) {
            appendBare(appender);
            assumeTrue(dirtyPages(onlyFile()) > 0, "this file system keeps no dirty pages, so a sync cannot be seen");
            assertFalse(isCleanSoon(onlyFile(), appender::sync));
        }
        Files.delete(onlyFile());
        try (Journal journal = open()) {
            assertFalse(isCleanSoon(onlyFileAfter(journal), () -> append(journal)));
            assertTrue(isCleanSoon(onlyFile(), journal::sync));
        }
        try (Journal journal = JournalDirectory.open(options().withSync(SyncLevel.RECORD)).journalOrThrow()) {
            assertTrue(isCleanSoon(onlyFile(), () -> append(journal)));
        }
        try (Journal journal = JournalDirectory.open(options().withSync(SyncLevel.BATCH)).journalOrThrow()) {
            assertFalse(isCleanSoon(onlyFile(), () -> append(journal)));
            assertTrue(isCleanSoon(onlyFile(), () -> {
                append(journal);
                journal.endOfBatch();
            }));
        }
    }

    private Path onlyFileAfter(Journal journal) throws IOException {
        append(journal);
        return onlyFile();
    }

    @Test
    void makesPagesAheadWherePretouchOverflowsTheStack() throws Exception {
        try (ChronicleQueue queue = bare().build(); ExcerptAppender appender = queue.createAppender()) {
            appendBare(appender);
            assertThrows(StackOverflowError.class, appender::pretouch);
        }
        try (Journal journal = JournalDirectory
                .open(JournalOptions.of(temporary.resolve("other")).withBlockBytes(4 << 20)
                        .withPopulateAheadBytes(2 << 20))
                .journalOrThrow()) {
            append(journal);
            Path file = RollFile.list(temporary.resolve("other")).getFirst().path();
            // The agent claims them on its thread: wait for the pages themselves.
            long enough = 2L << 20;
            while (allocatedBytes(file) < enough) {
                Thread.onSpinWait();
            }
            assertTrue(Files.size(file) > enough);
        }
    }

    /** What the file takes on disk, as opposed to its length. */
    private static long allocatedBytes(Path file) throws IOException, InterruptedException {
        Process du = new ProcessBuilder("du", "-B1", file.toString()).redirectErrorStream(true).start();
        String line = new String(du.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        du.waitFor();
        return Long.parseLong(line.substring(0, line.indexOf('\t')));
    }

    /** Leaves the queue's write lock as a process does that is killed within an append: held by a pid, here our own. */
    private void leaveWriteLockHeld() {
        SingleChronicleQueueBuilder.addAliases();
        try (TableStore<?> table = SingleTableBuilder
                .binary(directory().resolve(RollQueue.METADATA).toFile(), Metadata.NoMeta.INSTANCE).readOnly(false)
                .build()) {
            TableStoreWriteLock lock = new TableStoreWriteLock(table, BusyTimedPauser::new, 500L);
            lock.lock();
        }
    }

    @Test
    void reopensUnderTheSamePidAfterADeathWithinAnAppend() {
        try (Journal journal = open()) {
            append(journal);
        }
        leaveWriteLockHeld();
        assertThrows(RuntimeException.class, () -> {
            try (ChronicleQueue queue = bare().build(); ExcerptAppender appender = queue.createAppender()) {
                appendBare(appender);
            }
        });
        long start = System.nanoTime();
        try (Journal journal = open()) {
            append(journal);
            assertEquals(3, journal.lastSequence());
        }
        assertTrue(System.nanoTime() - start < Duration.ofSeconds(10).toNanos());
        assertIntact(3);
    }

    @Test
    void appendsOnAfterTheClockSteppedBackOverARoll() {
        try (ChronicleQueue queue = bare().build()) {
            try (ExcerptAppender appender = queue.createAppender()) {
                appendBare(appender);
                nowMs.addAndGet(RollFile.DAY_MS);
                appendBare(appender);
                nowMs.addAndGet(-RollFile.DAY_MS);
                assertThrows(RuntimeException.class, () -> appendBare(appender));
            }
        }
        Path bare = directory();
        assertTrue(Files.exists(bare));
        JournalOptions elsewhere = JournalOptions.of(temporary.resolve("ours")).withBlockBytes(1 << 20)
                .withClockMs(nowMs::get);
        try (Journal journal = JournalDirectory.open(elsewhere).journalOrThrow()) {
            append(journal);
            nowMs.addAndGet(RollFile.DAY_MS);
            append(journal);
            nowMs.addAndGet(-RollFile.DAY_MS);
            append(journal);
            assertEquals(5, journal.lastSequence());
        }
    }

    @Test
    void aHalfWrittenFrameStallsNothing() throws IOException {
        long end;
        Path file;
        try (Journal journal = open()) {
            append(journal);
        }
        try (DirectoryReader reader = new DirectoryReader(directory())) {
            reader.replay(_ -> true);
            end = reader.position();
            file = reader.file().orElseThrow().path();
        }
        try (RandomAccessFile access = new RandomAccessFile(file.toFile(), "rw")) {
            access.seek(end);
            // Not complete, of unknown length, and half a record.
            access.write(new byte[]{0, 0, 0, (byte) 0x80});
            access.write(
                    "half a record, more than the next one is long, so that its end would be read as a frame header"
                            .repeat(3)
                            .getBytes(StandardCharsets.UTF_8));
        }
        assertIntact(2);
        long start = System.nanoTime();
        try (Journal journal = open()) {
            append(journal);
        }
        assertTrue(System.nanoTime() - start < Duration.ofSeconds(10).toNanos());
        assertIntact(3);
    }

    @Test
    void aHalfMadeFileStallsNothing() throws IOException {
        try (Journal journal = open()) {
            append(journal);
        }
        nowMs.addAndGet(RollFile.DAY_MS);
        Path next = RollFile.of(directory(), RollFile.cycleAt(nowMs.get())).path();
        // The queue's header of a new file, begun and never completed.
        Files.write(next, new byte[]{0, 0, 0, (byte) 0xC0, 1, 2, 3, 4});
        try (RandomAccessFile access = new RandomAccessFile(next.toFile(), "rw")) {
            access.setLength(2 << 20);
        }
        assertIntact(2);
        long start = System.nanoTime();
        try (Journal journal = open()) {
            append(journal);
        }
        assertTrue(System.nanoTime() - start < Duration.ofSeconds(10).toNanos());
        assertIntact(4);
    }

    @Test
    void keepsFilesSmall() throws IOException, InterruptedException {
        try (Journal journal = open()) {
            append(journal);
            Path file = RollFile.list(directory()).getFirst().path();
            assertTrue(Files.size(file) < 8 << 20, "84 MB is the queue's default");
            assertTrue(allocatedBytes(file) < 1 << 20);
        }
    }

    @Test
    void namesTheFilesByTheDayInUtc() throws IOException {
        nowMs.set(20_000 * RollFile.DAY_MS + RollFile.DAY_MS - 1);
        try (Journal journal = open()) {
            append(journal);
            nowMs.incrementAndGet();
            append(journal);
        }
        assertEquals(List.of("20241004F.cq4", "20241005F.cq4"),
                RollFile.list(directory()).stream().map(file -> file.path().getFileName().toString()).toList());
    }

    @Test
    void saysThatAnEmptyDirectoryHoldsNoJournal() throws IOException {
        Files.createDirectories(directory());
        JournalFailure empty = assertThrows(JournalFailure.class, () -> JournalDirectory.read(directory()));
        assertEquals(JournalFailure.Reason.MISSING, empty.reason());
        assertTrue(empty.getMessage().contains("holds no .cq4 file"), empty.getMessage());
        JournalFailure missing = assertThrows(JournalFailure.class,
                () -> JournalDirectory.read(directory().resolve("nowhere")));
        assertEquals(JournalFailure.Reason.MISSING, missing.reason());
        assertFalse(Files.exists(directory().resolve("nowhere")));
    }

    @Test
    void theQueueItselfReadsTheSameRecords() {
        try (Journal journal = open()) {
            for (int i = 0; i < 1000; i++) {
                append(journal);
            }
            nowMs.addAndGet(RollFile.DAY_MS);
            append(journal);
        }
        int read = 0;
        try (ChronicleQueue queue = bare().build(); var tailer = queue.createTailer()) {
            while (true) {
                try (DocumentContext document = tailer.readingDocument()) {
                    if (!document.isPresent()) {
                        break;
                    }
                    read++;
                }
            }
        }
        assertEquals(1003, read);
        assertInstanceOf(OpenOutcome.Opened.class, JournalDirectory.open(options())).journal().close();
        assertIntact(1003);
    }
}
