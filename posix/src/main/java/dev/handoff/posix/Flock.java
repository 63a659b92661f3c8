package dev.handoff.posix;

/**
 * flock(2), the lock that protocol version 1 uses on a data directory. It belongs to the open file description: shared by
 * duplicates and by children that inherit one, freed when the last of them is closed. Java's {@code FileChannel.lock} is
 * fcntl's and does not exclude it.
 */
public final class Flock {

    private static final int LOCK_EX = 2;
    private static final int LOCK_NB = 4;
    private static final int LOCK_UN = 8;

    private Flock() {}

    /** Takes the exclusive lock: 0, {@code -EAGAIN} when another description holds it, or another negative errno. */
    public static int tryLock(int fd) {
        return Libc.flock(fd, LOCK_EX | LOCK_NB);
    }

    /** Releases it; 0 also when it was not held. */
    public static int unlock(int fd) {
        return Libc.flock(fd, LOCK_UN);
    }
}
