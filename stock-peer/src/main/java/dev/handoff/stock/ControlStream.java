package dev.handoff.stock;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.concurrent.TimeUnit;

import dev.handoff.posix.Descriptors;
import dev.handoff.posix.Errno;
import dev.handoff.posix.Sockets;

/** One control connection as a stock peer uses it: blocking, whole writes that give up after 10 s without progress. */
final class ControlStream implements AutoCloseable {

    /** {@link #read} when the time is over. */
    static final int TIMED_OUT = -1;
    /** {@link #read} when the stream has ended or was reset. */
    static final int ENDED = 0;

    private static final int CAPACITY = 64 * 1024;
    private static final long WRITE_TIMEOUT_MS = 10_000;

    private final int fd;
    private final MemorySegment memory = Arena.ofAuto().allocate(CAPACITY);
    private final byte[] bytes = new byte[CAPACITY];
    private boolean closed;

    ControlStream(int fd) {
        this.fd = fd;
        Sockets.setSendTimeoutMs(fd, WRITE_TIMEOUT_MS);
        Descriptors.setCloseOnExec(fd, true);
    }

    /** What the last {@link #read} got, from index 0 on. */
    byte[] bytes() {
        return bytes;
    }

    /**
     * Waits until there is something, and takes at most {@code wanted} bytes of it.
     *
     * @param timeoutMs
     *            -1 for no limit
     * @return how many, {@link #ENDED} or {@link #TIMED_OUT}
     */
    int read(int wanted, int timeoutMs) {
        int ready;
        do {
            ready = Sockets.poll(fd, Sockets.POLLIN, timeoutMs);
        } while (ready == -Errno.EINTR);
        if (ready == 0) {
            return TIMED_OUT;
        }
        int count;
        do {
            count = Sockets.recv(fd, memory, 0, Math.min(wanted, CAPACITY), 0);
        } while (count == -Errno.EINTR);
        if (count <= 0) {
            return ENDED;
        }
        MemorySegment.copy(memory, ValueLayout.JAVA_BYTE, 0, bytes, 0, count);
        return count;
    }

    /** Writes all of {@code frame}; false when the peer is gone or took nothing for 10 s. */
    boolean write(byte[] frame) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment copy = arena.allocate(frame.length);
            MemorySegment.copy(frame, 0, copy, ValueLayout.JAVA_BYTE, 0, frame.length);
            int sent = 0;
            while (sent < frame.length) {
                int count = Sockets.send(fd, copy, sent, frame.length - sent, 0);
                if (count < 0 && count != -Errno.EINTR) {
                    return false;
                }
                sent += Math.max(count, 0);
            }
            return true;
        }
    }

    /** Milliseconds until {@code deadlineNs}, rounded up, as {@link #read} takes them. */
    static int timeoutMs(long deadlineNs, long nowNs) {
        if (deadlineNs == StockIncumbentSession.NO_DEADLINE) {
            return -1;
        }
        long leftNs = Math.max(0, deadlineNs - nowNs);
        return (int) Math.min(Integer.MAX_VALUE, TimeUnit.NANOSECONDS.toMillis(leftNs + 999_999));
    }

    @Override
    public void close() {
        if (!closed) {
            closed = true;
            Descriptors.close(fd);
        }
    }
}
