package dev.handoff.participant;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.Arrays;

import dev.handoff.codec.Decoded;
import dev.handoff.codec.FrameDecoder;
import dev.handoff.codec.FrameEncoder;
import dev.handoff.codec.HandoffId;
import dev.handoff.codec.Message;
import dev.handoff.posix.Descriptors;
import dev.handoff.posix.Errno;
import dev.handoff.posix.Sockets;
import dev.handoff.posix.UnixSockets;
import org.agrona.concurrent.UnsafeBuffer;

/** The supervisor's end of one real socket, for tests: blocking, with a failure bound instead of any waiting by time. */
final class TestSupervisor implements AutoCloseable {

    private static final int PATIENCE_MS = 20_000;

    private final int fd;
    private final FrameEncoder encoder = new FrameEncoder();
    private final FrameDecoder decoder = new FrameDecoder();
    private byte[] unread = new byte[0];
    private boolean closed;

    TestSupervisor(int fd) {
        this.fd = fd;
        Sockets.setReceiveTimeoutMs(fd, PATIENCE_MS);
        Sockets.setSendTimeoutMs(fd, PATIENCE_MS);
    }

    static TestSupervisor connect(Path path) {
        int fd = UnixSockets.connect(path);
        assertTrue(fd >= 0, () -> "connect to " + path + ": " + Errno.message(fd));
        return new TestSupervisor(fd);
    }

    /** Connects and shakes hands. */
    static TestSupervisor greeted(Path path, HandoffId id) {
        TestSupervisor supervisor = connect(path);
        supervisor.greet(id);
        return supervisor;
    }

    Message.Hello greet(HandoffId id) {
        Message.Hello hello = expect(Message.Hello.class);
        send(new Message.HelloAck(1, id));
        return hello;
    }

    void send(Message message) {
        sendBytes(encoder.encode(message));
    }

    void sendBytes(byte[] bytes) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment segment = arena.allocate(bytes.length);
            segment.asByteBuffer().put(bytes);
            assertEquals(bytes.length, Sockets.send(fd, segment, 0, bytes.length, 0));
        }
    }

    /** The next message that is no heartbeat. */
    <T extends Message> T expect(Class<T> type) {
        Message message = next();
        while (message instanceof Message.Heartbeat && type != Message.Heartbeat.class) {
            message = next();
        }
        return assertInstanceOf(type, message, "instead");
    }

    /** As {@link #expect}, for a peer whose {@code Hello} was answered unread. */
    <T extends Message> T expectAfterHello(Class<T> type) {
        expect(Message.Hello.class);
        return expect(type);
    }

    /** The peer must close, without another message but heartbeats. */
    void expectClosed() {
        Message message = next();
        while (message instanceof Message.Heartbeat) {
            message = next();
        }
        assertEquals(null, message, "the end of the stream was expected");
    }

    /** The next message, or null at the end of the stream. */
    Message next() {
        while (true) {
            switch (decoder.decode(new UnsafeBuffer(unread), 0, unread.length)) {
                case Decoded.Frame(_, Message message, int consumed) -> {
                    unread = Arrays.copyOfRange(unread, consumed, unread.length);
                    return message;
                }
                case Decoded.Malformed malformed -> throw new AssertionError(malformed);
                case Decoded.Incomplete _ -> {
                    if (!receive()) {
                        return null;
                    }
                }
            }
        }
    }

    private boolean receive() {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment segment = arena.allocate(4096);
            int received = Sockets.recv(fd, segment, 0, 4096, 0);
            if (received == 0 || received == -Errno.ECONNRESET) {
                return false;
            }
            assertTrue(received > 0, () -> "nothing came: " + Errno.message(received));
            int before = unread.length;
            unread = Arrays.copyOf(unread, before + received);
            segment.asByteBuffer().get(unread, before, received);
            return true;
        }
    }

    @Override
    public void close() {
        if (!closed) {
            closed = true;
            Descriptors.close(fd);
        }
    }
}
