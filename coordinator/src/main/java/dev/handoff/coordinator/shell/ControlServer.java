package dev.handoff.coordinator.shell;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.Semaphore;

import dev.handoff.coordinator.control.ControlReply;
import dev.handoff.coordinator.control.ControlReplyCodec;
import dev.handoff.coordinator.control.ControlRequest;
import dev.handoff.coordinator.control.ControlRequestCodec;
import dev.handoff.coordinator.control.LineBuffer;
import dev.handoff.coordinator.control.Parsed;
import dev.handoff.posix.Descriptors;
import dev.handoff.posix.Errno;
import dev.handoff.posix.PeerCredentials;
import dev.handoff.posix.Sockets;
import dev.handoff.posix.UnixSockets;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The trigger socket: takes operators' requests, a thread for each connection so that a slow client holds up nobody else, and
 * brings back the answers.
 */
final class ControlServer implements AutoCloseable {

    private static final Logger LOG = LoggerFactory.getLogger(ControlServer.class);

    private static final int BACKLOG = 64;
    private static final int MAX_CLIENTS = 128;
    private static final int READ_BYTES = 4096;

    /** A client has this long to say what it wants, and to take each answer. */
    private static final long CLIENT_TIMEOUT_MS = 10_000;

    /** Where requests go. */
    interface Desk {
        /**
         * Takes a request of this process; answers come later, on another thread, the last one being no {@code Accepted}.
         */
        void take(ControlRequest request, int uid, int pid, java.util.function.Consumer<ControlReply> sink);
    }

    private final int listener;
    private final Path path;
    private final Desk desk;
    private final Semaphore free = new Semaphore(MAX_CLIENTS);
    private final Set<Integer> open = ConcurrentHashMap.newKeySet();
    private final Thread acceptor;
    private volatile boolean closing;

    /**
     * Binds the socket.
     *
     * @param forAll
     *            whether users other than the coordinator's own may connect; whom it answers is for {@code desk} to say
     */
    ControlServer(Path path, boolean forAll, Desk desk) throws StartupFailure {
        this.path = path;
        this.desk = desk;
        this.listener = SocketFile.listen(path, BACKLOG, "trigger_socket");
        try {
            Files.setPosixFilePermissions(path, PosixFilePermissions.fromString(forAll ? "rw-rw-rw-" : "rw-------"));
        } catch (IOException e) {
            Descriptors.close(listener);
            throw new StartupFailure("cannot set the mode of trigger_socket " + path + ": " + e, e);
        }
        this.acceptor = Thread.ofPlatform().daemon().name("handoff-control").unstarted(this::accept);
    }

    void start() {
        acceptor.start();
    }

    private void accept() {
        while (!closing) {
            int fd = UnixSockets.accept(listener);
            if (closing) {
                if (fd >= 0) {
                    Descriptors.close(fd);
                }
                return;
            }
            if (fd < 0) {
                if (fd != -Errno.EINTR && fd != -Errno.ECONNABORTED) {
                    LOG.warn("accepting on {} failed: {}", path, Errno.message(fd));
                    pauseAfterFailure();
                }
                continue;
            }
            if (!free.tryAcquire()) {
                write(fd, ControlReplyCodec.encode(new ControlReply.Refused(
                        "the coordinator serves " + MAX_CLIENTS + " clients already; try again")));
                Descriptors.close(fd);
                continue;
            }
            open.add(fd);
            Thread.ofPlatform().daemon().name("handoff-client").start(() -> serve(fd));
        }
    }

    /** Out of descriptors, most likely: trying again at once would spin. */
    private void pauseAfterFailure() {
        try {
            Thread.sleep(100);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private void serve(int fd) {
        try {
            PeerCredentials peer = new PeerCredentials();
            int known = UnixSockets.peerCredentials(fd, peer);
            Sockets.setReceiveTimeoutMs(fd, CLIENT_TIMEOUT_MS);
            Sockets.setSendTimeoutMs(fd, CLIENT_TIMEOUT_MS);
            if (known >= 0) {
                converse(fd, peer);
            }
        } finally {
            open.remove(fd);
            Descriptors.close(fd);
            free.release();
        }
    }

    private void converse(int fd, PeerCredentials peer) {
        LineBuffer lines = new LineBuffer(ControlRequestCodec.MAX_LINE_BYTES);
        byte[] bytes = new byte[READ_BYTES];
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment buffer = arena.allocate(READ_BYTES);
            while (true) {
                int read = Sockets.recv(fd, buffer, 0, READ_BYTES, 0);
                if (read == -Errno.EINTR) {
                    continue;
                }
                if (read <= 0) {
                    if (!lines.rest().isBlank()) {
                        take(fd, lines.rest(), peer);
                    }
                    return;
                }
                MemorySegment.copy(buffer, ValueLayout.JAVA_BYTE, 0, bytes, 0, read);
                for (String line : lines.append(bytes, 0, read)) {
                    if (!take(fd, line, peer)) {
                        return;
                    }
                }
                if (lines.overflowed()) {
                    write(fd, ControlReplyCodec.encode(new ControlReply.Refused("the request is longer than "
                            + ControlRequestCodec.MAX_LINE_BYTES + " bytes")));
                    return;
                }
            }
        }
    }

    /** Answers one line; whether the conversation can go on. */
    private boolean take(int fd, String line, PeerCredentials peer) {
        boolean rust = ControlRequestCodec.isRustLine(line);
        return switch (ControlRequestCodec.decode(line)) {
            case Parsed.NotUnderstood<ControlRequest> bad -> {
                ControlReply.Refused refused = new ControlReply.Refused(bad.reason());
                write(fd, rust ? ControlReplyCodec.encodeRust(refused) : ControlReplyCodec.encode(refused));
                yield true;
            }
            case Parsed.Understood<ControlRequest> good -> {
                LinkedBlockingQueue<ControlReply> replies = new LinkedBlockingQueue<>();
                desk.take(good.value(), peer.uid(), peer.pid(), replies::add);
                yield answer(fd, rust, replies);
            }
        };
    }

    private static boolean answer(int fd, boolean rust, LinkedBlockingQueue<ControlReply> replies) {
        try {
            while (true) {
                ControlReply reply = replies.take();
                boolean last = !(reply instanceof ControlReply.Accepted);
                if (rust && !last) {
                    continue;
                }
                if (!write(fd, rust ? ControlReplyCodec.encodeRust(reply) : ControlReplyCodec.encode(reply))) {
                    return false;
                }
                if (last) {
                    return true;
                }
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return false;
        }
    }

    private static boolean write(int fd, String line) {
        byte[] bytes = (line + "\n").getBytes(StandardCharsets.UTF_8);
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment buffer = arena.allocate(bytes.length);
            MemorySegment.copy(bytes, 0, buffer, ValueLayout.JAVA_BYTE, 0, bytes.length);
            int written = 0;
            while (written < bytes.length) {
                int sent = Sockets.send(fd, buffer, written, bytes.length - written, 0);
                if (sent == -Errno.EINTR) {
                    continue;
                }
                if (sent < 0) {
                    return false;
                }
                written += sent;
            }
            return true;
        }
    }

    @Override
    public void close() {
        closing = true;
        Sockets.shutdown(listener, Sockets.SHUT_RDWR);
        try {
            acceptor.join();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        Descriptors.close(listener);
        for (int fd : open) {
            Sockets.shutdown(fd, Sockets.SHUT_RD);
        }
        try {
            Files.deleteIfExists(path);
        } catch (IOException e) {
            LOG.warn("cannot remove {}: {}", path, e.toString());
        }
    }
}
