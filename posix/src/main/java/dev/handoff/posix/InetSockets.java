package dev.handoff.posix;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.util.Optional;

/** TCP listeners and UDP sockets as bare descriptors, IPv4 and IPv6. Results follow the package's convention. */
public final class InetSockets {

    private static final int SOCKADDR_IN_BYTES = 16;
    private static final int SOCKADDR_IN6_BYTES = 28;

    private InetSockets() {}

    /**
     * A listening TCP socket with SO_REUSEADDR, so that a restart need not wait for TIME_WAIT; never SO_REUSEPORT. Port 0
     * takes a free one: see {@link #localPort}. {@code ::} takes IPv4 too, as the system's default says.
     */
    public static int listen(InetSocketAddress address, int backlog) {
        int fd = bound(address, Sockets.SOCK_STREAM);
        if (fd < 0) {
            return fd;
        }
        int result = Libc.listen(fd, backlog);
        return result < 0 ? UnixSockets.closing(fd, result) : fd;
    }

    /** A bound UDP socket. */
    public static int bindUdp(InetSocketAddress address) {
        return bound(address, Sockets.SOCK_DGRAM);
    }

    /** A connected TCP socket; waits as connect(2) does. */
    public static int connect(InetSocketAddress address) {
        InetAddress host = resolved(address);
        int fd = Libc.socket(family(host), Sockets.SOCK_STREAM | Sockets.SOCK_CLOEXEC, 0);
        if (fd < 0) {
            return fd;
        }
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment name = socketAddress(arena, host, address.getPort());
            int result = Libc.connect(fd, name.address(), (int) name.byteSize());
            return result < 0 ? UnixSockets.closing(fd, result) : fd;
        }
    }

    /** The port a socket is bound to, or the negative errno; {@code -EAFNOSUPPORT} on a Unix socket. */
    public static int localPort(int fd) {
        Libc.Scratch scratch = Libc.scratch();
        scratch.words.set(ValueLayout.JAVA_INT, 32, SOCKADDR_IN6_BYTES);
        int result = Libc.getsockname(fd, scratch.address, scratch.address + 32);
        if (result < 0) {
            return result;
        }
        int family = Short.toUnsignedInt(scratch.words.get(ValueLayout.JAVA_SHORT, 0));
        if (family != Sockets.AF_INET && family != Sockets.AF_INET6) {
            return -Errno.EAFNOSUPPORT;
        }
        return Short.toUnsignedInt(Short.reverseBytes(scratch.words.get(ValueLayout.JAVA_SHORT, 2)));
    }

    /** The address a socket is bound to; empty for another family, or no socket at all. */
    public static Optional<InetSocketAddress> localAddress(int fd) {
        int port = localPort(fd);
        if (port < 0) {
            return Optional.empty();
        }
        // What getsockname(2) gave is in the scratch memory still.
        Libc.Scratch scratch = Libc.scratch();
        boolean v6 = Short.toUnsignedInt(scratch.words.get(ValueLayout.JAVA_SHORT, 0)) == Sockets.AF_INET6;
        byte[] bytes = new byte[v6 ? 16 : 4];
        MemorySegment.copy(scratch.words, ValueLayout.JAVA_BYTE, v6 ? 8 : 4, bytes, 0, bytes.length);
        try {
            InetAddress host = v6 ? Inet6Address.getByAddress(null, bytes, -1) : InetAddress.getByAddress(bytes);
            return Optional.of(new InetSocketAddress(host, port));
        } catch (UnknownHostException e) {
            throw new IllegalStateException("an address of " + bytes.length + " bytes is none", e);
        }
    }

    private static int bound(InetSocketAddress address, int type) {
        InetAddress host = resolved(address);
        int fd = Libc.socket(family(host), type | Sockets.SOCK_CLOEXEC, 0);
        if (fd < 0) {
            return fd;
        }
        if (type == Sockets.SOCK_STREAM) {
            Libc.Scratch scratch = Libc.scratch();
            scratch.words.set(ValueLayout.JAVA_INT, 0, 1);
            int reuse = Libc.setsockopt(fd, Sockets.SOL_SOCKET, Sockets.SO_REUSEADDR, scratch.address, 4);
            if (reuse < 0) {
                return UnixSockets.closing(fd, reuse);
            }
        }
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment name = socketAddress(arena, host, address.getPort());
            int result = Libc.bind(fd, name.address(), (int) name.byteSize());
            return result < 0 ? UnixSockets.closing(fd, result) : fd;
        }
    }

    private static InetAddress resolved(InetSocketAddress address) {
        InetAddress host = address.getAddress();
        if (host == null) {
            throw new IllegalArgumentException("the host name of " + address + " has not been resolved");
        }
        return host;
    }

    private static int family(InetAddress host) {
        return host instanceof Inet6Address ? Sockets.AF_INET6 : Sockets.AF_INET;
    }

    private static MemorySegment socketAddress(Arena arena, InetAddress host, int port) {
        byte[] bytes = host.getAddress();
        boolean v6 = host instanceof Inet6Address;
        MemorySegment name = arena.allocate(v6 ? SOCKADDR_IN6_BYTES : SOCKADDR_IN_BYTES, 4);
        name.set(ValueLayout.JAVA_SHORT, 0, (short) family(host));
        name.set(ValueLayout.JAVA_SHORT, 2, Short.reverseBytes((short) port));
        MemorySegment.copy(bytes, 0, name, ValueLayout.JAVA_BYTE, v6 ? 8 : 4, bytes.length);
        if (host instanceof Inet6Address six) {
            name.set(ValueLayout.JAVA_INT, 24, six.getScopeId());
        }
        return name;
    }
}
