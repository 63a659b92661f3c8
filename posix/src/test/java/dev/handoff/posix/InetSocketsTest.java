package dev.handoff.posix;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;

import org.junit.jupiter.api.Test;

class InetSocketsTest {

    @Test
    void listensOnIpv4() throws IOException {
        acceptsAt("127.0.0.1");
    }

    @Test
    void listensOnIpv6() throws IOException {
        assumeTrue(Files.exists(Path.of("/proc/net/if_inet6")), "this kernel has no IPv6");
        assumeTrue(Files.readString(Path.of("/proc/net/if_inet6")).contains(" lo"), "no address ::1 here");
        acceptsAt("::1");
    }

    private static void acceptsAt(String literal) throws IOException {
        InetAddress host = InetAddress.ofLiteral(literal);
        int listener = InetSockets.listen(new InetSocketAddress(host, 0), 8);
        assertTrue(listener >= 0, () -> Errno.message(listener));
        assertEquals(1, Descriptors.isCloseOnExec(listener));
        int port = InetSockets.localPort(listener);
        assertEquals(Optional.of(new InetSocketAddress(host, port)), InetSockets.localAddress(listener));
        assertTrue(port > 0);
        try (Socket client = new Socket(host, port)) {
            int accepted = UnixSockets.accept(listener);
            assertTrue(accepted >= 0);
            Descriptors.close(accepted);
            assertEquals(-1, client.getInputStream().read());
        }
        int client = InetSockets.connect(new InetSocketAddress(host, port));
        assertTrue(client >= 0, () -> Errno.message(client));
        Descriptors.close(client);
        assertEquals(-Errno.EADDRINUSE, InetSockets.listen(new InetSocketAddress(host, port), 8));
        Descriptors.close(listener);
        assertEquals(-Errno.ECONNREFUSED, InetSockets.connect(new InetSocketAddress(host, port)));
    }

    @Test
    void aPortCanBeListenedOnAgainAtOnce() throws IOException {
        int first = InetSockets.listen(new InetSocketAddress(InetAddress.ofLiteral("127.0.0.1"), 0), 8);
        int port = InetSockets.localPort(first);
        try (Socket client = new Socket(InetAddress.ofLiteral("127.0.0.1"), port)) {
            // The side that closes first is the one that keeps the port in TIME_WAIT.
            Descriptors.close(UnixSockets.accept(first));
            assertEquals(-1, client.getInputStream().read());
        }
        Descriptors.close(first);
        int second = InetSockets.listen(new InetSocketAddress(InetAddress.ofLiteral("127.0.0.1"), port), 8);
        assertTrue(second >= 0, () -> Errno.message(second));
        Descriptors.close(second);
    }

    @Test
    void bindsUdp() {
        int fd = InetSockets.bindUdp(new InetSocketAddress(InetAddress.ofLiteral("127.0.0.1"), 0));
        int port = InetSockets.localPort(fd);
        assertTrue(port > 0);
        assertEquals(-Errno.EADDRINUSE,
                InetSockets.bindUdp(new InetSocketAddress(InetAddress.ofLiteral("127.0.0.1"), port)));
        Descriptors.close(fd);
    }

    @Test
    void anAddressThatIsNotOursIsSaid() {
        assertEquals(-Errno.EADDRNOTAVAIL,
                InetSockets.listen(new InetSocketAddress(InetAddress.ofLiteral("192.0.2.1"), 0), 8));
    }

    @Test
    void aUnixSocketHasNoPort() {
        long pair = UnixSockets.socketPair();
        assertEquals(-Errno.EAFNOSUPPORT, InetSockets.localPort(Descriptors.low(pair)));
        Descriptors.close(Descriptors.low(pair));
        Descriptors.close(Descriptors.high(pair));
    }

    @Test
    void anUnresolvedNameIsRefused() {
        InetSocketAddress unresolved = InetSocketAddress.createUnresolved("nowhere.invalid", 1);
        assertThrows(IllegalArgumentException.class, () -> InetSockets.listen(unresolved, 1));
    }
}
