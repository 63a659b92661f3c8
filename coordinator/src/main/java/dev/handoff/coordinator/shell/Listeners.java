package dev.handoff.coordinator.shell;

import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.List;

import dev.handoff.coordinator.config.ListenAddress;
import dev.handoff.coordinator.config.ListenerConfig;
import dev.handoff.coordinator.config.ServiceConfig;
import dev.handoff.posix.Descriptors;
import dev.handoff.posix.Errno;
import dev.handoff.posix.InetSockets;

/** Binds what the daemons inherit. The descriptors stay open for the coordinator's lifetime. */
final class Listeners {

    /** The kernel caps this at net.core.somaxconn; it is what spans the gap between O's last accept and N's first. */
    private static final int BACKLOG = 4096;

    private Listeners() {}

    /** Binds all of a service's listeners, in order, or none. */
    static List<Integer> bind(ServiceConfig service) throws StartupFailure {
        List<Integer> bound = new ArrayList<>();
        try {
            for (ListenerConfig listener : service.listeners()) {
                bound.add(bind(service, listener));
            }
            return bound;
        } catch (StartupFailure e) {
            bound.forEach(Descriptors::close);
            throw e;
        }
    }

    private static int bind(ServiceConfig service, ListenerConfig listener) throws StartupFailure {
        String what = "listener " + listener.name() + " of service " + service.name();
        int fd = switch (listener.address()) {
            case ListenAddress.Tcp tcp -> InetSockets.listen(resolve(tcp.host(), tcp.port(), what), BACKLOG);
            case ListenAddress.Udp udp -> InetSockets.bindUdp(resolve(udp.host(), udp.port(), what));
            case ListenAddress.Unix unix -> SocketFile.listen(unix.path(), BACKLOG, what);
        };
        if (fd == -Errno.EADDRINUSE) {
            throw new StartupFailure(what + ": the address " + listener.address()
                    + " is in use; find the process with 'ss -lntp', stop it or choose another address");
        }
        if (fd < 0) {
            throw new StartupFailure(what + ": cannot bind " + listener.address() + ": " + Errno.message(fd));
        }
        return fd;
    }

    private static InetSocketAddress resolve(String host, int port, String what) throws StartupFailure {
        InetSocketAddress address = new InetSocketAddress(host, port);
        if (address.isUnresolved()) {
            throw new StartupFailure(what + ": the host name " + host + " does not resolve");
        }
        return address;
    }
}
