package dev.handoff.participant;

import java.io.EOFException;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

import dev.handoff.participant.TransferLayout.Header;
import dev.handoff.posix.Descriptors;
import dev.handoff.posix.Errno;
import dev.handoff.posix.Sockets;

/**
 * One end of the stream on which connections go from incumbent to successor. Blocking; {@link #end} from any thread makes
 * whoever waits here go on. Else one thread at a time.
 */
final class TransferChannel implements AutoCloseable {

    /** The most bytes that follow one header: one connection's state and name, or many small ones. */
    static final int LONGEST_BYTES = CarriedConnection.LONGEST_STATE_BYTES + (1 << 17);

    private static final int BUFFER_BYTES = 64 * 1024;
    // Descriptors in flight count against a limit of the whole user (unix(7), ETOOMANYREFS): others' may leave it soon.
    private static final int FULL_RETRIES = 2_000;
    private static final long FULL_RETRY_NS = TimeUnit.MILLISECONDS.toNanos(1);

    private final int fd;
    private final Arena arena = Arena.ofShared();
    private final MemorySegment buffer = arena.allocate(BUFFER_BYTES);
    private final MemorySegment header = arena.allocate(TransferLayout.HEADER_BYTES);
    private boolean closed;

    /** Owns {@code fd} from now on. */
    TransferChannel(int fd) {
        this.fd = fd;
    }

    /** How long a receive may wait; 0 without limit. */
    void receiveWithinMs(long timeoutMs) {
        Sockets.setReceiveTimeoutMs(fd, timeoutMs);
    }

    /** Writes a message, with duplicates of {@code fds} beside its header. */
    void send(int kind, int count, int room, byte[] payload, int... fds) throws IOException {
        byte[] bytes = new Header(kind, count, payload.length, room).bytes();
        int retries = 0;
        int sent = Sockets.sendDescriptors(fd, bytes, fds);
        while (sent == -Errno.EINTR || (sent == -Errno.ETOOMANYREFS && retries++ < FULL_RETRIES)) {
            LockSupport.parkNanos(FULL_RETRY_NS);
            sent = Sockets.sendDescriptors(fd, bytes, fds);
        }
        if (sent != bytes.length) {
            throw failed("send", sent);
        }
        int at = 0;
        while (at < payload.length) {
            int length = Math.min(BUFFER_BYTES, payload.length - at);
            MemorySegment.copy(payload, at, buffer, ValueLayout.JAVA_BYTE, 0, length);
            int written = Sockets.send(fd, buffer, 0, length, 0);
            if (written == 0 || (written < 0 && written != -Errno.EINTR)) {
                throw failed("send", written);
            }
            at += Math.max(written, 0);
        }
    }

    /** A message that has arrived. */
    record Arrived(Header header, int descriptors) {}

    /**
     * The next header, with the descriptors beside it in {@code fds}: fewer than it says where the kernel found no room for more.
     *
     * @throws EOFException if the other end is gone
     */
    Arrived receive(int[] fds) throws IOException {
        Sockets.Received received = Sockets.receiveDescriptors(fd, header, fds);
        while (received.length() == -Errno.EINTR) {
            received = Sockets.receiveDescriptors(fd, header, fds);
        }
        if (received.length() <= 0) {
            throw failed("receive", received.length());
        }
        fill(header, received.length(), TransferLayout.HEADER_BYTES - received.length());
        Header head = Header.of(header.toArray(ValueLayout.JAVA_BYTE));
        if (head.length() < 0 || head.length() > LONGEST_BYTES) {
            throw new IOException("a message of " + head.length() + " bytes is none of ours");
        }
        return new Arrived(head, received.count());
    }

    /** As above, for a message that must be of this kind and brings no descriptors. */
    Header expect(int kind) throws IOException {
        Header head = receive(new int[0]).header();
        if (head.kind() != kind) {
            throw new IOException("a message of kind " + Integer.toHexString(head.kind()) + " came for "
                    + Integer.toHexString(kind));
        }
        return head;
    }

    /** The bytes that follow a header. */
    byte[] payload(Header head) throws IOException {
        byte[] bytes = new byte[head.length()];
        int at = 0;
        while (at < bytes.length) {
            int length = Math.min(BUFFER_BYTES, bytes.length - at);
            fill(buffer, 0, length);
            MemorySegment.copy(buffer, ValueLayout.JAVA_BYTE, 0, bytes, at, length);
            at += length;
        }
        return bytes;
    }

    private void fill(MemorySegment into, int from, int length) throws IOException {
        int at = from;
        while (at < from + length) {
            int received = Sockets.recv(fd, into, at, from + length - at, 0);
            if (received == 0 || (received < 0 && received != -Errno.EINTR)) {
                throw failed("receive", received);
            }
            at += Math.max(received, 0);
        }
    }

    private static IOException failed(String what, int result) {
        return result == 0 || result == -Errno.ECONNRESET || result == -Errno.EPIPE
                ? new EOFException("the other end is gone")
                : new IOException("cannot " + what + ": " + Errno.message(result));
    }

    /** Ends the stream for both ends, and with it every wait here; the descriptor stays until {@link #close}. Any thread. */
    synchronized void end() {
        if (!closed) {
            Sockets.shutdown(fd, Sockets.SHUT_RDWR);
        }
    }

    /** When nobody waits here any more. Safe to repeat. */
    @Override
    public synchronized void close() {
        if (!closed) {
            closed = true;
            Descriptors.close(fd);
            arena.close();
        }
    }
}
