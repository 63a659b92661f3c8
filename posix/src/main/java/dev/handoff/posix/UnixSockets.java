package dev.handoff.posix;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Path;
import java.util.Optional;

/**
 * Unix sockets by path, of any length: {@code sockaddr_un} takes {@value #MAX_PATH_BYTES} bytes (unix(7)), and a deeper
 * path goes by its directory's descriptor as {@code /proc/self/fd/N/name}. Results follow the package's convention.
 */
public final class UnixSockets {

    /** The longest path that fits into {@code sun_path} with its final zero. */
    public static final int MAX_PATH_BYTES = 107;

    private static final int SUN_PATH = 2;
    private static final int UCRED_BYTES = 12;

    private UnixSockets() {}

    /**
     * A listening stream socket bound at {@code path}. Removes nothing: an existing file is {@code -EADDRINUSE}, whoever
     * listens there or not.
     */
    public static int listen(Path path, int backlog) {
        int fd = bound(path, Sockets.SOCK_STREAM);
        if (fd < 0) {
            return fd;
        }
        int result = Libc.listen(fd, backlog);
        return result < 0 ? closing(fd, result) : fd;
    }

    /**
     * A connected stream socket. {@code -ECONNREFUSED}: nobody listens behind the file; {@code -ENOENT}: no file;
     * {@code -EAGAIN} cannot occur, the call waits for a place in the peer's queue.
     */
    public static int connect(Path path) {
        return connected(path, Sockets.SOCK_STREAM);
    }

    /** A datagram socket bound at {@code path}, such as a notify socket. Removes nothing. */
    public static int bindDatagram(Path path) {
        return bound(path, Sockets.SOCK_DGRAM);
    }

    /** A datagram socket that sends to {@code path}. A path that begins with {@code @} is an abstract name (unix(7)). */
    public static int connectDatagram(Path path) {
        return connected(path, Sockets.SOCK_DGRAM);
    }

    /** Two connected stream sockets, {@link Descriptors#low} and {@link Descriptors#high}, or the negative errno. */
    public static long socketPair() {
        Libc.Scratch scratch = Libc.scratch();
        int result = Libc.socketpair(Sockets.AF_UNIX, Sockets.SOCK_STREAM | Sockets.SOCK_CLOEXEC, 0, scratch.address);
        return result < 0 ? result : Descriptors.pair(scratch);
    }

    /** accept4(2) on a listener of any family; {@code -EAGAIN} on a non-blocking one with an empty queue. */
    public static int accept(int fd) {
        return Libc.accept4(fd, Sockets.SOCK_CLOEXEC);
    }

    /** SO_PEERCRED: 0 and {@code out} filled, or the negative errno and {@code out} as it was. */
    public static int peerCredentials(int fd, PeerCredentials out) {
        Libc.Scratch scratch = Libc.scratch();
        scratch.words.set(ValueLayout.JAVA_INT, 16, UCRED_BYTES);
        int result = Libc.getsockopt(fd, Sockets.SOL_SOCKET, Sockets.SO_PEERCRED, scratch.address,
                scratch.address + 16);
        if (result < 0) {
            return result;
        }
        out.set(scratch.words.get(ValueLayout.JAVA_INT, 0), scratch.words.get(ValueLayout.JAVA_INT, 4),
                scratch.words.get(ValueLayout.JAVA_INT, 8));
        return 0;
    }

    /** The path a socket is bound to, as it was given then; empty for an unnamed or abstract one, or another family. */
    public static Optional<Path> localPath(int fd) {
        try (Arena arena = Arena.ofConfined()) {
            int size = SUN_PATH + MAX_PATH_BYTES + 1;
            MemorySegment address = arena.allocate(size + 8L, 8);
            long lengthAt = size + 8L - Integer.BYTES;
            address.set(ValueLayout.JAVA_INT_UNALIGNED, lengthAt, size);
            int result = Libc.getsockname(fd, address.address(), address.address() + lengthAt);
            if (result < 0 || address.get(ValueLayout.JAVA_SHORT, 0) != Sockets.AF_UNIX
                    || address.get(ValueLayout.JAVA_INT_UNALIGNED, lengthAt) <= SUN_PATH
                    || address.get(ValueLayout.JAVA_BYTE, SUN_PATH) == 0) {
                return Optional.empty();
            }
            return Optional.of(Path.of(address.getString(SUN_PATH)));
        }
    }

    private static int bound(Path path, int type) {
        return atPath(path, type, false);
    }

    private static int connected(Path path, int type) {
        return atPath(path, type, true);
    }

    private static int atPath(Path path, int type, boolean connect) {
        byte[] bytes = Libc.bytes(path);
        if (bytes.length <= MAX_PATH_BYTES) {
            return atAddress(bytes, type, connect);
        }
        Path parent = path.getParent();
        if (parent == null) {
            return -Errno.ENAMETOOLONG;
        }
        int directory = Descriptors.open(parent, Descriptors.O_PATH | Descriptors.O_DIRECTORY, 0);
        if (directory < 0) {
            return directory;
        }
        byte[] detour = Libc.bytes("/proc/self/fd/" + directory + "/" + path.getFileName());
        int fd = detour.length <= MAX_PATH_BYTES ? atAddress(detour, type, connect) : -Errno.ENAMETOOLONG;
        Descriptors.close(directory);
        return fd;
    }

    private static int atAddress(byte[] path, int type, boolean connect) {
        int fd = Libc.socket(Sockets.AF_UNIX, type | Sockets.SOCK_CLOEXEC, 0);
        if (fd < 0) {
            return fd;
        }
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment address = arena.allocate(SUN_PATH + MAX_PATH_BYTES + 1L, 2);
            address.set(ValueLayout.JAVA_SHORT, 0, (short) Sockets.AF_UNIX);
            MemorySegment.copy(path, 0, address, ValueLayout.JAVA_BYTE, SUN_PATH, path.length);
            int length = SUN_PATH + path.length + 1;
            if (path.length > 0 && path[0] == '@') {
                // An abstract name begins with a zero byte and has no final one: its length says where it ends.
                address.set(ValueLayout.JAVA_BYTE, SUN_PATH, (byte) 0);
                length--;
            }
            int result = connect
                    ? Libc.connect(fd, address.address(), length)
                    : Libc.bind(fd, address.address(), length);
            return result < 0 ? closing(fd, result) : fd;
        }
    }

    static int closing(int fd, int result) {
        Descriptors.close(fd);
        return result;
    }
}
