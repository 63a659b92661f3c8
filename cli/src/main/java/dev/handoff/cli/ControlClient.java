package dev.handoff.cli;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Optional;

import dev.handoff.coordinator.control.ControlReply;
import dev.handoff.coordinator.control.ControlReply.Accepted;
import dev.handoff.coordinator.control.ControlReplyCodec;
import dev.handoff.coordinator.control.ControlRequest;
import dev.handoff.coordinator.control.ControlRequestCodec;
import dev.handoff.coordinator.control.LineBuffer;
import dev.handoff.coordinator.control.Parsed;
import dev.handoff.posix.Descriptors;
import dev.handoff.posix.Errno;
import dev.handoff.posix.Sockets;
import dev.handoff.posix.UnixSockets;

/**
 * One question to the coordinator over its trigger socket, asked from the command's own thread. Through our own system
 * calls and not the JDK's channel, for a socket's path may be longer than the 107 bytes that it takes.
 */
public final class ControlClient {

    private static final int BUFFER_BYTES = 64 * 1024;

    private ControlClient() {}

    /** How a question ended. */
    public sealed interface Answer {

        /** The coordinator's last word. */
        record Got(ControlReply lastWord) implements Answer {}

        /**
         * It was reached, and then went away or fell silent.
         *
         * @param strange
         *            whether it answered what makes no sense: then somebody else may listen there
         */
        record Lost(Optional<Accepted> accepted, String why, boolean strange) implements Answer {}

        /**
         * Nobody listens at the socket, or this user may not connect to it.
         *
         * @param refused
         *            whether the socket is there and nobody listens: who left it behind died, and may be started again
         */
        record NotReached(String why, boolean refused) implements Answer {}
    }

    /**
     * Asks and waits for the last word.
     *
     * @param firstWordMs how long the first reply may take; after {@code Accepted} the coordinator's own deadlines rule,
     *                    and the wait is without limit
     */
    public static Answer ask(Path socket, ControlRequest request, int firstWordMs) {
        int fd = UnixSockets.connect(socket);
        if (fd < 0) {
            return new Answer.NotReached(switch (-fd) {
                case Errno.ENOENT -> "there is no socket " + socket;
                case Errno.ECONNREFUSED -> "nobody listens at " + socket;
                default -> "cannot connect to " + socket + ": " + Errno.message(-fd);
            }, fd == -Errno.ECONNREFUSED);
        }
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment buffer = arena.allocate(BUFFER_BYTES);
            int sent = send(fd, buffer, ControlRequestCodec.encode(request) + "\n");
            return listen(fd, buffer, firstWordMs, sent);
        } finally {
            Descriptors.close(fd);
        }
    }

    private static int send(int fd, MemorySegment buffer, String line) {
        byte[] bytes = line.getBytes(StandardCharsets.UTF_8);
        if (bytes.length > BUFFER_BYTES) {
            return -Errno.EMSGSIZE;
        }
        MemorySegment.copy(bytes, 0, buffer, ValueLayout.JAVA_BYTE, 0, bytes.length);
        int done = 0;
        while (done < bytes.length) {
            int result = Sockets.send(fd, buffer, done, bytes.length - done, 0);
            if (result < 0 && result != -Errno.EINTR) {
                return result;
            }
            done += Math.max(result, 0);
        }
        return done;
    }

    /** Reads even if sending failed: a coordinator that refuses this user says so and closes. */
    private static Answer listen(int fd, MemorySegment buffer, int firstWordMs, int sent) {
        LineBuffer lines = new LineBuffer(ControlReplyCodec.MAX_LINE_BYTES);
        Optional<Accepted> accepted = Optional.empty();
        long deadlineNs = System.nanoTime() + firstWordMs * 1_000_000L;
        while (true) {
            int limitMs = accepted.isPresent() ? -1 : leftMs(deadlineNs);
            int ready = Sockets.poll(fd, Sockets.POLLIN, limitMs);
            if (ready == -Errno.EINTR) {
                continue;
            }
            if (ready == 0) {
                return new Answer.Lost(accepted, "it has not answered for " + firstWordMs / 1000 + " s", false);
            }
            int received = Sockets.recv(fd, buffer, 0, BUFFER_BYTES, 0);
            if (received == -Errno.EINTR) {
                continue;
            }
            if (received <= 0) {
                int error = sent < 0 ? -sent : -received;
                return new Answer.Lost(accepted,
                        error == 0 || error == Errno.ECONNRESET || error == Errno.EPIPE
                                ? "it went away"
                                : "the connection failed: " + Errno.message(error),
                        false);
            }
            byte[] bytes = buffer.asSlice(0, received).toArray(ValueLayout.JAVA_BYTE);
            for (String line : lines.append(bytes, 0, bytes.length)) {
                switch (ControlReplyCodec.decode(line)) {
                    case Parsed.Understood<ControlReply>(Accepted word) -> accepted = Optional.of(word);
                    case Parsed.Understood<ControlReply>(ControlReply lastWord) -> {
                        return new Answer.Got(lastWord);
                    }
                    case Parsed.NotUnderstood<ControlReply>(String reason) -> {
                        return new Answer.Lost(accepted, "its answer makes no sense here (" + reason + ")", true);
                    }
                }
            }
            if (lines.overflowed()) {
                return new Answer.Lost(accepted, "its answer is longer than a line may be", true);
            }
        }
    }

    private static int leftMs(long deadlineNs) {
        return (int) Math.max(0, (deadlineNs - System.nanoTime() + 999_999) / 1_000_000);
    }
}
