package dev.handoff.journal;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.lang.management.ManagementFactory;
import java.nio.file.Path;

import com.sun.management.ThreadMXBean;
import org.agrona.concurrent.UnsafeBuffer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The loop's promise: an append makes no garbage. */
class AllocationTest {

    private static final int WARM_UP = 100_000;
    private static final int MEASURED = 50_000;

    /** So much that no space is claimed while it is measured: claiming is the agent's work, and its mappings are objects. */
    private static final long CLAIMED_BYTES = 48L << 20;

    @TempDir
    Path temporary;

    @Test
    void allocatesNothingPerAppendOnceWarm() {
        ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
        UnsafeBuffer payload = new UnsafeBuffer(new byte[100]);
        JournalOptions options = JournalOptions.of(temporary.resolve("journal")).withSnapshotEvery(0)
                .withBlockBytes(64 << 20)
                .withPopulateAheadBytes(CLAIMED_BYTES);
        try (Journal journal = JournalDirectory.open(options).journalOrThrow()) {
            appendMany(journal, payload, WARM_UP);
            long before = threads.getCurrentThreadAllocatedBytes();
            appendMany(journal, payload, MEASURED);
            assertEquals(0, threads.getCurrentThreadAllocatedBytes() - before);
        }
    }

    private static void appendMany(Journal journal, UnsafeBuffer payload, int count) {
        for (int i = 0; i < count; i++) {
            journal.append(1, 0, i, payload, 0, payload.capacity());
            journal.endOfBatch();
        }
    }
}
