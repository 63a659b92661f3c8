package dev.handoff.bench;

import java.io.IOException;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;

import dev.handoff.coordinator.loop.Recovery;
import dev.handoff.coordinator.shell.LoopRig;
import dev.handoff.journal.JournalDirectory;
import dev.handoff.journal.JournalReader;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

/** A journal of a thousand handoffs with their heartbeats, 34 records each: read, checked by its CRCs, folded. */
@BenchmarkMode(Mode.SampleTime)
@OutputTimeUnit(TimeUnit.MILLISECONDS)
@Warmup(iterations = 5, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(1)
@State(Scope.Thread)
public class ReplayBenchmark {

    private static final int HANDOFFS = 1_000;

    private Scratch directory;
    private Path journal;

    @Setup
    public void make() throws IOException {
        directory = new Scratch(Path.of(System.getProperty("java.io.tmpdir")));
        journal = directory.path("journal");
        try (LoopRig rig = new LoopRig(journal, 1)) {
            for (int i = 0; i < HANDOFFS; i++) {
                ReplayFigure.handoff(rig);
            }
        }
    }

    @TearDown
    public void delete() throws IOException {
        directory.close();
    }

    @Benchmark
    public Recovery thousandHandoffs() {
        Recovery recovery = Recovery.begin();
        try (JournalReader reader = JournalDirectory.read(journal)) {
            reader.replay(recovery);
        }
        return recovery;
    }
}
