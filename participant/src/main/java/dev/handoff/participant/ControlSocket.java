package dev.handoff.participant;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

import dev.handoff.posix.Descriptors;
import dev.handoff.posix.Errno;
import dev.handoff.posix.PeerCredentials;
import dev.handoff.posix.Processes;
import dev.handoff.posix.Sockets;
import dev.handoff.posix.UnixSockets;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The incumbent's control socket: bound beside its path first, listening, mode 0600, then renamed into place. So a path that
 * once answered never refuses, and a bind that fails does so while nothing depends on it. Owned by one thread at a time.
 */
final class ControlSocket implements AutoCloseable {

    private static final Logger LOG = LoggerFactory.getLogger(ControlSocket.class);

    private static final String BESIDE = ".new";
    private static final int BACKLOG = 16;
    // A successor renames its socket right after its Ready; a second is for a machine that has just stalled.
    private static final long REPLACED_WITHIN_NS = TimeUnit.SECONDS.toNanos(1);
    private static final long REPLACED_LOOK_NS = TimeUnit.MICROSECONDS.toNanos(200);

    private final Path path;
    private final Path beside;
    private final PeerCredentials peer = new PeerCredentials();
    private int fd;
    private Object identity;

    private ControlSocket(Path path) {
        this.path = path.toAbsolutePath();
        this.beside = this.path.resolveSibling(this.path.getFileName() + "." + Processes.ownPid() + BESIDE);
    }

    /**
     * Binds beside {@code path} and listens; nothing is visible at {@code path} yet.
     *
     * @throws ParticipantEndedException if that fails; the message says how and what to do
     */
    static ControlSocket bindBeside(Path path) throws ParticipantEndedException {
        ControlSocket socket = new ControlSocket(path);
        try {
            socket.bind();
            return socket;
        } catch (IOException e) {
            throw new ParticipantEndedException(1, "cannot bind the control socket " + path + ": " + e.getMessage()
                    + "; its directory must exist and be writable", e);
        }
    }

    private void bind() throws IOException {
        LeftSockets.sweep(path, BESIDE);
        // Left over from a process that had our pid and died between the bind and the rename.
        Files.deleteIfExists(beside);
        int listening = UnixSockets.listen(beside, BACKLOG);
        if (listening < 0) {
            throw new IOException(Errno.message(listening));
        }
        try {
            // Whoever connected before this line is judged by its credentials in accept().
            Files.setPosixFilePermissions(beside, PosixFilePermissions.fromString("rw-------"));
            identity = identityOf(beside);
        } catch (IOException e) {
            Descriptors.close(listening);
            Files.deleteIfExists(beside);
            throw e;
        }
        fd = listening;
    }

    /** The listening descriptor. */
    int fd() {
        return fd;
    }

    /** Renames the socket to its path, in place of whatever is there. */
    void place() throws IOException {
        Files.move(beside, path, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    }

    /** Whether the path leads to this socket. */
    boolean inPlace() throws IOException {
        return identity.equals(identityOf(path));
    }

    /**
     * Makes the path lead here again where it does not, because a successor that is gone had renamed its own socket there, or
     * somebody removed it. The descriptor changes when it does.
     *
     * @return whether anything was done
     */
    boolean restore() throws IOException {
        if (inPlace()) {
            return false;
        }
        int old = fd;
        // Bound beside but not renamed: a rename that failed earlier is tried again.
        if (!identity.equals(identityOf(beside))) {
            bind();
        }
        place();
        if (old != fd) {
            Descriptors.close(old);
        }
        return true;
    }

    /** Accepts one supervisor: its descriptor, or the negative errno; {@code -EACCES} for one of another user. */
    int accept() {
        int accepted = UnixSockets.accept(fd);
        if (accepted < 0) {
            return accepted;
        }
        int result = UnixSockets.peerCredentials(accepted, peer);
        if (result >= 0 && (peer.uid() == 0 || peer.uid() == ownUid())) {
            return accepted;
        }
        Descriptors.close(accepted);
        return result < 0 ? result : -Errno.EACCES;
    }

    /** Whether a supervisor waits to be accepted. */
    boolean someoneWaits() {
        return (Sockets.poll(fd, Sockets.POLLIN, 0) & Sockets.POLLIN) != 0;
    }

    /**
     * Closes after a commit, once the successor's socket is at the path: until then whoever connects would be refused. Leaves
     * the path alone.
     */
    void closeAfterCommit() {
        long startNs = System.nanoTime();
        try {
            while (inPlace() && System.nanoTime() - startNs < REPLACED_WITHIN_NS) {
                LockSupport.parkNanos(REPLACED_LOOK_NS);
            }
        } catch (IOException e) {
            LOG.warn("cannot see whether {} is the successor's: {}", path, e.toString());
        }
        Descriptors.close(fd);
        fd = -1;
    }

    /** Closes, and removes what is ours at the path and beside it. Safe to repeat. */
    @Override
    public void close() {
        if (fd < 0) {
            return;
        }
        try {
            Files.deleteIfExists(beside);
            if (inPlace()) {
                Files.deleteIfExists(path);
            }
        } catch (IOException e) {
            LOG.warn("cannot remove the control socket {}: {}", path, e.toString());
        }
        Descriptors.close(fd);
        fd = -1;
    }

    /** Device and inode, or "" for no file. While the socket is open its inode's number is not used again. */
    private static Object identityOf(Path file) throws IOException {
        try {
            return Objects.requireNonNull(Files.readAttributes(file, BasicFileAttributes.class,
                    LinkOption.NOFOLLOW_LINKS).fileKey());
        } catch (NoSuchFileException e) {
            LOG.debug("no file at {}", e.getMessage());
            return "";
        }
    }

    static int ownUid() {
        try {
            return (Integer) Files.getAttribute(Path.of("/proc/self"), "unix:uid");
        } catch (IOException e) {
            throw new IllegalStateException("/proc is not mounted, and this library needs it", e);
        }
    }
}
