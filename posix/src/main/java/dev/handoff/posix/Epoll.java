package dev.handoff.posix;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/**
 * An epoll instance (epoll(7)) with room for a fixed number of events a turn. {@link #add}, {@link #modify} and
 * {@link #remove} may be called by any thread, {@link #await} and what reads its events by one. Waiting and reading
 * allocate nothing.
 */
public final class Epoll implements AutoCloseable {

    public static final int EPOLLIN = 0x1;
    public static final int EPOLLPRI = 0x2;
    public static final int EPOLLOUT = 0x4;
    public static final int EPOLLERR = 0x8;
    public static final int EPOLLHUP = 0x10;
    public static final int EPOLLRDHUP = 0x2000;
    public static final int EPOLLONESHOT = 1 << 30;
    public static final int EPOLLET = 1 << 31;

    private static final int EPOLL_CLOEXEC = 0x80000;
    private static final int CTL_ADD = 1;
    private static final int CTL_DEL = 2;
    private static final int CTL_MOD = 3;

    // struct epoll_event is packed on x86-64 only (sys/epoll.h: __EPOLL_PACKED).
    private static final int TOKEN_OFFSET = Libc.X86_64 ? 4 : 8;
    private static final int EVENT_BYTES = Libc.X86_64 ? 12 : 16;

    private final int fd;
    private final int capacity;
    private final MemorySegment events;
    private boolean closed;

    private Epoll(int fd, int capacity) {
        this.fd = fd;
        this.capacity = capacity;
        this.events = Arena.ofAuto().allocate((long) EVENT_BYTES * capacity, 8);
    }

    /**
     * A new instance that watches nothing.
     *
     * @param capacity
     *            the most events one {@link #await} reports; the rest is reported by the next
     * @throws IOException
     *             when the process or the machine has no descriptor left
     */
    public static Epoll open(int capacity) throws IOException {
        int fd = Libc.epollCreate(EPOLL_CLOEXEC);
        if (fd < 0) {
            throw new IOException("cannot create an epoll instance: " + Errno.message(fd));
        }
        return new Epoll(fd, capacity);
    }

    /** The instance's own descriptor, pollable. */
    public int fd() {
        return fd;
    }

    /** Watches {@code watched}; {@code token} comes back with its events. {@code -EEXIST} when it is watched already. */
    public int add(int watched, int eventMask, long token) {
        return control(CTL_ADD, watched, eventMask, token);
    }

    /** Changes mask and token; an edge-triggered descriptor that is ready is reported anew. */
    public int modify(int watched, int eventMask, long token) {
        return control(CTL_MOD, watched, eventMask, token);
    }

    /** Watches it no longer. Needed before close when a duplicate lives on: epoll watches the open file, not the number. */
    public int remove(int watched) {
        return control(CTL_DEL, watched, 0, 0);
    }

    /**
     * Waits for events.
     *
     * @param timeoutMs
     *            0 only looks, -1 waits without limit
     * @return how many there are, 0 when the time is over, or the negative errno ({@code -EINTR} after a signal)
     */
    public int await(int timeoutMs) {
        return Libc.epollWait(fd, events.address(), capacity, timeoutMs);
    }

    /** The token of the {@code index}-th event of the last {@link #await}. */
    public long token(int index) {
        return events.get(ValueLayout.JAVA_LONG_UNALIGNED, (long) index * EVENT_BYTES + TOKEN_OFFSET);
    }

    /** The mask of the {@code index}-th event of the last {@link #await}. */
    public int events(int index) {
        return events.get(ValueLayout.JAVA_INT_UNALIGNED, (long) index * EVENT_BYTES);
    }

    /** Closes the instance, not what it watches. A thread that is waiting is not woken by this. Safe to repeat. */
    @Override
    public synchronized void close() {
        if (!closed) {
            closed = true;
            Descriptors.close(fd);
        }
    }

    private int control(int operation, int watched, int eventMask, long token) {
        Libc.Scratch scratch = Libc.scratch();
        scratch.words.set(ValueLayout.JAVA_INT_UNALIGNED, 0, eventMask);
        scratch.words.set(ValueLayout.JAVA_LONG_UNALIGNED, TOKEN_OFFSET, token);
        return Libc.epollCtl(fd, operation, watched, scratch.address);
    }
}
