package dev.handoff.coordinator.shell;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

import dev.handoff.coordinator.config.ListenAddress;
import dev.handoff.coordinator.config.ListenerConfig;
import dev.handoff.coordinator.config.ServiceConfig;
import dev.handoff.posix.Descriptors;
import dev.handoff.posix.Errno;
import dev.handoff.posix.InetSockets;
import dev.handoff.posix.Processes;
import dev.handoff.posix.Sockets;
import dev.handoff.posix.UnixSockets;

/** Listening sockets by their configured address: bound, compared, or taken out of another process. Any thread. */
final class Listeners {

    /** The kernel caps this at net.core.somaxconn; it is what spans the gap between O's last accept and N's first. */
    private static final int BACKLOG = 4096;

    private Listeners() {}

    /**
     * Binds a listener.
     *
     * @param mayBeHeld
     *            whether an address in use is no failure but {@code -EADDRINUSE}: a daemon of the service lives
     */
    static int bind(ServiceConfig service, ListenerConfig listener, boolean mayBeHeld) throws StartupFailure {
        String what = what(service, listener);
        int fd = switch (listener.address()) {
            case ListenAddress.Tcp tcp -> InetSockets.listen(resolve(tcp.host(), tcp.port(), what), BACKLOG);
            case ListenAddress.Udp udp -> InetSockets.bindUdp(resolve(udp.host(), udp.port(), what));
            case ListenAddress.Unix unix when mayBeHeld && SocketFile.isServed(unix.path()) -> -Errno.EADDRINUSE;
            case ListenAddress.Unix unix -> SocketFile.listen(unix.path(), BACKLOG, what);
        };
        if (fd == -Errno.EADDRINUSE && mayBeHeld) {
            return fd;
        }
        if (fd == -Errno.EADDRINUSE) {
            throw new StartupFailure(what + ": the address " + listener.address()
                    + " is in use; find the process with 'ss -lntp', stop it or choose another address");
        }
        if (fd < 0) {
            throw new StartupFailure(what + ": cannot bind " + listener.address() + ": " + Errno.message(fd));
        }
        return fd;
    }

    private static String what(ServiceConfig service, ListenerConfig listener) {
        return "listener " + listener.name() + " of service " + service.name();
    }

    private static InetSocketAddress resolve(String host, int port, String what) throws StartupFailure {
        InetSocketAddress address = new InetSocketAddress(host, port);
        if (address.isUnresolved()) {
            throw new StartupFailure(what + ": the host name " + host + " does not resolve");
        }
        return address;
    }

    /** Why this descriptor is not the configured listener, or nothing. */
    static Optional<String> misfit(int fd, ServiceConfig service, ListenerConfig listener) throws StartupFailure {
        boolean datagrams = listener.address() instanceof ListenAddress.Udp;
        if (Sockets.type(fd) != (datagrams ? Sockets.SOCK_DGRAM : Sockets.SOCK_STREAM)) {
            return Optional.of("it is another kind of socket than " + listener.address());
        }
        if (!datagrams && Sockets.isListening(fd) != 1) {
            return Optional.of("it does not listen");
        }
        String what = what(service, listener);
        return switch (listener.address()) {
            case ListenAddress.Tcp tcp -> compare(fd, resolve(tcp.host(), tcp.port(), what));
            case ListenAddress.Udp udp -> compare(fd, resolve(udp.host(), udp.port(), what));
            case ListenAddress.Unix unix -> compare(fd, unix.path());
        };
    }

    private static Optional<String> compare(int fd, InetSocketAddress configured) {
        Optional<InetSocketAddress> bound = InetSockets.localAddress(fd);
        boolean fits = bound.isPresent() && bound.get().getAddress().equals(configured.getAddress())
                && (configured.getPort() == 0 || bound.get().getPort() == configured.getPort());
        return fits ? Optional.empty() : Optional.of("it is bound to " + bound.map(Object::toString).orElse("nothing"));
    }

    /** A path too deep for an address was bound by a detour that names only its last part ({@link UnixSockets}). */
    private static Optional<String> compare(int fd, Path configured) {
        Optional<Path> bound = UnixSockets.localPath(fd);
        boolean fits = bound.isPresent() && (bound.get().equals(configured) || (bound.get().startsWith("/proc/self/fd")
                && bound.get().getFileName().equals(configured.getFileName())));
        if (!fits) {
            return Optional.of("it is bound to " + bound.map(Path::toString).orElse("nothing"));
        }
        return Files.exists(configured, LinkOption.NOFOLLOW_LINKS)
                ? Optional.empty()
                : Optional.of("the socket file is gone");
    }

    /**
     * The listener out of one of these processes (pidfd_getfd(2)), or a negative errno. Takes the rights to trace it, which is
     * rare: the last resort.
     */
    static int takeFrom(List<Integer> pids, ServiceConfig service, ListenerConfig listener) throws StartupFailure {
        int result = -Errno.ENOENT;
        for (int pid : pids) {
            int pidfd = Processes.pidfdOpen(pid);
            if (pidfd < 0) {
                continue;
            }
            try {
                result = takeFrom(pid, pidfd, service, listener);
            } finally {
                Descriptors.close(pidfd);
            }
            if (result >= 0) {
                return result;
            }
        }
        return result;
    }

    private static int takeFrom(int pid, int pidfd, ServiceConfig service, ListenerConfig listener)
            throws StartupFailure {
        int result = -Errno.ENOENT;
        try (DirectoryStream<Path> open = Files.newDirectoryStream(Path.of("/proc", Integer.toString(pid), "fd"))) {
            for (Path entry : open) {
                int fd = Descriptors.takeFrom(pidfd, Integer.parseInt(entry.getFileName().toString()));
                if (fd >= 0 && misfit(fd, service, listener).isEmpty()) {
                    return fd;
                }
                if (fd >= 0) {
                    Descriptors.close(fd);
                } else {
                    result = fd;
                }
            }
            return result;
        } catch (IOException e) {
            return -Errno.EACCES;
        }
    }
}
