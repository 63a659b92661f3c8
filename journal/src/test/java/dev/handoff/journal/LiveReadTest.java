package dev.handoff.journal;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;

import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;

import org.agrona.concurrent.UnsafeBuffer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Readers beside a writer in full flight: what looks torn to them must never be called damaged. */
@Timeout(120)
class LiveReadTest {

    private static final int RECORDS = 100_000;
    private static final int RECORDS_A_DAY = 20_000;

    @TempDir
    Path temporary;

    @Test
    void readersSeeEveryRecordOnceAndNoDamage() throws InterruptedException {
        Path directory = temporary.resolve("journal");
        AtomicLong nowMs = new AtomicLong(JournalContractTest.NOON_MS);
        JournalOptions options = JournalOptions.of(directory).withBlockBytes(1 << 20).withSnapshotEvery(10_000)
                .withClockMs(nowMs::get);
        AtomicBoolean done = new AtomicBoolean();
        AtomicReference<Throwable> failed = new AtomicReference<>();
        try (Journal journal = JournalDirectory.open(options).journalOrThrow()) {
            append(journal, 0);
            Thread following = Thread.ofPlatform().start(() -> {
                try {
                    follow(directory, done);
                } catch (RuntimeException | AssertionError e) {
                    failed.set(e);
                }
            });
            Thread replaying = Thread.ofPlatform().start(() -> {
                try {
                    while (!done.get()) {
                        replay(directory);
                    }
                } catch (RuntimeException | AssertionError e) {
                    failed.set(e);
                }
            });
            for (int i = 1; i < RECORDS && failed.get() == null; i++) {
                if (i % RECORDS_A_DAY == 0) {
                    nowMs.addAndGet(RollFile.DAY_MS);
                }
                append(journal, i);
            }
            done.set(true);
            following.join();
            replaying.join();
        }
        if (failed.get() != null) {
            throw new AssertionError(failed.get());
        }
    }

    private static void append(Journal journal, int i) {
        UnsafeBuffer payload = new UnsafeBuffer(new byte[8 + i % 97]);
        payload.putLong(0, journal.lastSequence());
        journal.append(1, 0, i, payload, 0, payload.capacity());
    }

    private static void follow(Path directory, AtomicBoolean done) {
        try (JournalReader reader = JournalDirectory.read(directory)) {
            long[] last = new long[1];
            boolean more = true;
            while (more) {
                boolean finished = done.get();
                int visited = reader.poll(record -> {
                    assertEquals(++last[0], record.sequence());
                    return true;
                }, 1000);
                more = visited > 0 || !finished;
            }
            assertEquals(List.of(), reader.damages());
        }
    }

    private static void replay(Path directory) {
        try (JournalReader reader = JournalDirectory.read(directory)) {
            ReplayEnd end = reader.replay(_ -> true);
            assertInstanceOf(ReplayEnd.Intact.class, end, end::toString);
        }
        try (JournalReader reader = JournalDirectory.read(directory)) {
            reader.seekLastSnapshot();
            ReplayEnd end = reader.replay(_ -> true);
            assertInstanceOf(ReplayEnd.Intact.class, end, end::toString);
        }
    }
}
