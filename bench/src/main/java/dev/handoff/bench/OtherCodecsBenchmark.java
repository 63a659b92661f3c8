package dev.handoff.bench;

import java.io.IOException;
import java.util.concurrent.TimeUnit;

import dev.handoff.codec.MessageKind;
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

/** What other formats take for the same messages; see {@link OtherCodec} for how each was set up. */
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(1)
@State(Scope.Thread)
public class OtherCodecsBenchmark {

    @Param({"HEARTBEAT", "HELLO", "SEAL_COMPLETE"})
    private MessageKind kind;

    @Param({"CBOR", "PROTOBUF", "SBE"})
    private OtherCodec codec;

    private FieldValues written;
    private final FieldValues read = new FieldValues();
    private OtherCodec.Coder coder;

    @Setup
    public void prepare() throws IOException {
        written = FieldValues.of(SampleMessages.of(kind));
        coder = codec.coder();
        int _ = coder.encode(kind, written);
        coder.decode(kind, read);
        if (!read.sameAs(written)) {
            throw new IllegalStateException(codec + " does not read what it wrote");
        }
    }

    @Benchmark
    public int encode() throws IOException {
        return coder.encode(kind, written);
    }

    @Benchmark
    public Object decode() throws IOException {
        coder.decode(kind, read);
        return read;
    }
}
