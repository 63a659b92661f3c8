package dev.handoff.participant;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

import dev.handoff.posix.Descriptors;
import dev.handoff.posix.Errno;
import dev.handoff.posix.Flock;
import dev.handoff.posix.ProcLocks;
import dev.handoff.posix.Processes;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The data directory's lock (protocol page, <i>The data directory's lock</i>): {@code flock(2)} on
 * {@code .handoff.lock}, with the holder's pid in {@code .handoff.pidfile} as a hint. Owned by one thread at a time.
 *
 * <p>
 * Invariant: the lock file is never unlinked or replaced, so every process locks the same inode.
 *
 * <p>
 * Invariant: the kernel's lock is the only truth; a pidfile that cannot be written, read or removed is a warning.
 */
public final class DataDirLock implements AutoCloseable {

    private static final Logger LOG = LoggerFactory.getLogger(DataDirLock.class);

    private static final String LOCK_FILE = ".handoff.lock";
    private static final String PID_FILE = ".handoff.pidfile";
    private static final int OWNER_ONLY = 0600;
    // A dead holder's lock goes when the kernel has closed its files, a moment after it can no longer be signalled.
    private static final int STALE_RETRIES = 20;
    private static final long STALE_RETRY_NS = TimeUnit.MILLISECONDS.toNanos(5);

    private final Path dataDir;
    private int fd;

    private DataDirLock(Path dataDir, int fd) {
        this.dataDir = dataDir;
        this.fd = fd;
    }

    /** What {@link #take} came to. */
    public sealed interface Outcome {}

    /** The lock is ours until it is released or this process ends. */
    public record Taken(DataDirLock lock) implements Outcome {}

    /** Another process holds it; {@code pid} is 0 where that process cannot be told. */
    public record HeldBy(int pid) implements Outcome {

        @Override
        public String toString() {
            return pid == 0 ? "held by an unknown process" : "held by pid " + pid;
        }
    }

    /** The lock file cannot be opened or locked at all. */
    public record Unusable(String reason) implements Outcome {}

    /**
     * Tries for the lock, without waiting for a living holder. When the pidfile's process is dead but the lock is still held,
     * it tries again, for at most 100 ms, on the same inode.
     */
    public static Outcome take(Path dataDir) {
        Path lockFile = dataDir.resolve(LOCK_FILE);
        int fd = Descriptors.open(lockFile, Descriptors.O_RDWR | Descriptors.O_CREAT | Descriptors.O_CLOEXEC,
                OWNER_ONLY);
        if (fd < 0) {
            return new Unusable("cannot open the lock file " + lockFile + ": " + Errno.message(fd)
                    + (fd == -Errno.ENOENT ? "; the data directory must exist" : ""));
        }
        int result = Flock.tryLock(fd);
        for (int i = 0; result == -Errno.EAGAIN && i < STALE_RETRIES && holderIsDead(dataDir); i++) {
            LockSupport.parkNanos(STALE_RETRY_NS);
            result = Flock.tryLock(fd);
        }
        if (result < 0) {
            Descriptors.close(fd);
            return result == -Errno.EAGAIN
                    ? new HeldBy(holder(dataDir))
                    : new Unusable("cannot lock " + lockFile + ": " + Errno.message(result));
        }
        writePid(dataDir);
        return new Taken(new DataDirLock(dataDir, fd));
    }

    /** Removes the pidfile, then unlocks. Safe to repeat. */
    public void release() {
        if (fd < 0) {
            return;
        }
        try {
            Files.deleteIfExists(dataDir.resolve(PID_FILE));
        } catch (IOException e) {
            LOG.warn("cannot remove {}, which is only a hint: {}", dataDir.resolve(PID_FILE), e.toString());
        }
        // Unlocking before closing: the lock must go even where a duplicate of the descriptor is left somewhere.
        Flock.unlock(fd);
        Descriptors.close(fd);
        fd = -1;
    }

    /** Makes another holder's lock of the same directory this one's; that one holds nothing any more. */
    void adopt(DataDirLock other) {
        release();
        fd = other.fd;
        other.fd = -1;
    }

    /** As {@link #release}. */
    @Override
    public void close() {
        release();
    }

    /** Whether the lock is ours. */
    public boolean held() {
        return fd >= 0;
    }

    private static int holder(Path dataDir) {
        int pid = ProcLocks.holderOf(dataDir.resolve(LOCK_FILE));
        return pid > 0 ? pid : Math.max(0, pidInFile(dataDir));
    }

    private static boolean holderIsDead(Path dataDir) {
        int pid = pidInFile(dataDir);
        return pid > 0 && !Processes.isAlive(pid);
    }

    /** The pid in the pidfile, or -1 where there is none to be read. */
    private static int pidInFile(Path dataDir) {
        try {
            return Integer.parseInt(Files.readString(dataDir.resolve(PID_FILE)).strip());
        } catch (IOException | NumberFormatException e) {
            LOG.debug("no pid in {}: {}", dataDir.resolve(PID_FILE), e.toString());
            return -1;
        }
    }

    private static void writePid(Path dataDir) {
        Path pidFile = dataDir.resolve(PID_FILE);
        Path temporary = dataDir.resolve(PID_FILE + "." + Processes.ownPid());
        try {
            Files.writeString(temporary, Processes.ownPid() + "\n");
            Files.move(temporary, pidFile, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
        } catch (IOException e) {
            LOG.warn("cannot write {}, which is only a hint: {}", pidFile, e.toString());
            removeQuietly(temporary);
        }
    }

    private static void removeQuietly(Path temporary) {
        try {
            Files.deleteIfExists(temporary);
        } catch (IOException e) {
            LOG.debug("cannot remove {}: {}", temporary, e.toString());
        }
    }
}
