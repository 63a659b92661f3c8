package dev.handoff.connections;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Path;

import dev.handoff.connections.nio.NioConnections;
import dev.handoff.participant.CarriedConnection;
import dev.handoff.posix.Descriptors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What the JDK does to a connection that somebody else holds too: a duplicate stands for the next generation's descriptor. */
@Timeout(30)
class NioConnectionsTest {

    private Selector selector;
    private SocketChannel client;
    private SocketChannel served;
    private int held;

    @BeforeEach
    void connect() throws IOException {
        selector = Selector.open();
        try (ServerSocketChannel listener = ServerSocketChannel.open()) {
            listener.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
            client = SocketChannel.open(listener.getLocalAddress());
            served = listener.accept();
        }
        served.configureBlocking(false);
        served.register(selector, SelectionKey.OP_READ);
        selector.selectNow();
        CarriedConnection carried = NioConnections.carry("main", served, ByteBuffer.wrap(new byte[]{1}));
        assertEquals("main", carried.listener());
        held = Descriptors.duplicate(carried.fd(), 0);
        client.configureBlocking(false);
    }

    @AfterEach
    void close() throws IOException {
        client.close();
        served.close();
        selector.close();
    }

    private int read() throws IOException {
        return client.read(ByteBuffer.allocate(8));
    }

    /** Why {@link NioConnections#letGo} is there; should a JDK stop doing this, it is not needed any more. */
    @Test
    void closingARegisteredChannelEndsTheConnectionForAll() throws IOException {
        served.close();
        int read = read();
        while (read == 0) {
            Thread.onSpinWait();
            read = read();
        }
        assertEquals(-1, read);
        Descriptors.close(held);
    }

    @Test
    void lettingGoSaysNothingToTheClient() throws IOException {
        NioConnections.letGo(served, selector);
        try (SocketChannel next = NioConnections.adopt(new CarriedConnection("main", held, ByteBuffer.allocate(0)))) {
            assertTrue(next.isBlocking() && next.isConnected());
            assertEquals(client.getLocalAddress(), next.getRemoteAddress());
            assertEquals(1, next.write(ByteBuffer.wrap(new byte[]{7})));
            client.configureBlocking(true);
            ByteBuffer first = ByteBuffer.allocate(8);
            // Not the end of the stream, which would have come before it.
            assertEquals(1, client.read(first));
            assertEquals(7, first.get(0));
            client.write(ByteBuffer.wrap(new byte[]{8, 9}));
            ByteBuffer second = ByteBuffer.allocate(8);
            assertEquals(2, next.read(second));
        }
    }

    @Test
    void adoptsAConnectionOfAUnixSocket(@TempDir Path dir) throws IOException {
        Descriptors.close(held);
        try (ServerSocketChannel listener = ServerSocketChannel.open(StandardProtocolFamily.UNIX)) {
            listener.bind(UnixDomainSocketAddress.of(dir.resolve("s")));
            try (SocketChannel peer = SocketChannel.open(listener.getLocalAddress());
                    SocketChannel old = listener.accept()) {
                int duplicate = Descriptors.duplicate(
                        NioConnections.carry("main", old, ByteBuffer.allocate(0)).fd(), 0);
                NioConnections.letGo(old, selector);
                try (SocketChannel next = NioConnections.adopt(
                        new CarriedConnection("main", duplicate, ByteBuffer.allocate(0)))) {
                    next.write(ByteBuffer.wrap(new byte[]{7}));
                    assertEquals(1, peer.read(ByteBuffer.allocate(8)));
                }
            }
        }
    }
}
