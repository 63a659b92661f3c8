package dev.handoff.participant;

import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;

import dev.handoff.posix.Errno;
import dev.handoff.posix.Processes;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Sockets beside the control socket, named for the process that bound them: {@code CONTROL_SOCKET.PID.SUFFIX}. */
final class LeftSockets {

    private static final Logger LOG = LoggerFactory.getLogger(LeftSockets.class);

    private LeftSockets() {}

    /**
     * Removes those of processes that are gone: one that is killed removes nothing itself.
     *
     * @param suffix
     *            with its dot
     */
    static void sweep(Path controlSocket, String suffix) {
        Path absolute = controlSocket.toAbsolutePath();
        String prefix = absolute.getFileName() + ".";
        try (DirectoryStream<Path> siblings = Files.newDirectoryStream(absolute.getParent(),
                file -> file.getFileName().toString().startsWith(prefix)
                        && file.getFileName().toString().endsWith(suffix))) {
            for (Path file : siblings) {
                String name = file.getFileName().toString();
                String pid = name.substring(prefix.length(),
                        Math.max(prefix.length(), name.length() - suffix.length()));
                // Signal 0 only asks whether there is such a process.
                if (pid.matches("[1-9][0-9]{0,8}") && Processes.kill(Integer.parseInt(pid), 0) == -Errno.ESRCH) {
                    Files.deleteIfExists(file);
                }
            }
        } catch (IOException e) {
            LOG.debug("cannot look for old sockets beside {}: {}", controlSocket, e.toString());
        }
    }
}
