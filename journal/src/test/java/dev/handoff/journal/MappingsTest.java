package dev.handoff.journal;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;

import net.openhft.chronicle.core.io.BackgroundResourceReleaser;
import org.agrona.concurrent.UnsafeBuffer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Which mappings of the journal's files this process has, while the appender goes from block to block and from file to file. */
class MappingsTest {

    private static final int BLOCK_BYTES = 256 << 10;
    private static final int DAY_MS = 86_400_000;
    /** The block that is appended to and one on offer; the one before and the one behind it, which the agent has not let go of yet. */
    private static final int MOST = 5;

    @TempDir
    Path directory;

    @Test
    void blocksAreLeftBehindAndNoneIsMappedAfterTheEnd() throws IOException {
        AtomicLong nowMs = new AtomicLong(JournalContractTest.NOON_MS);
        Journal journal = JournalDirectory
                .open(JournalOptions.of(directory).withBlockBytes(BLOCK_BYTES).withPopulateAheadBytes(64 << 10)
                        .withClockMs(nowMs::get))
                .journalOrThrow();
        UnsafeBuffer record = new UnsafeBuffer(new byte[1000]);
        for (int day = 0; day < 3; day++) {
            for (int i = 0; i < 20 * BLOCK_BYTES / record.capacity(); i++) {
                journal.append(1, 0, 0, record, 0, record.capacity());
            }
            BackgroundResourceReleaser.releasePendingResources();
            long mapped = mappedFiles();
            assertTrue(mapped >= 1 && mapped <= MOST, mapped + " mappings on day " + day);
            nowMs.addAndGet(DAY_MS);
        }
        journal.close();
        assertEquals(0, mappedFiles());
    }

    @Test
    @Timeout(60)
    void theNextBlockIsMappedBeforeItIsNeededAndThenUsed() throws IOException {
        try (Journal journal = JournalDirectory
                .open(JournalOptions.of(directory).withBlockBytes(BLOCK_BYTES).withPopulateAheadBytes(64 << 10))
                .journalOrThrow()) {
            UnsafeBuffer record = new UnsafeBuffer(new byte[1000]);
            // The queue's own tables and these leave less of the first block than what is claimed ahead.
            for (int i = 0; i < 100; i++) {
                journal.append(1, 0, 0, record, 0, record.capacity());
            }
            List<String> ahead = mappingsFrom(BLOCK_BYTES);
            while (ahead.isEmpty()) {
                // The agent maps it on its thread.
                assertFalse(Thread.interrupted(), "not mapped in time");
                ahead = mappingsFrom(BLOCK_BYTES);
            }
            for (int i = 0; i < BLOCK_BYTES / record.capacity(); i++) {
                journal.append(1, 0, 0, record, 0, record.capacity());
            }
            assertEquals(ahead, mappingsFrom(BLOCK_BYTES));
        }
    }

    private long mappedFiles() throws IOException {
        return mappings().size();
    }

    private List<String> mappings() throws IOException {
        return Files.readAllLines(Path.of("/proc/self/maps"), StandardCharsets.ISO_8859_1).stream()
                .filter(line -> line.contains(directory.toString()) && line.contains(".cq4") && !line.contains(".cq4t"))
                .toList();
    }

    /** Those that begin at this position of their file, proc(5). */
    private List<String> mappingsFrom(long position) throws IOException {
        return mappings().stream().filter(line -> Long.parseLong(line.split(" +", -1)[2], 16) == position).toList();
    }
}
