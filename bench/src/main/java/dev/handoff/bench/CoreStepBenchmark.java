package dev.handoff.bench;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;

import dev.handoff.codec.event.Event;
import dev.handoff.coordinator.core.Fold;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;

/** The core alone: the decoded events of two hundred handoffs with their heartbeats, each applied to the state. */
@BenchmarkMode(Mode.SampleTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Warmup(iterations = 5, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(1)
@State(Scope.Thread)
public class CoreStepBenchmark {

    private List<Event> events;

    @Setup
    public void make() throws IOException {
        events = CoreFigure.events(Path.of(System.getProperty("java.io.tmpdir")));
    }

    @Benchmark
    public Fold twoHundredHandoffs() {
        Fold fold = new Fold();
        for (Event event : events) {
            fold.apply(event);
        }
        return fold;
    }
}
