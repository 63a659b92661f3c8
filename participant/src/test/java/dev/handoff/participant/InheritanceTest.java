package dev.handoff.participant;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.net.DatagramPacket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.DatagramChannel;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

import dev.handoff.codec.BuildId;
import dev.handoff.posix.Descriptors;
import dev.handoff.posix.InetSockets;
import dev.handoff.posix.UnixSockets;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Listeners of every kind, inherited by a real process that answers on each of them. */
class InheritanceTest {

    @TempDir
    Path dir;

    @Test
    void everyKindOfListenerBecomesAChannelThatAnswers() throws Exception {
        int tcp = InetSockets.listen(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 8);
        int unix = UnixSockets.listen(dir.resolve("listener"), 8);
        int udp = InetSockets.bindUdp(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
        assertTrue(tcp >= 0 && unix >= 0 && udp >= 0);
        try (DaemonProcess echo = DaemonProcess.start(Echo.class, List.of(),
                Map.of("LISTEN_FDS", "3", "LISTEN_FDNAMES", "tcp:unix:udp"), List.of(tcp, unix, udp))) {
            try (SocketChannel client = SocketChannel
                    .open(new InetSocketAddress(InetAddress.getLoopbackAddress(), InetSockets.localPort(tcp)))) {
                assertEquals("tcp", read(client));
            }
            try (SocketChannel client = SocketChannel.open(StandardProtocolFamily.UNIX)) {
                client.connect(UnixDomainSocketAddress.of(dir.resolve("listener")));
                assertEquals("unix", read(client));
            }
            try (DatagramChannel client = DatagramChannel.open()) {
                client.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), InetSockets.localPort(udp)));
                client.write(ByteBuffer.wrap(new byte[]{1}));
                // The adapter has a time limit, which only bounds a failure.
                DatagramPacket answer = new DatagramPacket(new byte[16], 16);
                client.socket().setSoTimeout(20_000);
                client.socket().receive(answer);
                assertEquals("udp", new String(answer.getData(), 0, answer.getLength(), StandardCharsets.US_ASCII));
            }
            echo.expectExit(0);
        } finally {
            Descriptors.close(tcp);
            Descriptors.close(unix);
            Descriptors.close(udp);
        }
    }

    @Test
    void missingJvmFlagsAreNamed() {
        int tcp = InetSockets.listen(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 8);
        Map<String, String> variables = Map.of("LISTEN_FDS", "1", "LISTEN_FDNAMES", "tcp");
        for (String flag : List.of("--add-opens=java.base/sun.nio.ch", "--add-exports=java.base/jdk.internal.misc")) {
            try (DaemonProcess daemon = DaemonProcess.start(Flagless.class, List.of(flag), variables, List.of(tcp),
                    flag)) {
                daemon.expectExit(0);
            }
        }
        Descriptors.close(tcp);
    }

    /** Exits 0 when it was told to start with the flag it lacks. */
    static final class Flagless {

        private Flagless() {}

        public static void main(String[] args) throws Exception {
            Path dir = Files.createTempDirectory("flagless");
            try {
                Participant.start(ParticipantConfig.of(dir, dir.resolve("sock"), BuildId.EMPTY)).listeners()
                        .serverSocketChannel("tcp").close();
                System.exit(2);
            } catch (ParticipantEndedException e) {
                System.exit(e.getMessage().contains(args[0]) ? 0 : 3);
            }
        }
    }

    private static String read(SocketChannel client) throws Exception {
        ByteBuffer answer = ByteBuffer.allocate(16);
        while (client.read(answer) >= 0) {
            assertTrue(answer.hasRemaining());
        }
        return new String(answer.array(), 0, answer.position(), StandardCharsets.US_ASCII);
    }

    /** Answers once on each listener, and checks what its own children would inherit. */
    static final class Echo {

        private Echo() {}

        public static void main(String[] args) throws Exception {
            Path dir = Files.createTempDirectory("echo");
            Start start = Participant.start(ParticipantConfig.of(dir, dir.resolve("sock"),
                    BuildId.EMPTY));
            InheritedListeners listeners = start.listeners();
            for (InheritedListeners.Listener listener : listeners.all()) {
                if (Descriptors.isCloseOnExec(listener.fd()) != 1) {
                    System.exit(2);
                }
            }
            try {
                listeners.serverSocketChannel("udp");
                System.exit(3);
            } catch (ParticipantEndedException e) {
                System.err.println("as it should be: " + e.getMessage());
            }
            for (String name : List.of("tcp", "unix")) {
                // Twice: closing the first leaves the listener alone, as a drain and a resume need it.
                listeners.serverSocketChannel(name).close();
                try (ServerSocketChannel server = listeners.serverSocketChannel(name);
                        SocketChannel client = server.accept()) {
                    client.write(ByteBuffer.wrap(name.getBytes(StandardCharsets.US_ASCII)));
                }
            }
            try (DatagramChannel channel = listeners.datagramChannel("udp")) {
                var client = channel.receive(ByteBuffer.allocate(16));
                channel.send(ByteBuffer.wrap("udp".getBytes(StandardCharsets.US_ASCII)), client);
            }
            System.exit(0);
        }
    }
}
