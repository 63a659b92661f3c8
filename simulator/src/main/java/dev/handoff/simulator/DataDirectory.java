package dev.handoff.simulator;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * The service's data directory: the lock's inode, and a log of writes of which a part is on the disk for good. A daemon that
 * opened it writes where it believes the end to be; so two that have it open overwrite each other, which is what the lock is
 * there to prevent.
 */
final class DataDirectory {

    private static final int INITIAL_WRITES = 64;

    private final Safety safety;
    private final List<Daemon> writers = new ArrayList<>(2);
    private long[] writes = new long[INITIAL_WRITES];
    private long[] acknowledged = new long[INITIAL_WRITES];
    private int length;
    private int synced;
    private Daemon holder;

    DataDirectory(Safety safety) {
        this.safety = safety;
    }

    // ---- The lock

    /** flock(LOCK_EX | LOCK_NB); whether it was taken. */
    boolean tryLock(Daemon daemon) {
        if (holder != null) {
            return isHeldBy(daemon);
        }
        holder = daemon;
        return true;
    }

    /** The daemon lets go of the lock by itself. */
    void unlock(Daemon daemon) {
        if (isHeldBy(daemon)) {
            safety.unlocked(daemon, writers.contains(daemon));
            holder = null;
        }
    }

    boolean isHeldBy(Daemon daemon) {
        return daemon.equals(holder);
    }

    /** Who holds the lock, or null. */
    Daemon holder() {
        return holder;
    }

    // ---- The log

    /** The daemon reads what is there and becomes a writer. Gives the revision it found. */
    int open(Daemon daemon) {
        safety.opens(daemon, holder, writers);
        for (int revision = 0; revision < acknowledged.length; revision++) {
            if (acknowledged[revision] != 0) {
                safety.finds(daemon, acknowledged[revision], revision,
                        revision < length && writes[revision] == acknowledged[revision]);
            }
        }
        writers.add(daemon);
        return length;
    }

    /** Flushes and closes the daemon's writer state. */
    void close(Daemon daemon) {
        sync();
        writers.remove(daemon);
    }

    boolean isOpen(Daemon daemon) {
        return writers.contains(daemon);
    }

    /** Writes {@code id} at a revision: into the page cache, no further. */
    void write(Daemon daemon, int revision, long id) {
        safety.writes(daemon, holder, writers);
        if (revision >= writes.length) {
            writes = Arrays.copyOf(writes, revision * 2);
            acknowledged = Arrays.copyOf(acknowledged, revision * 2);
        }
        writes[revision] = id;
        length = Math.max(length, revision + 1);
    }

    /** fsync(2). */
    void sync() {
        synced = length;
    }

    /** The client was told that its write is safe. */
    void acknowledge(int revision, long id) {
        acknowledged[revision] = id;
    }

    boolean isSynced() {
        return synced == length;
    }

    int revision() {
        return length;
    }

    // ---- What happens to it

    /** The kernel frees what the process had. */
    void died(Daemon daemon) {
        writers.remove(daemon);
        if (isHeldBy(daemon)) {
            holder = null;
        }
    }

    /** The machine died: of what was not synced, the first {@code kept} writes reached the disk. */
    void machineDied(int kept) {
        length = Math.min(length, synced + kept);
    }

    /** How many writes a crash of the machine could lose. */
    int unsynced() {
        return length - synced;
    }
}
