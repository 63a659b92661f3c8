package dev.handoff.coordinator.config;

import java.nio.file.Path;

/** Where a listener is bound. A host is an IP literal without brackets or a name, resolved when it is bound. */
public sealed interface ListenAddress {

    /**
     * A TCP listener.
     *
     * @param port 0..65535, 0 for one of the kernel's choice
     */
    record Tcp(String host, int port) implements ListenAddress {
        @Override
        public String toString() {
            return hostAndPort(host, port);
        }
    }

    /**
     * A bound datagram socket.
     *
     * @param port 0..65535, 0 for one of the kernel's choice
     */
    record Udp(String host, int port) implements ListenAddress {
        @Override
        public String toString() {
            return "udp:" + hostAndPort(host, port);
        }
    }

    /**
     * A Unix stream listener.
     *
     * @param path absolute
     */
    record Unix(Path path) implements ListenAddress {
        @Override
        public String toString() {
            return "unix:" + path;
        }
    }

    private static String hostAndPort(String host, int port) {
        return (host.indexOf(':') >= 0 ? "[" + host + "]" : host) + ":" + port;
    }
}
