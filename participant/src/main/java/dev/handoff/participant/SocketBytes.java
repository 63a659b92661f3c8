package dev.handoff.participant;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;

import dev.handoff.posix.Descriptors;
import dev.handoff.posix.Errno;
import dev.handoff.posix.Sockets;

/**
 * A connected socket whose descriptor this owns, read and written without ever waiting, whatever its O_NONBLOCK flag. Owned by
 * the thread that makes it.
 */
final class SocketBytes implements AutoCloseable {

    private static final int BUFFER_BYTES = 16 * 1024;

    private final int fd;
    private final Arena arena = Arena.ofConfined();
    private final MemorySegment buffer = arena.allocate(BUFFER_BYTES);
    private boolean closed;

    SocketBytes(int fd) {
        this.fd = fd;
    }

    int fd() {
        return fd;
    }

    /**
     * What lies ready, up to a buffer.
     *
     * @return a view that the next call here overwrites: empty for nothing yet, or null at the end of the stream, which a
     *         reset is too
     */
    ByteBuffer read() {
        int received;
        do {
            received = Sockets.recv(fd, buffer, 0, BUFFER_BYTES, Sockets.MSG_DONTWAIT);
        } while (received == -Errno.EINTR);
        if (received == -Errno.EAGAIN) {
            return ByteBuffer.allocate(0);
        }
        return received <= 0 ? null : buffer.asSlice(0, received).asByteBuffer();
    }

    /** Writes what the kernel takes of {@code bytes}: so many bytes, 0 for none now, or the negative errno. */
    int write(ByteBuffer bytes) {
        int length = Math.min(bytes.remaining(), BUFFER_BYTES);
        buffer.asSlice(0, length).asByteBuffer().put(bytes.slice(bytes.position(), length));
        int sent;
        do {
            sent = Sockets.send(fd, buffer, 0, length, Sockets.MSG_DONTWAIT);
        } while (sent == -Errno.EINTR);
        return sent == -Errno.EAGAIN ? 0 : sent;
    }

    /** Closes the descriptor. Safe to repeat. */
    @Override
    public void close() {
        if (!closed) {
            closed = true;
            Descriptors.close(fd);
            arena.close();
        }
    }

    /** Reads away what is unread, then closes: a Unix stream closed over unread bytes resets its peer (unix(7)). */
    void closeAfterReading() {
        if (!closed) {
            ByteBuffer left = read();
            while (left != null && left.hasRemaining()) {
                left = read();
            }
            close();
        }
    }
}
