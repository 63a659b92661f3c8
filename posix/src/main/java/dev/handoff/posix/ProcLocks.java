package dev.handoff.posix;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/**
 * Who holds a flock, as {@code /proc/locks} tells (proc(5)). For people and for checks: by the time the answer is read it
 * may be old. Any thread.
 */
public final class ProcLocks {

    private ProcLocks() {}

    /**
     * The process that took the FLOCK on {@code path}'s inode, or 0: no such file, no lock, or a holder that this process's
     * pid namespace does not show. A child that merely inherited the locked descriptor is not named; its parent is, even
     * after its death.
     */
    public static int holderOf(Path path) {
        int fd = Descriptors.open(path, Descriptors.O_PATH, 0);
        if (fd < 0) {
            return 0;
        }
        try {
            Optional<String> inode = inodeKey(fd);
            return inode.isEmpty() ? 0 : holder(Files.readAllLines(Path.of("/proc/locks")), inode.get());
        } catch (IOException e) {
            // Without a readable /proc nothing is known, which 0 says.
            return 0;
        } finally {
            Descriptors.close(fd);
        }
    }

    /**
     * {@code major:minor:inode} as the kernel prints it there. The device comes from the mount table: stat's may be another
     * one (overlayfs, btrfs), while both the mount table and /proc/locks print the superblock's.
     */
    private static Optional<String> inodeKey(int fd) throws IOException {
        String mountId = null;
        String inode = null;
        for (String line : Files.readAllLines(Path.of("/proc/self/fdinfo/" + fd))) {
            if (line.startsWith("mnt_id:")) {
                mountId = line.substring("mnt_id:".length()).strip();
            } else if (line.startsWith("ino:")) {
                inode = line.substring("ino:".length()).strip();
            }
        }
        if (inode == null) {
            // Linux before 5.14 does not print it.
            inode = Files.getAttribute(Path.of("/proc/self/fd/" + fd), "unix:ino").toString();
        }
        // Mount points may hold any bytes.
        for (String line : Files.readAllLines(Path.of("/proc/self/mountinfo"), StandardCharsets.ISO_8859_1)) {
            String[] fields = line.split(" ", 4);
            if (fields[0].equals(mountId)) {
                String[] device = fields[2].split(":", 2);
                return Optional.of(String.format(Locale.ROOT, "%02x:%02x:%s", Integer.parseInt(device[0]),
                        Integer.parseInt(device[1]), inode));
            }
        }
        return Optional.empty();
    }

    /** A line is {@code 1: FLOCK  ADVISORY  WRITE 1234 fd:01:5678 0 EOF}; one that waits has {@code ->} behind its number. */
    static int holder(List<String> locks, String inodeKey) {
        for (String line : locks) {
            String[] fields = line.strip().split("\\s+", -1);
            if (fields.length >= 6 && fields[1].equals("FLOCK") && fields[5].equals(inodeKey)) {
                int pid = Integer.parseInt(fields[4]);
                return Math.max(pid, 0);
            }
        }
        return 0;
    }
}
