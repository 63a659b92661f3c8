package dev.handoff.systemtest;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;

import dev.handoff.posix.Descriptors;
import dev.handoff.posix.Sockets;
import dev.handoff.posix.UnixSockets;

/** One line to the trigger socket, and the lines that answer it. */
final class TriggerLine {

    private static final int BUFFER_BYTES = 1 << 16;

    private final int fd;

    private TriggerLine(int fd) {
        this.fd = fd;
    }

    /** Sends a line; its answers can be waited for later. */
    static TriggerLine send(Path triggerSocket, String line) {
        int fd = UnixSockets.connect(triggerSocket);
        assertTrue(fd >= 0, "connecting to the trigger socket: " + fd);
        byte[] bytes = (line + "\n").getBytes(StandardCharsets.UTF_8);
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment buffer = arena.allocate(bytes.length);
            MemorySegment.copy(bytes, 0, buffer, ValueLayout.JAVA_BYTE, 0, bytes.length);
            assertEquals(bytes.length, Sockets.send(fd, buffer, 0, bytes.length, 0));
        }
        Sockets.shutdown(fd, Sockets.SHUT_WR);
        return new TriggerLine(fd);
    }

    /** Everything that is answered until the coordinator closes. */
    String replies() {
        StringBuilder answer = new StringBuilder();
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment buffer = arena.allocate(BUFFER_BYTES);
            for (int read = read(buffer); read > 0; read = read(buffer)) {
                byte[] chunk = new byte[read];
                MemorySegment.copy(buffer, ValueLayout.JAVA_BYTE, 0, chunk, 0, read);
                answer.append(new String(chunk, StandardCharsets.UTF_8));
            }
        } finally {
            Descriptors.close(fd);
        }
        return answer.toString();
    }

    String lastReply() {
        return replies().lines().reduce((_, later) -> later).orElse("");
    }

    private int read(MemorySegment buffer) {
        return Sockets.recv(fd, buffer, 0, buffer.byteSize(), 0);
    }
}
