package dev.handoff.bench;

import java.io.IOException;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;

import dev.handoff.codec.HandoffId;
import dev.handoff.codec.Message;
import dev.handoff.codec.MessageKind;
import dev.handoff.codec.Side;
import dev.handoff.coordinator.shell.LoopRig;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

/**
 * The loop with its journal on disk, one reaction after the other: an event of another thread's until its answer was given, and
 * {@code Drained} on a Unix socket until the {@code SealRequest} is read from it.
 */
@BenchmarkMode(Mode.SampleTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Warmup(iterations = 5, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(1)
public class LoopReactionBenchmark {

    /** The loop. */
    @State(Scope.Thread)
    public static class Loop {
        private Scratch directory;
        private LoopRig rig;

        @Setup
        public void start() throws IOException {
            directory = new Scratch(Path.of(System.getProperty("java.io.tmpdir")));
            rig = new LoopRig(directory.path("journal"), 1);
        }

        @TearDown
        public void stop() throws IOException {
            rig.close();
            directory.close();
        }
    }

    /** A handoff whose incumbent is draining. JMH gives each method that asks for a {@link Loop} one of its own, so only one does. */
    @State(Scope.Thread)
    public static class Draining {
        private HandoffId id;
        private LoopRig rig;

        @Setup(Level.Invocation)
        public void begin(Loop loop) {
            rig = loop.rig;
            id = rig.begin(0);
        }

        @TearDown(Level.Invocation)
        public void commit() {
            rig.commit(0, id);
        }
    }

    @Benchmark
    public void inProcess(Loop loop) {
        loop.rig.awaitRefusal(0);
    }

    @Benchmark
    public void unixSocket(Draining draining) {
        long _ = draining.rig.say(0, Side.INCUMBENT, new Message.Drained(0, true));
        draining.rig.await(0, Side.INCUMBENT, MessageKind.SEAL_REQUEST);
    }
}
