package dev.handoff.cli;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

import dev.handoff.coordinator.control.LineBuffer;
import dev.handoff.posix.Descriptors;
import dev.handoff.posix.Errno;
import dev.handoff.posix.Sockets;
import dev.handoff.posix.UnixSockets;

/**
 * The server's side of the trigger socket, on a real Unix socket: takes one request on each connection, sends what the test gave
 * it byte for byte, and closes. After its last connection it no longer listens.
 */
final class ScriptedCoordinator implements AutoCloseable {

    private final int listener;
    private final Thread thread;
    private final BlockingQueue<String> requests = new LinkedBlockingQueue<>();

    private ScriptedCoordinator(int listener, List<List<String>> connections) {
        this.listener = listener;
        this.thread = Thread.ofPlatform().name("scripted-coordinator").start(() -> {
            connections.forEach(this::serve);
            Sockets.shutdown(listener, Sockets.SHUT_RDWR);
        });
    }

    /** Sends each piece with a write of its own. */
    static ScriptedCoordinator answering(Path socket, String... pieces) {
        return new ScriptedCoordinator(listen(socket), List.of(List.of(pieces)));
    }

    /** Gives each connection the next of the answers. */
    static ScriptedCoordinator inTurn(Path socket, String... answers) {
        return new ScriptedCoordinator(listen(socket), Stream.of(answers).map(List::of).toList());
    }

    private static int listen(Path socket) {
        int listener = UnixSockets.listen(socket, 4);
        if (listener < 0) {
            throw new IllegalStateException("listen " + socket + ": " + Errno.message(-listener));
        }
        return listener;
    }

    /** The line that the client sent. */
    String request() throws InterruptedException {
        String request = requests.poll(30, TimeUnit.SECONDS);
        if (request == null) {
            throw new IllegalStateException("no request came");
        }
        return request;
    }

    private void serve(List<String> pieces) {
        int fd = UnixSockets.accept(listener);
        if (fd < 0) {
            return;
        }
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment buffer = arena.allocate(64 * 1024);
            LineBuffer lines = new LineBuffer(64 * 1024);
            List<String> complete = new ArrayList<>();
            while (complete.isEmpty()) {
                int received = Sockets.recv(fd, buffer, 0, buffer.byteSize(), 0);
                if (received <= 0) {
                    return;
                }
                complete.addAll(lines.append(buffer.asSlice(0, received).toArray(ValueLayout.JAVA_BYTE), 0, received));
            }
            requests.add(complete.getFirst());
            for (String piece : pieces) {
                byte[] bytes = piece.getBytes(StandardCharsets.UTF_8);
                MemorySegment.copy(bytes, 0, buffer, ValueLayout.JAVA_BYTE, 0, bytes.length);
                Sockets.send(fd, buffer, 0, bytes.length, 0);
            }
        } finally {
            Descriptors.close(fd);
        }
    }

    @Override
    public void close() {
        Sockets.shutdown(listener, Sockets.SHUT_RDWR);
        try {
            thread.join(30_000);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        Descriptors.close(listener);
    }
}
