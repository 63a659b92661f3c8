package dev.handoff.journal;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.atomic.AtomicLong;

import net.openhft.chronicle.core.io.BackgroundResourceReleaser;
import org.agrona.concurrent.UnsafeBuffer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Which mappings of the journal's files this process has, while the appender goes from block to block and from file to file. */
class MappingsTest {

    private static final int BLOCK_BYTES = 256 << 10;
    private static final int DAY_MS = 86_400_000;
    /** The block that is appended to, the one before while nobody has looked yet, and one on offer. */
    private static final int MOST = 4;

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

    private long mappedFiles() throws IOException {
        return Files.readAllLines(Path.of("/proc/self/maps"), StandardCharsets.ISO_8859_1).stream()
                .filter(line -> line.contains(directory.toString()) && line.contains(".cq4") && !line.contains(".cq4t"))
                .count();
    }
}
