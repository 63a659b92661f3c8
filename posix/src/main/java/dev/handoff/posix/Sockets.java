package dev.handoff.posix;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/**
 * What is done with a socket, whatever its family. Descriptors are plain numbers; results follow the package's
 * convention ({@code >= 0} or the negative errno). Any thread; memory passed in must be native and outlive the call.
 */
public final class Sockets {

    /** Look, but leave the bytes queued (recv(2)). */
    public static final int MSG_PEEK = 0x2;
    /** Return a datagram's real length even when the buffer is shorter (recv(2)). */
    public static final int MSG_TRUNC = 0x20;
    /** Answer {@code -EAGAIN} where the call would block (recv(2), send(2)). */
    public static final int MSG_DONTWAIT = 0x40;
    /** Wait until the whole buffer is filled, the stream ends or an error occurs (recv(2)). */
    public static final int MSG_WAITALL = 0x100;

    public static final int SHUT_RD = 0;
    public static final int SHUT_WR = 1;
    public static final int SHUT_RDWR = 2;

    public static final int POLLIN = 0x1;
    public static final int POLLOUT = 0x4;
    public static final int POLLERR = 0x8;
    public static final int POLLHUP = 0x10;
    public static final int POLLNVAL = 0x20;
    public static final int POLLRDHUP = 0x2000;

    /** The kernel passes at most this many descriptors with one message (SCM_MAX_FD, unix(7)). */
    public static final int MAX_DESCRIPTORS = 253;

    public static final int AF_UNIX = 1;
    public static final int AF_INET = 2;
    public static final int AF_INET6 = 10;
    public static final int SOCK_STREAM = 1;
    public static final int SOCK_DGRAM = 2;
    static final int SOCK_CLOEXEC = 0x80000;
    static final int SOL_SOCKET = 1;
    static final int SO_REUSEADDR = 2;
    static final int SO_PASSCRED = 16;
    static final int SO_PEERCRED = 17;

    private static final int MSG_NOSIGNAL = 0x4000;
    private static final int MSG_CMSG_CLOEXEC = 0x40000000;
    private static final int MSG_CTRUNC = 0x8;
    private static final int SO_TYPE = 3;
    private static final int SO_RCVTIMEO = 20;
    private static final int SO_SNDTIMEO = 21;
    private static final int SO_ACCEPTCONN = 30;
    private static final int SO_DOMAIN = 39;
    private static final int SCM_RIGHTS = 1;
    private static final int SCM_CREDENTIALS = 2;
    private static final long FIONREAD = 0x541B;
    private static final long SIOCOUTQ = 0x5411;
    private static final int O_NONBLOCK = 0x800;
    private static final int F_GETFL = 3;
    private static final int F_SETFL = 4;

    private static final int POLLFD_FD = 0;
    private static final int POLLFD_EVENTS = 4;
    private static final int POLLFD_REVENTS = 6;

    private Sockets() {}

    /**
     * recv(2) into {@code length} bytes of {@code buffer} at {@code offset}.
     *
     * @return the bytes received, 0 at the end of the stream, or the negative errno. Allocates nothing.
     */
    public static int recv(int fd, MemorySegment buffer, long offset, long length, int flags) {
        return Libc.recv(fd, Libc.address(buffer, offset, length), length, flags);
    }

    /**
     * send(2), always with MSG_NOSIGNAL: a peer that is gone is {@code -EPIPE}, never a signal.
     *
     * @return the bytes taken by the kernel, fewer than {@code length} where a non-blocking socket is nearly full, or the
     *         negative errno. Allocates nothing.
     */
    public static int send(int fd, MemorySegment buffer, long offset, long length, int flags) {
        return Libc.send(fd, Libc.address(buffer, offset, length), length, flags | MSG_NOSIGNAL);
    }

    /** shutdown(2) with SHUT_RD, SHUT_WR or SHUT_RDWR; reaches every duplicate of the descriptor, unlike close. */
    public static int shutdown(int fd, int how) {
        return Libc.shutdown(fd, how);
    }

    /**
     * SIOCOUTQ: what was sent and not yet received by the peer. For a Unix stream 0 means that the peer has taken all of it;
     * above 0 it is the kernel's memory for it, more than the bytes. Allocates nothing.
     */
    public static int bytesUnsent(int fd) {
        return queueLength(fd, SIOCOUTQ);
    }

    /** FIONREAD: the bytes that lie ready to be received. Allocates nothing. */
    public static int bytesUnread(int fd) {
        return queueLength(fd, FIONREAD);
    }

    private static int queueLength(int fd, long request) {
        Libc.Scratch scratch = Libc.scratch();
        int result = Libc.ioctl(fd, request, scratch.address);
        return result < 0 ? result : scratch.words.get(ValueLayout.JAVA_INT, 0);
    }

    /** SO_DOMAIN, the address family (socket(7)): {@link #AF_UNIX}, {@link #AF_INET}, {@link #AF_INET6}, ...; or the negative errno. */
    public static int family(int fd) {
        return option(fd, SO_DOMAIN);
    }

    /** SO_TYPE: {@link #SOCK_STREAM}, {@link #SOCK_DGRAM}, ...; {@code -ENOTSOCK} where the descriptor is no socket. */
    public static int type(int fd) {
        return option(fd, SO_TYPE);
    }

    /** SO_ACCEPTCONN: 1 for a socket that listens, 0 for any other, or the negative errno. */
    public static int isListening(int fd) {
        return option(fd, SO_ACCEPTCONN);
    }

    private static int option(int fd, int name) {
        Libc.Scratch scratch = Libc.scratch();
        scratch.words.set(ValueLayout.JAVA_INT, 8, Integer.BYTES);
        int result = Libc.getsockopt(fd, SOL_SOCKET, name, scratch.address, scratch.address + 8);
        return result < 0 ? result : scratch.words.get(ValueLayout.JAVA_INT, 0);
    }

    /** Sets or clears O_NONBLOCK, which every duplicate of the descriptor shares. */
    public static int setNonBlocking(int fd, boolean nonBlocking) {
        int flags = Libc.fcntl(fd, F_GETFL, 0);
        if (flags < 0) {
            return flags;
        }
        return Libc.fcntl(fd, F_SETFL, nonBlocking ? flags | O_NONBLOCK : flags & ~O_NONBLOCK);
    }

    /** SO_PASSCRED: has the kernel write the sender's credentials beside every message that arrives from now on (unix(7)). */
    public static int setPassCredentials(int fd, boolean pass) {
        Libc.Scratch scratch = Libc.scratch();
        scratch.words.set(ValueLayout.JAVA_INT, 0, pass ? 1 : 0);
        return Libc.setsockopt(fd, SOL_SOCKET, SO_PASSCRED, scratch.address, Integer.BYTES);
    }

    /** SO_SNDTIMEO: a send that blocks this long without progress answers {@code -EAGAIN}; 0 waits without limit. */
    public static int setSendTimeoutMs(int fd, long timeoutMs) {
        return setTimeout(fd, SO_SNDTIMEO, timeoutMs);
    }

    /** SO_RCVTIMEO: a receive that waits this long answers {@code -EAGAIN}; 0 waits without limit. */
    public static int setReceiveTimeoutMs(int fd, long timeoutMs) {
        return setTimeout(fd, SO_RCVTIMEO, timeoutMs);
    }

    private static int setTimeout(int fd, int option, long timeoutMs) {
        if (timeoutMs < 0) {
            throw new IllegalArgumentException("a timeout is 0 ms (none) or more, not " + timeoutMs);
        }
        Libc.Scratch scratch = Libc.scratch();
        scratch.words.set(ValueLayout.JAVA_LONG, 0, timeoutMs / 1000);
        scratch.words.set(ValueLayout.JAVA_LONG, 8, timeoutMs % 1000 * 1000);
        return Libc.setsockopt(fd, SOL_SOCKET, option, scratch.address, 16);
    }

    /**
     * poll(2) on one descriptor.
     *
     * @param events
     *            POLLIN, POLLOUT, POLLRDHUP; POLLERR, POLLHUP and POLLNVAL are always reported
     * @param timeoutMs
     *            0 only looks, -1 waits without limit
     * @return the events that hold, 0 when the time is over, or the negative errno. Allocates nothing.
     */
    public static int poll(int fd, int events, int timeoutMs) {
        Libc.Scratch scratch = Libc.scratch();
        scratch.words.set(ValueLayout.JAVA_INT, POLLFD_FD, fd);
        scratch.words.set(ValueLayout.JAVA_SHORT, POLLFD_EVENTS, (short) events);
        scratch.words.set(ValueLayout.JAVA_SHORT, POLLFD_REVENTS, (short) 0);
        int ready = Libc.poll(scratch.address, 1, timeoutMs);
        return ready < 0 ? ready : Short.toUnsignedInt(scratch.words.get(ValueLayout.JAVA_SHORT, POLLFD_REVENTS));
    }

    /**
     * Sends {@code bytes} with duplicates of {@code fds} beside them (SCM_RIGHTS, unix(7)). On a stream, a receiver needs at
     * least one byte to see the descriptors: empty {@code bytes} are refused there by nothing but their silence.
     *
     * @return the bytes sent, or the negative errno
     */
    public static int sendDescriptors(int fd, byte[] bytes, int... fds) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment payload = arena.allocate(Math.max(1, bytes.length));
            MemorySegment.copy(bytes, 0, payload, ValueLayout.JAVA_BYTE, 0, bytes.length);
            MessageHeader header = new MessageHeader(arena, payload, bytes.length, 0, fds.length);
            for (int i = 0; i < fds.length; i++) {
                header.descriptor(i, fds[i]);
            }
            return Libc.sendmsg(fd, header.address(), MSG_NOSIGNAL);
        }
    }

    /**
     * What {@link Sockets#receiveDescriptors} found.
     *
     * @param length
     *            the bytes received, 0 at the end of a stream, or the negative errno
     * @param count
     *            how many descriptors were written to the front of the caller's array, all close-on-exec, now the caller's
     * @param descriptorsLost
     *            MSG_CTRUNC: more were sent than the array takes, or the descriptor limit is reached; the kernel closed them
     * @param bytesLost
     *            MSG_TRUNC: the datagram was longer than the buffer
     */
    public record Received(int length, int count, boolean descriptorsLost, boolean bytesLost) {}

    /**
     * Receives bytes into the whole of {@code buffer} and the descriptors beside them into {@code fds}, blocking unless the
     * socket is non-blocking.
     */
    public static Received receiveDescriptors(int fd, MemorySegment buffer, int[] fds) {
        return receiveDescriptors(fd, buffer, fds, 0);
    }

    /** As above, with flags such as {@link #MSG_DONTWAIT}. With {@link #MSG_PEEK} each look makes new duplicates. */
    public static Received receiveDescriptors(int fd, MemorySegment buffer, int[] fds, int flags) {
        Libc.address(buffer, 0, buffer.byteSize());
        try (Arena arena = Arena.ofConfined()) {
            MessageHeader header = new MessageHeader(arena, buffer, buffer.byteSize(), 0, fds.length);
            return header.receive(fd, flags, fds);
        }
    }

    /**
     * As above, from a socket with {@link #setPassCredentials}: {@code sender} becomes who sent the message, as the kernel saw
     * it then; pid 0 is somebody who cannot be seen from this process's namespace. A pid may have died since.
     */
    public static Received receiveDescriptors(int fd, MemorySegment buffer, int[] fds, int flags,
            PeerCredentials sender) {
        Libc.address(buffer, 0, buffer.byteSize());
        try (Arena arena = Arena.ofConfined()) {
            MessageHeader header = new MessageHeader(arena, buffer, buffer.byteSize(), MessageHeader.CREDENTIALS_SPACE,
                    fds.length);
            Received received = header.receive(fd, flags, fds);
            header.credentials(sender);
            return received;
        }
    }

    /**
     * A {@code msghdr} with one buffer and room for an SCM_RIGHTS control message, with one of SCM_CREDENTIALS before it where
     * that is wanted (64-bit Linux, recvmsg(2), cmsg(3); the kernel writes them in this order).
     *
     * <pre>
     *  0        8           16      24       32           40              48     56
     *  +--------+-----+-----+-------+--------+------------+---------------+------+
     *  | name 0 | len | pad | iov * | iovs 1 | control *  | controllen    | flags|    then the iovec: base *, length
     *  +--------+-----+-----+-------+--------+------------+---------------+------+
     *  control: | 28 u64     | level i32 | type i32 | pid i32 | uid i32 | gid i32 | pad |
     *           | length u64 | level i32 | type i32 | fd i32 | fd i32 | ... |
     * </pre>
     */
    private static final class MessageHeader {
        static final int CREDENTIALS_SPACE = 32;

        private static final int IOV = 16;
        private static final int IOV_COUNT = 24;
        private static final int CONTROL = 32;
        private static final int CONTROL_LENGTH = 40;
        private static final int FLAGS = 48;
        private static final int HEADER_BYTES = 56;
        private static final int IOV_BASE = HEADER_BYTES;
        private static final int IOV_LENGTH = HEADER_BYTES + 8;
        private static final int CONTROL_HEADER_BYTES = 16;

        private final MemorySegment header;
        private final MemorySegment control;

        /** @param before bytes of control messages that are received before that of the descriptors */
        MessageHeader(Arena arena, MemorySegment payload, long payloadLength, int before, int descriptors) {
            header = arena.allocate(HEADER_BYTES + 16, 8);
            header.set(ValueLayout.JAVA_LONG, IOV, header.address() + IOV_BASE);
            header.set(ValueLayout.JAVA_LONG, IOV_COUNT, 1);
            header.set(ValueLayout.JAVA_LONG, IOV_BASE, payload.address());
            header.set(ValueLayout.JAVA_LONG, IOV_LENGTH, payloadLength);
            control = arena.allocate(before + CONTROL_HEADER_BYTES + 4L * descriptors + 4, 8);
            // Unpadded (CMSG_LEN): with the padding of CMSG_SPACE the kernel would find room for one more descriptor,
            // and install one that the caller's array has no place for.
            long length = descriptors > 0 ? CONTROL_HEADER_BYTES + 4L * descriptors : 0;
            if (before + length > 0) {
                header.set(ValueLayout.JAVA_LONG, CONTROL, control.address());
                header.set(ValueLayout.JAVA_LONG, CONTROL_LENGTH, before + length);
                control.set(ValueLayout.JAVA_LONG, 0, length);
                control.set(ValueLayout.JAVA_INT, 8, SOL_SOCKET);
                control.set(ValueLayout.JAVA_INT, 12, SCM_RIGHTS);
            }
        }

        long address() {
            return header.address();
        }

        /** To send: the descriptors' message is the only one. */
        void descriptor(int index, int fd) {
            control.set(ValueLayout.JAVA_INT, CONTROL_HEADER_BYTES + 4L * index, fd);
        }

        Received receive(int fd, int flags, int[] fds) {
            int length = Libc.recvmsg(fd, address(), flags | MSG_CMSG_CLOEXEC);
            if (length < 0) {
                header.set(ValueLayout.JAVA_LONG, CONTROL_LENGTH, 0);
                return new Received(length, 0, false, false);
            }
            long rights = find(SCM_RIGHTS);
            int count = rights < 0
                    ? 0
                    : (int) ((control.get(ValueLayout.JAVA_LONG, rights) - CONTROL_HEADER_BYTES) / 4);
            for (int i = 0; i < count; i++) {
                fds[i] = control.get(ValueLayout.JAVA_INT, rights + CONTROL_HEADER_BYTES + 4L * i);
            }
            int told = header.get(ValueLayout.JAVA_INT, FLAGS);
            return new Received(length, count, (told & MSG_CTRUNC) != 0, (told & MSG_TRUNC) != 0);
        }

        /** Nobody, where none were received. */
        void credentials(PeerCredentials out) {
            long found = find(SCM_CREDENTIALS);
            if (found < 0) {
                out.set(0, -1, -1);
                return;
            }
            long at = found + CONTROL_HEADER_BYTES;
            out.set(control.get(ValueLayout.JAVA_INT, at), control.get(ValueLayout.JAVA_INT, at + 4),
                    control.get(ValueLayout.JAVA_INT, at + 8));
        }

        /** Where the control message of this type begins, or -1. */
        private long find(int type) {
            // After recvmsg the length is that of what the kernel wrote: 0 without a control message.
            long end = header.get(ValueLayout.JAVA_LONG, CONTROL_LENGTH);
            long at = 0;
            while (at + CONTROL_HEADER_BYTES <= end) {
                if (control.get(ValueLayout.JAVA_INT, at + 8) == SOL_SOCKET
                        && control.get(ValueLayout.JAVA_INT, at + 12) == type) {
                    return at;
                }
                at += control.get(ValueLayout.JAVA_LONG, at) + 7 & ~7L;
            }
            return -1;
        }
    }
}
