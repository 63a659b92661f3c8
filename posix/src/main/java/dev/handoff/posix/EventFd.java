package dev.handoff.posix;

import java.io.IOException;
import java.lang.foreign.ValueLayout;

/**
 * A wake-up that epoll can wait for (eventfd(2)): any thread {@link #signal}s, one thread waits for it to be readable and
 * {@link #drain}s it. Neither allocates.
 */
public final class EventFd implements AutoCloseable {

    private static final int EFD_CLOEXEC = 0x80000;
    private static final int EFD_NONBLOCK = 0x800;

    private final int fd;
    private boolean closed;

    private EventFd(int fd) {
        this.fd = fd;
    }

    /**
     * A new one without signals.
     *
     * @throws IOException
     *             when the process or the machine has no descriptor left
     */
    public static EventFd open() throws IOException {
        int fd = Libc.eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
        if (fd < 0) {
            throw new IOException("cannot create an eventfd: " + Errno.message(fd));
        }
        return new EventFd(fd);
    }

    /** The descriptor, readable while there are signals. */
    public int fd() {
        return fd;
    }

    /** Adds one signal; 0, or the negative errno ({@code -EAGAIN} only at 2^64-2 undrained signals). */
    public int signal() {
        Libc.Scratch scratch = Libc.scratch();
        scratch.words.set(ValueLayout.JAVA_LONG, 0, 1);
        int result = Libc.write(fd, scratch.address, Long.BYTES);
        return Math.min(result, 0);
    }

    /** Takes all signals: how many there were, 0 for none, or the negative errno. Never waits. */
    public long drain() {
        Libc.Scratch scratch = Libc.scratch();
        int result = Libc.read(fd, scratch.address, Long.BYTES);
        if (result < 0) {
            return result == -Errno.EAGAIN ? 0 : result;
        }
        return scratch.words.get(ValueLayout.JAVA_LONG, 0);
    }

    /** Safe to repeat. */
    @Override
    public synchronized void close() {
        if (!closed) {
            closed = true;
            Descriptors.close(fd);
        }
    }
}
