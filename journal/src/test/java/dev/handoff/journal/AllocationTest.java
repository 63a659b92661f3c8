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

    private static final int ROUND = 20_000;
    /** The compiler may take its time on a busy machine; once it is done, every round is like the one that passes. */
    private static final int MAX_ROUNDS = 100;

    /** So much that hardly any space is claimed meanwhile: claiming is the agent's work, and its mappings are objects. */
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
            long allocated = -1;
            for (int round = 0; round < MAX_ROUNDS && allocated != 0; round++) {
                long before = threads.getCurrentThreadAllocatedBytes();
                appendMany(journal, payload);
                allocated = threads.getCurrentThreadAllocatedBytes() - before;
            }
            assertEquals(0, allocated);
        }
    }

    private static void appendMany(Journal journal, UnsafeBuffer payload) {
        for (int i = 0; i < ROUND; i++) {
            journal.append(1, 0, i, payload, 0, payload.capacity());
            journal.endOfBatch();
        }
    }
}
