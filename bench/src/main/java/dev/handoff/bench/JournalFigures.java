package dev.handoff.bench;

import java.io.IOException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.TimeUnit;

import dev.handoff.journal.Journal;
import dev.handoff.journal.JournalDirectory;
import dev.handoff.journal.JournalOptions;
import dev.handoff.journal.SyncLevel;
import org.agrona.concurrent.UnsafeBuffer;

/** One record of the size of a journaled SealComplete with 16 shards, appended at a steady rate, beside other ways to keep it. */
final class JournalFigures {

    static final int PAYLOAD_BYTES = 160;
    private static final int BATCH = 16;

    private static final long INTERVAL_NS = TimeUnit.SECONDS.toNanos(1) / 50_000;

    private final Results results;
    private final Path scratch;
    private final boolean quick;

    JournalFigures(Results results, Path scratch, boolean quick) {
        this.results = results;
        this.scratch = scratch;
        this.quick = quick;
    }

    void run(double rustStepUs) throws IOException, InterruptedException {
        int seconds = quick ? 3 : 20;
        Latencies control = new Latencies();
        // Both take turns, so that what else the machine does meets both.
        Latencies append = new Latencies();
        try (Scratch directory = new Scratch(scratch);
                Journal journal = JournalDirectory.open(JournalOptions.of(directory.path("journal")))
                        .journalOrThrow()) {
            UnsafeBuffer payload = new UnsafeBuffer(new byte[PAYLOAD_BYTES]);
            for (int second = 0; second < seconds + 1; second++) {
                Latencies into = second == 0 ? new Latencies() : append;
                Pace.run(50_000, INTERVAL_NS, into,
                        _ -> journal.append(1, 0, System.nanoTime(), payload, 0, PAYLOAD_BYTES));
                Pace.run(25_000, INTERVAL_NS, second == 0 ? new Latencies() : control, _ -> System.nanoTime());
            }
        }
        Map<String, Double> beside = new LinkedHashMap<>();
        beside.put("control loop p50", control.percentileNs(50));
        beside.put("control loop p99", control.percentileNs(99));
        beside.put("control loop p99.9", control.percentileNs(99.9));
        beside.put("control loop p99.99", control.percentileNs(99.99));
        beside.put("control loop max", control.maxNs());
        beside.put("own p99.99", append.percentileNs(99.99));
        beside.put("rust scheme (fsync)", rustStepUs * 1e3);
        beside.putAll(OtherJournals.p50Ns(scratch, quick ? 100 : 500));
        results.add(append.figure("journal.append", "ns", 250)
                .demanding("p99 <= 1.5 us", append.percentileNs(99) <= 1_500)
                .demanding("p99.9 <= 15 us or the control loop's", append.percentileNs(99.9) <= Math.max(15_000,
                        control.percentileNs(99.9)))
                .withAll(beside));
        results.add(synced(SyncLevel.RECORD, "journal.append_synced"));
        results.add(batched());
        results.add(grown());
    }

    /** A batch of the loop's: so many appends and one sync for all of them. */
    private Figure batched() throws IOException {
        Latencies latencies = new Latencies();
        try (Scratch directory = new Scratch(scratch);
                Journal journal = JournalDirectory
                        .open(JournalOptions.of(directory.path("journal")).withSync(SyncLevel.BATCH))
                        .journalOrThrow()) {
            UnsafeBuffer payload = new UnsafeBuffer(new byte[PAYLOAD_BYTES]);
            int batches = quick ? 200 : 2_000;
            for (int i = 0; i < batches; i++) {
                long before = System.nanoTime();
                for (int j = 0; j < BATCH; j++) {
                    journal.append(1, 0, before, payload, 0, PAYLOAD_BYTES);
                }
                journal.endOfBatch();
                latencies.add(System.nanoTime() - before);
            }
        }
        return latencies.figure("journal.append_batch_of_16", "us", 2_000);
    }

    /** At the end of a long journal, beside the beginning of it; paced, for the median of an append and not of the disk. */
    private Figure grown() throws IOException {
        Latencies young = new Latencies();
        Latencies old = new Latencies();
        int measured = quick ? 50_000 : 250_000;
        int between = quick ? 1_000_000 : 5_000_000;
        try (Scratch directory = new Scratch(scratch);
                Journal journal = JournalDirectory.open(JournalOptions.of(directory.path("journal")))
                        .journalOrThrow()) {
            UnsafeBuffer payload = new UnsafeBuffer(new byte[PAYLOAD_BYTES]);
            Pace.Call append = _ -> journal.append(1, 0, System.nanoTime(), payload, 0, PAYLOAD_BYTES);
            Pace.run(50_000, INTERVAL_NS, new Latencies(), append);
            Pace.run(measured, INTERVAL_NS, young, append);
            for (int i = 0; i < between; i++) {
                append.run(i);
            }
            journal.sync();
            Pace.run(50_000, INTERVAL_NS, new Latencies(), append);
            Pace.run(measured, INTERVAL_NS, old, append);
        }
        double before = young.percentileNs(50);
        return old.figure("journal.append_grown", "ns", 1.5 * before).with("young journal", before);
    }

    private Figure synced(SyncLevel level, String name) throws IOException {
        Latencies latencies = new Latencies();
        try (Scratch directory = new Scratch(scratch);
                Journal journal = JournalDirectory
                        .open(JournalOptions.of(directory.path("journal")).withSync(level)).journalOrThrow()) {
            UnsafeBuffer payload = new UnsafeBuffer(new byte[PAYLOAD_BYTES]);
            int appends = quick ? 200 : 2_000;
            for (int i = 0; i < appends; i++) {
                long before = System.nanoTime();
                journal.append(1, 0, before, payload, 0, PAYLOAD_BYTES);
                latencies.add(System.nanoTime() - before);
            }
        }
        // One fdatasync, where the Rust scheme needs two fsyncs and a rename.
        return latencies.figure(name, "us", 2_000);
    }

    /** What a step of the Rust implementation's scheme takes: write a temporary, fsync, rename, fsync the directory. In microseconds. */
    static double rustStepUs(Path scratch, int steps) throws IOException {
        return OtherJournals.rustScheme(scratch, steps).percentileNs(50) / 1e3;
    }
}
