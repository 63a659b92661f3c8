package dev.handoff.coordinator.keeper;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

import dev.handoff.posix.Descriptors;
import dev.handoff.posix.Errno;
import dev.handoff.posix.PeerCredentials;
import dev.handoff.posix.Processes;
import dev.handoff.posix.Sockets;
import dev.handoff.posix.UnixSockets;

/**
 * The socket the coordinator talks to. Its name is abstract (unix(7)): no file is left behind, however this process ends. Any
 * process may write to it, so the kernel tells with each message who sent it. One thread.
 */
final class NotifySocket {

    /** More than a message of ours by far; sd_notify's are limited alike. */
    private static final int MAX_BYTES = 4096;

    private final String name;
    private final int fd;
    private final MemorySegment buffer = Arena.ofAuto().allocate(MAX_BYTES);
    private final int[] fds = new int[Sockets.MAX_DESCRIPTORS];
    private final PeerCredentials sender = new PeerCredentials();

    private NotifySocket(String name, int fd) {
        this.name = name;
        this.fd = fd;
    }

    /** @throws IllegalStateException when there is none to be had; the message says why */
    static NotifySocket bind() {
        String name = "@handoff-keeper/" + Processes.ownPid() + "/" + Long.toHexString(System.nanoTime());
        int fd = UnixSockets.bindDatagram(Path.of(name));
        int result = fd < 0 ? fd : Sockets.setPassCredentials(fd, true);
        if (result < 0) {
            throw new IllegalStateException("cannot bind a notify socket: " + Errno.message(result));
        }
        return new NotifySocket(name, fd);
    }

    /** As NOTIFY_SOCKET wants it. */
    String name() {
        return name;
    }

    int fd() {
        return fd;
    }

    /**
     * Answers a barrier: closing the pipe's end says that everything before is done, a byte in it before that not all of it
     * succeeded.
     */
    void answer(int pipe, boolean refused) {
        if (refused) {
            // Whoever asked and no longer reads needs no answer.
            int _ = Descriptors.write(pipe, buffer, 0, 1);
        }
        Descriptors.close(pipe);
    }

    /** The next message, whoever sent it; empty when none is queued. */
    Optional<Notification> receive() {
        Sockets.Received received = Sockets.receiveDescriptors(fd, buffer, fds, Sockets.MSG_DONTWAIT, sender);
        if (received.length() == -Errno.EAGAIN) {
            return Optional.empty();
        }
        if (received.length() < 0) {
            throw new IllegalStateException("cannot read the notify socket: " + Errno.message(received.length()));
        }
        List<Integer> descriptors = new ArrayList<>(received.count());
        for (int i = 0; i < received.count(); i++) {
            descriptors.add(fds[i]);
        }
        byte[] bytes = buffer.asSlice(0, received.length()).toArray(ValueLayout.JAVA_BYTE);
        return Optional.of(Notification.of(sender.pid(), new String(bytes, StandardCharsets.UTF_8), descriptors));
    }
}
