package dev.handoff.bench;

import java.io.IOException;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;

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

/** A coordinator with an empty journal, from the launcher's exec until its trigger socket is there. */
@BenchmarkMode(Mode.SingleShotTime)
@OutputTimeUnit(TimeUnit.MILLISECONDS)
@Warmup(iterations = 2)
@Measurement(iterations = 10)
@Fork(1)
@State(Scope.Thread)
public class ColdStartBenchmark {

    /** With the ahead-of-time cache, and without. */
    @Param({"", "-XX:AOTMode=off"})
    private String options;

    private ColdStart start;

    @Setup(Level.Invocation)
    public void prepare() throws IOException {
        start = new ColdStart(Path.of(System.getProperty("java.io.tmpdir")), options);
    }

    @TearDown(Level.Invocation)
    public void end() throws IOException {
        start.close();
    }

    @Benchmark
    public void untilTheTriggerSocket() throws IOException, InterruptedException {
        start.awaitSocket();
    }
}
