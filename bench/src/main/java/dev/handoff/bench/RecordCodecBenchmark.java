package dev.handoff.bench;

import java.util.concurrent.TimeUnit;

import dev.handoff.codec.Decoded;
import dev.handoff.codec.FrameDecoder;
import dev.handoff.codec.FrameEncoder;
import dev.handoff.codec.Message;
import dev.handoff.codec.MessageKind;
import org.agrona.concurrent.UnsafeBuffer;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;

/** The cold path's codec: each message as a record, both ways. */
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(1)
@State(Scope.Thread)
public class RecordCodecBenchmark {

    @Param({"HELLO", "HELLO_ACK", "PREPARE_HANDOFF", "DRAINED", "SEAL_REQUEST", "SEAL_PROGRESS", "SEAL_COMPLETE",
        "SEAL_FAILED", "BEGIN", "READY", "COMMIT", "ABORT", "RESUME_AFTER_ABORT", "HEARTBEAT"})
    private MessageKind kind;

    private final FrameEncoder encoder = new FrameEncoder();
    private final FrameDecoder decoder = new FrameDecoder();
    private final UnsafeBuffer encoded = new UnsafeBuffer(new byte[1024]);
    private UnsafeBuffer frame;
    private Message message;

    @Setup
    public void prepare() {
        message = SampleMessages.of(kind);
        frame = new UnsafeBuffer(encoder.encode(message));
    }

    @Benchmark
    public int encode() {
        return encoder.encode(message, encoded, 0);
    }

    @Benchmark
    public Decoded decode() {
        return decoder.decode(frame, 0, frame.capacity());
    }
}
