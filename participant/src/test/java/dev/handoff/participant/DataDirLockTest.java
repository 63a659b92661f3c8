package dev.handoff.participant;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.locks.LockSupport;

import dev.handoff.posix.Processes;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DataDirLockTest {

    @TempDir
    Path dir;

    @Test
    void excludesAnotherHolderAndNamesThisOne() throws IOException {
        try (DataDirLock lock = taken()) {
            assertTrue(lock.held());
            assertEquals(Processes.ownPid() + "\n", Files.readString(dir.resolve(".handoff.pidfile")));
            DataDirLock.HeldBy holder = assertInstanceOf(DataDirLock.HeldBy.class, DataDirLock.take(dir));
            assertEquals("held by pid " + Processes.ownPid(), holder.toString());
        }
    }

    @Test
    void releaseLeavesTheLockFileAndTakesThePidfileAway() throws IOException {
        DataDirLock lock = taken();
        Object inode = Files.getAttribute(dir.resolve(".handoff.lock"), "unix:ino");
        lock.release();
        lock.release();
        assertFalse(lock.held());
        assertFalse(Files.exists(dir.resolve(".handoff.pidfile")));
        taken().release();
        assertEquals(inode, Files.getAttribute(dir.resolve(".handoff.lock"), "unix:ino"));
    }

    @Test
    void excludesARealProcessAndIsFreeWhenThatIsKilled() throws Exception {
        try (DaemonProcess holder = DaemonProcess.start(Holder.class, List.of(dir.toString()), Map.of(), List.of())) {
            awaitFile(dir.resolve("held"));
            assertEquals(new DataDirLock.HeldBy(holder.pid()), DataDirLock.take(dir));
            holder.kill();
            // Its pidfile is still there, and names a dead process.
            assertTrue(Files.exists(dir.resolve(".handoff.pidfile")));
            taken().release();
        }
    }

    @Test
    void anUnusablePidfileIsOnlyAWarning() throws IOException {
        // A directory that is not empty can be neither replaced nor removed.
        Files.createDirectories(dir.resolve(".handoff.pidfile/x"));
        DataDirLock lock = taken();
        assertInstanceOf(DataDirLock.HeldBy.class, DataDirLock.take(dir));
        lock.release();
        taken().release();
    }

    @Test
    void aMissingDirectoryIsSaid() {
        DataDirLock.Unusable unusable = assertInstanceOf(DataDirLock.Unusable.class,
                DataDirLock.take(dir.resolve("none")));
        assertTrue(unusable.reason().contains("the data directory must exist"), unusable.reason());
    }

    private DataDirLock taken() {
        return assertInstanceOf(DataDirLock.Taken.class, DataDirLock.take(dir)).lock();
    }

    private static void awaitFile(Path file) {
        long startNs = System.nanoTime();
        while (!Files.exists(file)) {
            assertTrue(System.nanoTime() - startNs < 30_000_000_000L, () -> file + " does not appear");
            LockSupport.parkNanos(1_000_000);
        }
    }

    /** Takes the lock and holds it until it is killed. */
    static final class Holder {

        private Holder() {}

        public static void main(String[] args) throws Exception {
            Path dir = Path.of(args[0]);
            if (DataDirLock.take(dir) instanceof DataDirLock.Taken(DataDirLock lock) && lock.held()) {
                Files.createFile(dir.resolve("held"));
                Thread.currentThread().join();
            }
        }
    }
}
