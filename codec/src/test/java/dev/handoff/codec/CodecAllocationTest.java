package dev.handoff.codec;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.management.ManagementFactory;
import java.util.Collections;
import java.util.HexFormat;
import java.util.List;
import java.util.stream.LongStream;

import com.sun.management.ThreadMXBean;
import org.agrona.concurrent.UnsafeBuffer;
import org.junit.jupiter.api.Test;

/** The hot path allocates nothing, and no peer can make the cold one allocate for bytes it has not sent. */
class CodecAllocationTest {

    // Enough for the JIT's second tier, so that its own bookkeeping is over when the measurement starts.
    private static final int WARM_UP = 20_000;
    private static final int MEASURED = 5_000;
    private static final int ROUNDS = 8;

    private static final ThreadMXBean THREADS = (ThreadMXBean) ManagementFactory.getThreadMXBean();

    private final UnsafeBuffer buffer = new UnsafeBuffer(new byte[4096]);
    private long sink;

    @Test
    void theMeasurementSeesAnAllocation() {
        assertTrue(allocatedBytesOf(() -> sink += new long[3].length + System.identityHashCode(new Object())) > 0);
    }

    @Test
    void heartbeatAllocatesNothing() {
        HeartbeatFlyweight heartbeat = new HeartbeatFlyweight();
        assertEquals(0, allocatedBytesOf(() -> {
            int length = heartbeat.tsMs(1_795_329_600_123L + sink).encode(buffer, 0);
            sink += heartbeat.decode(buffer, 0, length) + heartbeat.tsMs();
        }));
    }

    @Test
    void helloAllocatesNothing() {
        HelloFlyweight hello = new HelloFlyweight();
        byte[] buildId = new byte[20];
        assertEquals(0, allocatedBytesOf(() -> {
            int length = hello.role(Side.SUCCESSOR).pid(4242).buildId(buildId, buildId.length).protoRange(1, 1)
                    .capabilities(Capabilities.HEARTBEATS).encode(buffer, 0);
            sink += hello.decode(buffer, 0, length) + hello.pid() + hello.buildIdByteAt(3);
        }));
    }

    @Test
    void sealProgressAllocatesNothing() {
        SealProgressFlyweight progress = new SealProgressFlyweight();
        assertEquals(0, allocatedBytesOf(() -> {
            int length = progress.set(3, 16, 1L << 40).encode(buffer, 0);
            sink += progress.decode(buffer, 0, length) + progress.lastRevision();
        }));
    }

    @Test
    void sealCompleteAllocatesNothing() {
        SealCompleteFlyweight complete = new SealCompleteFlyweight();
        long[] revisions = LongStream.range(0, 200).map(i -> i << 40).toArray();
        byte[] fingerprint = new byte[Fingerprint.BYTES];
        assertEquals(0, allocatedBytesOf(() -> {
            int length = complete.handoffId(1, 2).lastRevisions(revisions, revisions.length).fingerprint(fingerprint)
                    .encode(buffer, 0);
            sink += complete.decode(buffer, 0, length) + complete.lastRevision(199);
        }));
    }

    @Test
    void askingForLengthAndKindAllocatesNothing() {
        int length = new FrameEncoder().encode(new Message.Begin(new HandoffId(1, 2)), buffer, 0);
        assertEquals(0, allocatedBytesOf(() -> sink += FrameDecoder.frameLength(buffer, 0, length)
                + FrameDecoder.peekKind(buffer, 0, length)));
    }

    @Test
    void refusingAFrameOnTheHotPathAllocatesNothing() {
        byte[] bad = HexFormat.of().parseHex("0d00000001000d80808080808080808002");
        buffer.putBytes(0, bad);
        HeartbeatFlyweight heartbeat = new HeartbeatFlyweight();
        assertEquals(0, allocatedBytesOf(() -> sink += heartbeat.decode(buffer, 0, bad.length)));
    }

    /** Counts and lengths up to 2^64-1 in frames of some 30 bytes. */
    @Test
    void aHugeLengthCostsNothing() {
        for (String hex : List.of(
                "ffffffff0100", // the frame's own length
                "0d0000000100000001ffffffff0f010203", // Hello's build id
                "1e0000000100061011111111111111111111111111111111ffffffffffffffffff01", // SealComplete's revisions
                "190000000100091011111111111111111111111111111111ffffffff0f00", // Ready's addresses
                "1e00000001000b1011111111111111111111111111111111ffffffffffffffffff01")) { // Abort's reason
            byte[] stream = HexFormat.of().parseHex(hex);
            UnsafeBuffer input = new UnsafeBuffer(stream);
            FrameDecoder decoder = new FrameDecoder();
            assertInstanceOf(Decoded.Malformed.class, decoder.decodeAtEndOfStream(input, 0, stream.length), hex);
            long before = THREADS.getCurrentThreadAllocatedBytes();
            decoder.decodeAtEndOfStream(input, 0, stream.length);
            long allocated = THREADS.getCurrentThreadAllocatedBytes() - before;
            assertTrue(allocated < 4096, hex + " allocated " + allocated + " bytes");
        }
    }

    /** A megabyte of empty strings is the dearest thing a peer can send for its bytes. */
    @Test
    void aFrameCostsAtMostASmallMultipleOfItsSize() {
        int addresses = 1_000_000;
        Message ready = new Message.Ready(new HandoffId(1, 2), Collections.nCopies(addresses, ""), true,
                ShardRevisions.EMPTY);
        byte[] frame = new FrameEncoder().encode(ready);
        FrameDecoder decoder = new FrameDecoder();
        long before = THREADS.getCurrentThreadAllocatedBytes();
        assertInstanceOf(Decoded.Frame.class, decoder.decode(new UnsafeBuffer(frame), 0, frame.length));
        long allocated = THREADS.getCurrentThreadAllocatedBytes() - before;
        assertTrue(allocated < 32L * frame.length, "allocated " + allocated + " bytes for " + frame.length);
    }

    /**
     * The least of several rounds: what the action allocates is there in each of them, what the JVM allocates on this thread
     * once and for itself (a deoptimisation, a late link) is not.
     */
    private static long allocatedBytesOf(Runnable action) {
        for (int i = 0; i < WARM_UP; i++) {
            action.run();
        }
        long least = Long.MAX_VALUE;
        for (int round = 0; round < ROUNDS; round++) {
            long before = THREADS.getCurrentThreadAllocatedBytes();
            for (int i = 0; i < MEASURED; i++) {
                action.run();
            }
            least = Math.min(least, THREADS.getCurrentThreadAllocatedBytes() - before);
        }
        return least;
    }
}
