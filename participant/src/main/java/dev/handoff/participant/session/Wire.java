package dev.handoff.participant.session;

import java.nio.ByteBuffer;
import java.util.Arrays;

import dev.handoff.codec.Decoded;
import dev.handoff.codec.FrameDecoder;
import dev.handoff.codec.FrameEncoder;
import dev.handoff.codec.Message;
import org.agrona.concurrent.UnsafeBuffer;

/**
 * The bytes of one connection: what has arrived and is no whole frame yet, and what waits to be written. Owned by one thread.
 *
 * <p>
 * Invariant: what is kept of the input is at most one frame that is not whole, plus the piece that arrived last.
 */
final class Wire {

    private static final int INITIAL_BYTES = 512;

    private final FrameDecoder decoder = new FrameDecoder();
    private final FrameEncoder encoder = new FrameEncoder();

    private byte[] inbound = new byte[INITIAL_BYTES];
    private int inboundLength;
    private byte[] outbound = new byte[INITIAL_BYTES];
    private int outboundStart;
    private int outboundEnd;
    private long progressMs;
    // The output is one frame that might as well not have been sent, and nobody need take it in time.
    private boolean onlyDroppable;

    /** Takes all that is in {@code bytes}. */
    void arrived(ByteBuffer bytes) {
        int length = bytes.remaining();
        inbound = grown(inbound, inboundLength + length);
        bytes.get(inbound, inboundLength, length);
        inboundLength += length;
    }

    /** The next whole frame, which is consumed, or why there is none. */
    Decoded next() {
        Decoded decoded = decoder.decode(new UnsafeBuffer(inbound), 0, inboundLength);
        if (decoded instanceof Decoded.Frame frame) {
            inboundLength -= frame.consumed();
            System.arraycopy(inbound, frame.consumed(), inbound, 0, inboundLength);
        }
        return decoded;
    }

    /** Appends a frame to the output. A heartbeat or a seal's progress is dropped where other output still waits. */
    void send(Message message, long nowMs) {
        boolean idle = outboundStart == outboundEnd;
        boolean mayBeDropped = message instanceof Message.Heartbeat || message instanceof Message.SealProgress;
        if (mayBeDropped && !idle) {
            return;
        }
        if (idle) {
            outboundStart = 0;
            outboundEnd = 0;
            progressMs = nowMs;
        }
        if (onlyDroppable && !mayBeDropped && !idle) {
            progressMs = nowMs;
        }
        onlyDroppable = mayBeDropped;
        byte[] frame = encoder.encode(message);
        outbound = grown(outbound, outboundEnd + frame.length);
        System.arraycopy(frame, 0, outbound, outboundEnd, frame.length);
        outboundEnd += frame.length;
    }

    /** What waits to be written, read-only; valid until the next call here. */
    ByteBuffer outgoing() {
        return ByteBuffer.wrap(outbound, outboundStart, outboundEnd - outboundStart).asReadOnlyBuffer();
    }

    boolean flushed() {
        return outboundStart == outboundEnd;
    }

    /** The kernel took this many bytes of {@link #outgoing}. */
    void wrote(int bytes, long nowMs) {
        if (bytes < 0 || bytes > outboundEnd - outboundStart) {
            throw new IllegalArgumentException(bytes + " bytes cannot have been written of the "
                    + (outboundEnd - outboundStart) + " that wait");
        }
        outboundStart += bytes;
        if (bytes > 0) {
            progressMs = nowMs;
        }
    }

    /**
     * When the output that waits counts as stalled; {@link SessionTimes#NEVER} while none waits, or only a heartbeat: a
     * supervisor that reads nothing for a while has not failed for that.
     */
    long stalledAtMs() {
        return flushed() || onlyDroppable ? SessionTimes.NEVER : progressMs + SessionTimes.WRITE_STALL_MS;
    }

    /** The connection is closed: nothing goes out or comes in any more. */
    void drop() {
        inboundLength = 0;
        outboundStart = 0;
        outboundEnd = 0;
    }

    private static byte[] grown(byte[] bytes, int needed) {
        return needed <= bytes.length ? bytes : Arrays.copyOf(bytes, Math.max(needed, bytes.length * 2));
    }
}
