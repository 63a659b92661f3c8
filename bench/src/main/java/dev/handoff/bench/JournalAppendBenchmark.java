package dev.handoff.bench;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

import dev.handoff.journal.Journal;
import dev.handoff.journal.JournalDirectory;
import dev.handoff.journal.JournalOptions;
import dev.handoff.journal.SyncLevel;
import org.agrona.concurrent.UnsafeBuffer;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

/**
 * One record of the size of a journaled {@code SealComplete} with 16 shards, appended as fast as it goes. Each iteration
 * has a journal of its own: some hundred megabytes a second are written.
 */
@BenchmarkMode(Mode.SampleTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(1)
@State(Scope.Thread)
public class JournalAppendBenchmark {

    private static final int PAYLOAD_BYTES = 160;
    private static final int BATCH = 16;

    @Param({"NONE", "BATCH", "RECORD"})
    private SyncLevel sync;

    private final UnsafeBuffer payload = new UnsafeBuffer(new byte[PAYLOAD_BYTES]);
    private Path directory;
    private Journal journal;

    @Setup(Level.Iteration)
    public void open() throws IOException {
        directory = Files.createTempDirectory("journal-bench");
        journal = JournalDirectory.open(JournalOptions.of(directory).withSync(sync).withBlockBytes(64 << 20))
                .journalOrThrow();
    }

    @TearDown(Level.Iteration)
    public void delete() throws IOException {
        journal.close();
        List<Path> entries;
        try (Stream<Path> walk = Files.walk(directory)) {
            entries = walk.sorted(Comparator.reverseOrder()).toList();
        }
        for (Path entry : entries) {
            Files.delete(entry);
        }
    }

    @Benchmark
    public long append() {
        return journal.append(1, 0, System.nanoTime(), payload, 0, PAYLOAD_BYTES);
    }

    /** As a turn of the loop with sixteen records. */
    @Benchmark
    public void batchOfSixteen() {
        long now = System.nanoTime();
        for (int i = 0; i < BATCH; i++) {
            journal.append(1, 0, now, payload, 0, PAYLOAD_BYTES);
        }
        journal.endOfBatch();
    }
}
