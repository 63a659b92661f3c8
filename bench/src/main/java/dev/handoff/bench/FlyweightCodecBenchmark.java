package dev.handoff.bench;

import java.util.concurrent.TimeUnit;

import dev.handoff.codec.FrameDecoder;
import dev.handoff.codec.FrameEncoder;
import dev.handoff.codec.FrameFlyweight;
import dev.handoff.codec.HeartbeatFlyweight;
import dev.handoff.codec.HelloFlyweight;
import dev.handoff.codec.Message;
import dev.handoff.codec.MessageKind;
import dev.handoff.codec.SealCompleteFlyweight;
import dev.handoff.codec.SealProgressFlyweight;
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

/**
 * The hot path's codec: encode and decode into reused objects, in the shape that the loop uses it. Run with
 * {@code -prof gc} to see that nothing is allocated.
 */
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(1)
@State(Scope.Thread)
public class FlyweightCodecBenchmark {

    @Param({"HEARTBEAT", "HELLO", "SEAL_PROGRESS", "SEAL_COMPLETE"})
    private MessageKind kind;

    private final UnsafeBuffer encoded = new UnsafeBuffer(new byte[1024]);
    private UnsafeBuffer frame;
    private FrameFlyweight flyweight;

    @Setup
    public void prepare() {
        Message message = SampleMessages.of(kind);
        frame = new UnsafeBuffer(new FrameEncoder().encode(message));
        flyweight = flyweightOf(kind);
        if (flyweight.decode(frame, 0, frame.capacity()) != frame.capacity()
                || !flyweight.toMessage().equals(message)) {
            throw new IllegalStateException("the flyweight does not read what the encoder wrote");
        }
        // As in a coordinator, where the record codec has used every flyweight: no call site knows just one.
        FrameDecoder decoder = new FrameDecoder();
        for (MessageKind other : MessageKind.values()) {
            UnsafeBuffer otherFrame = new UnsafeBuffer(new FrameEncoder().encode(SampleMessages.of(other)));
            for (int i = 0; i < 20_000; i++) {
                decoder.decode(otherFrame, 0, otherFrame.capacity());
            }
        }
    }

    @Benchmark
    public int encode() {
        return flyweight.encode(encoded, 0);
    }

    @Benchmark
    public int decode() {
        return flyweight.decode(frame, 0, frame.capacity());
    }

    @Benchmark
    public int peekKind() {
        return FrameDecoder.peekKind(frame, 0, frame.capacity());
    }

    private static FrameFlyweight flyweightOf(MessageKind kind) {
        return switch (kind) {
            case HEARTBEAT -> new HeartbeatFlyweight();
            case HELLO -> new HelloFlyweight();
            case SEAL_PROGRESS -> new SealProgressFlyweight();
            case SEAL_COMPLETE -> new SealCompleteFlyweight();
            case HELLO_ACK, PREPARE_HANDOFF, DRAINED, SEAL_REQUEST, SEAL_FAILED, BEGIN, READY, COMMIT, ABORT,
                    RESUME_AFTER_ABORT ->
                throw new IllegalArgumentException("no flyweight for " + kind.wireName());
        };
    }
}
