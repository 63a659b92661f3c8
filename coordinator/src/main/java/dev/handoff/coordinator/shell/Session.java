package dev.handoff.coordinator.shell;

import java.util.ArrayDeque;

import dev.handoff.codec.Side;
import org.agrona.ExpandableArrayBuffer;

/**
 * One connection to a participant: the descriptor and what lies between the socket and the core. Loop thread only.
 *
 * <p>
 * Invariant: what was taken from the socket is in the journal.
 */
final class Session {

    /** While a worker connects: there is no descriptor yet. */
    static final int NO_DESCRIPTOR = -1;

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

    Session(int service, long number, Side side, int fd) {
        this.service = service;
        this.number = number;
        this.side = side;
        this.fd = fd;
    }

    /** A session's key in epoll and in the loop's table: session numbers are counted per service. */
    static long token(int service, long number) {
        return ((long) service << 32) | number;
    }

    long token() {
        return token(service, number);
    }

    int service() {
        return service;
    }

    long number() {
        return number;
    }

    Side side() {
        return side;
    }

    int fd() {
        return fd;
    }

    void connected(int descriptor) {
        fd = descriptor;
    }

    /** Bytes taken from the stream so far. */
    long streamOffset() {
        return streamOffset;
    }

    void consumed(int bytes) {
        streamOffset += bytes;
    }

    /** The taken fragments of a large frame that is not whole yet. */
    ExpandableArrayBuffer partial() {
        return partial;
    }

    int partialLength() {
        return partialLength;
    }

    void partialLength(int length) {
        partialLength = length;
    }

    /** Frames that found the peer's buffer full, in order. */
    ArrayDeque<byte[]> unwritten() {
        return unwritten;
    }

    /** Whether the core no longer wants it; a worker that still connects gives up. Any thread. */
    boolean abandoned() {
        return abandoned;
    }

    void abandon() {
        abandoned = true;
    }

    /** Whether its end was told to the core already. */
    boolean ended() {
        return ended;
    }

    void markEnded() {
        ended = true;
    }
}
