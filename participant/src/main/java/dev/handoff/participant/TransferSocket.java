package dev.handoff.participant;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;

import dev.handoff.posix.Descriptors;
import dev.handoff.posix.Errno;
import dev.handoff.posix.PeerCredentials;
import dev.handoff.posix.Processes;
import dev.handoff.posix.UnixSockets;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Where a successor waits for its incumbent's connections: a socket beside the control socket with the successor's pid in its
 * name. The successor listens before it says hello, the incumbent learns the pid from {@code PrepareHandoff}; so whether the
 * socket is there when the drain begins tells whether the successor takes connections, without a word of the protocol.
 */
final class TransferSocket {

    private static final Logger LOG = LoggerFactory.getLogger(TransferSocket.class);

    private static final String SUFFIX = ".connections";
    private static final int BACKLOG = 16;

    private TransferSocket() {}

    /** Where the successor of this pid waits. */
    static Path path(Path controlSocket, long successorPid) {
        Path absolute = controlSocket.toAbsolutePath();
        return absolute.resolveSibling(absolute.getFileName() + "." + successorPid + SUFFIX);
    }

    /** Listens for the incumbent, mode 0600, after removing what successors that are gone have left. */
    static int listen(Path controlSocket) throws IOException {
        LeftSockets.sweep(controlSocket, SUFFIX);
        Path path = path(controlSocket, Processes.ownPid());
        Files.deleteIfExists(path);
        int fd = UnixSockets.listen(path, BACKLOG);
        if (fd < 0) {
            throw new IOException(Errno.message(fd));
        }
        try {
            // Whoever connected before this line is judged by its credentials all the same.
            Files.setPosixFilePermissions(path, PosixFilePermissions.fromString("rw-------"));
        } catch (IOException e) {
            Descriptors.close(fd);
            Files.deleteIfExists(path);
            throw e;
        }
        return fd;
    }

    /**
     * Connects to the successor of this pid: a descriptor, or the negative errno: {@code -ENOENT} where it takes no connections,
     * {@code -EACCES} where somebody else listens there.
     */
    static int connect(Path controlSocket, long successorPid) {
        int fd = UnixSockets.connect(path(controlSocket, successorPid));
        if (fd < 0) {
            return fd;
        }
        PeerCredentials peer = new PeerCredentials();
        int result = UnixSockets.peerCredentials(fd, peer);
        if (result >= 0 && peer.uid() == ControlSocket.ownUid() && peer.pid() == successorPid) {
            return fd;
        }
        Descriptors.close(fd);
        return result < 0 ? result : -Errno.EACCES;
    }

    /** Removes the socket's name. */
    static void remove(Path controlSocket, long successorPid) {
        Path path = path(controlSocket, successorPid);
        try {
            Files.deleteIfExists(path);
        } catch (IOException e) {
            LOG.warn("cannot remove {}: {}", path, e.toString());
        }
    }
}
