package dev.handoff.posix;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.StringTokenizer;

/**
 * Who holds a flock, as {@code /proc/locks} tells (proc(5)). For people and for checks: by the time the answer is read it
 * may be old. Any thread.
 */
public final class ProcLocks {

    private static final String LOCK = "lock:";
    /** A daemon takes its lock before it has thousands of connections, and the lowest free number is given out first. */
    private static final int DESCRIPTORS = 512;
    private static final int LONGEST_LINK = 64;
    /** PATH_MAX; readlink(2) cuts what is longer. */
    private static final int LONGEST_TARGET = 4096;
    /** Of a line that can name a holder. */
    private static final int FIELDS = 6;

    /** The number that the file had where it was found last. A daemon's next generation mostly opens it under the same. */
    private static volatile int lastFound;

    private ProcLocks() {}

    /**
     * As {@link #holderOf(Path)}, asking about some processes first: their descriptors tell without {@code /proc/locks}, which makes the
     * kernel wait for a grace period of its read-copy-update, 5 to 30 ms. A process that may not be looked at, or has the lock
     * behind its first few hundred descriptors, costs that wait.
     *
     * @param likely the pids of the processes of which one should be the holder
     */
    public static int holderOf(Path path, List<Integer> likely) {
        for (int pid : likely) {
            try {
                if (holds(pid, path)) {
                    return pid;
                }
            } catch (IOException e) {
                // It is not known to be the holder, and the kernel's table will tell.
            }
        }
        return holderOf(path);
    }

    /** Whether one of this process's first descriptors is this file and carries its own FLOCK, as {@code fdinfo} tells. */
    private static boolean holds(int pid, Path file) throws IOException {
        try (Arena arena = Arena.ofConfined()) {
            Links links = new Links(arena, pid, file);
            int first = lastFound;
            if (links.leadsToFile(first) && isHolders(pid, first, file)) {
                return true;
            }
            for (int descriptor = 0; descriptor < DESCRIPTORS && !links.hidden; descriptor++) {
                if (descriptor != first && links.leadsToFile(descriptor) && isHolders(pid, descriptor, file)) {
                    lastFound = descriptor;
                    return true;
                }
            }
            return false;
        }
    }

    /** The links {@code /proc/PID/fd/*}: by far the cheapest question, and asked about each descriptor. */
    private static final class Links {
        private final MemorySegment link;
        private final MemorySegment target;
        private final byte[] prefix;
        private final byte[] name;
        /** Set once a link may not be read. */
        private boolean hidden;

        Links(Arena arena, int pid, Path file) {
            link = arena.allocate(LONGEST_LINK);
            target = arena.allocate(LONGEST_TARGET);
            prefix = ("/proc/" + pid + "/fd/").getBytes(StandardCharsets.US_ASCII);
            MemorySegment.copy(prefix, 0, link, ValueLayout.JAVA_BYTE, 0, prefix.length);
            name = Libc.bytes(file.getFileName());
        }

        /** Whether it leads to a file of the same name. */
        boolean leadsToFile(int descriptor) {
            byte[] number = (Integer.toString(descriptor) + '\0').getBytes(StandardCharsets.US_ASCII);
            MemorySegment.copy(number, 0, link, ValueLayout.JAVA_BYTE, prefix.length, number.length);
            int length = Libc.readlink(link.address(), target.address(), LONGEST_TARGET);
            hidden |= length == -Errno.EACCES || length == -Errno.EPERM;
            return length >= name.length
                    && target.asSlice((long) length - name.length, name.length)
                            .mismatch(MemorySegment.ofArray(name)) < 0;
        }
    }

    private static boolean isHolders(int pid, int descriptor, Path file) throws IOException {
        try {
            if (!Files.isSameFile(file, Path.of("/proc/" + pid + "/fd/" + descriptor))) {
                return false;
            }
            for (String line : Files.readAllLines(Path.of("/proc/" + pid + "/fdinfo/" + descriptor))) {
                if (line.startsWith(LOCK) && flockPid(new StringTokenizer(line.substring(LOCK.length()))) == pid) {
                    return true;
                }
            }
            return false;
        } catch (NoSuchFileException e) {
            // Closed since its link was read.
            return false;
        }
    }

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
            if (mountId != null && line.startsWith(mountId + " ")) {
                String[] device = line.split(" ", 4)[2].split(":", 2);
                return Optional.of(hex(device[0]) + ":" + hex(device[1]) + ":" + inode);
            }
        }
        return Optional.empty();
    }

    /** As {@code %02x}. */
    private static String hex(String decimal) {
        String digits = Integer.toHexString(Integer.parseInt(decimal));
        return digits.length() < 2 ? "0" + digits : digits;
    }

    /** A line is {@code 1: FLOCK  ADVISORY  WRITE 1234 fd:01:5678 0 EOF}; one that waits has {@code ->} behind its number. */
    static int holder(List<String> locks, String inodeKey) {
        for (String line : locks) {
            // What most lines lack is looked for first: this is done in the writer gap, for the first time of this process.
            if (line.contains(inodeKey)) {
                StringTokenizer fields = new StringTokenizer(line);
                int pid = flockPid(fields);
                if (pid > 0 && fields.nextToken().equals(inodeKey)) {
                    return pid;
                }
            }
        }
        return 0;
    }

    /** The pid in such a line, with the inode as the next field; 0 for another kind of lock, or a holder that is not shown. */
    private static int flockPid(StringTokenizer fields) {
        if (fields.countTokens() < FIELDS || !fields.nextToken().endsWith(":") || !fields.nextToken().equals("FLOCK")) {
            return 0;
        }
        fields.nextToken();
        fields.nextToken();
        return Math.max(0, Integer.parseInt(fields.nextToken()));
    }
}
