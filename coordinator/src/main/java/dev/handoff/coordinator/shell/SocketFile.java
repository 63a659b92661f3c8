package dev.handoff.coordinator.shell;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;

import dev.handoff.posix.Descriptors;
import dev.handoff.posix.Errno;
import dev.handoff.posix.UnixSockets;

/** Binds a Unix socket where a dead process may have left its own. Any thread. */
final class SocketFile {

    private SocketFile() {}

    /**
     * A listening descriptor at {@code path}. A socket file nobody listens on is replaced; anything else there is left alone.
     */
    static int listen(Path path, int backlog, String what) throws StartupFailure {
        try {
            Files.createDirectories(path.toAbsolutePath().getParent());
        } catch (IOException e) {
            throw new StartupFailure("cannot create the directory of " + what + " " + path + ": " + e, e);
        }
        int fd = UnixSockets.listen(path, backlog);
        if (fd == -Errno.EADDRINUSE) {
            removeStale(path, what);
            fd = UnixSockets.listen(path, backlog);
        }
        if (fd < 0) {
            throw new StartupFailure("cannot listen on " + what + " " + path + ": " + Errno.message(fd));
        }
        return fd;
    }

    /** Whether somebody listens there. */
    static boolean isServed(Path path) {
        int probe = UnixSockets.connect(path);
        if (probe >= 0) {
            Descriptors.close(probe);
        }
        return probe >= 0;
    }

    private static void removeStale(Path path, String what) throws StartupFailure {
        int probe = UnixSockets.connect(path);
        if (probe >= 0) {
            Descriptors.close(probe);
            throw new StartupFailure(what + " " + path
                    + " is in use: another coordinator runs with this configuration; stop it, or ask it with 'handoff status'");
        }
        if (probe != -Errno.ECONNREFUSED) {
            throw new StartupFailure(what + " " + path + " exists and is not a socket nobody listens on ("
                    + Errno.message(probe) + "); move it away");
        }
        try {
            if (Files.isRegularFile(path, LinkOption.NOFOLLOW_LINKS)) {
                throw new StartupFailure(what + " " + path + " is a regular file; move it away");
            }
            Files.deleteIfExists(path);
        } catch (IOException e) {
            throw new StartupFailure("cannot remove the stale socket " + path + ": " + e, e);
        }
    }
}
