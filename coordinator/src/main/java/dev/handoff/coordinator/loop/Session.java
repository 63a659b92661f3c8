package dev.handoff.coordinator.loop;

import java.util.ArrayDeque;

import dev.handoff.codec.Side;
import org.agrona.ExpandableArrayBuffer;

/**
 * One connection to a participant: the descriptor and what lies between the socket and the core. Loop thread only.
 *
 * <p>
 * Invariant: what was taken from the socket is in the journal.
 */
public final class Session {

    /** While a worker connects: there is no descriptor yet. */
    public static final int NO_DESCRIPTOR = -1;

    private final int service;
    private final long number;
    private final Side side;
    private int fd;
    private long streamOffset;
    private final ExpandableArrayBuffer partial = new ExpandableArrayBuffer(0);
    private int partialLength;
    private final ArrayDeque<byte[]> unwritten = new ArrayDeque<>(0);
    private boolean ended;
    private volatile boolean abandoned;

    public Session(int service, long number, Side side, int fd) {
        this.service = service;
        this.number = number;
        this.side = side;
        this.fd = fd;
    }

    /** A session's key in epoll and in the loop's table: session numbers are counted per service. */
    public static long token(int service, long number) {
        return ((long) service << 32) | number;
    }

    public long token() {
        return token(service, number);
    }

    public int service() {
        return service;
    }

    public long number() {
        return number;
    }

    public Side side() {
        return side;
    }

    public int fd() {
        return fd;
    }

    public void connected(int descriptor) {
        fd = descriptor;
    }

    /** Bytes taken from the stream so far. */
    public long streamOffset() {
        return streamOffset;
    }

    public void consumed(int bytes) {
        streamOffset += bytes;
    }

    /** Goes on where an earlier coordinator's reading had come to. */
    void goOnAt(long offset, ExpandableArrayBuffer parts, int partsLength) {
        streamOffset = offset;
        partial.putBytes(0, parts, 0, partsLength);
        partialLength = partsLength;
    }

    /** The taken fragments of a large frame that is not whole yet. */
    public ExpandableArrayBuffer partial() {
        return partial;
    }

    public int partialLength() {
        return partialLength;
    }

    public void partialLength(int length) {
        partialLength = length;
    }

    /** Frames that found the peer's buffer full, in order. */
    public ArrayDeque<byte[]> unwritten() {
        return unwritten;
    }

    /** Whether the core no longer wants it; a worker that still connects gives up. Any thread. */
    public boolean abandoned() {
        return abandoned;
    }

    public void abandon() {
        abandoned = true;
    }

    /** Whether its end was told to the core already. */
    public boolean ended() {
        return ended;
    }

    public void markEnded() {
        ended = true;
    }
}
