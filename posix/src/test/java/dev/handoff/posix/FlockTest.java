package dev.handoff.posix;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class FlockTest {

    @TempDir
    private Path directory;
    private Path file;
    private int fd;

    @BeforeEach
    void open() {
        file = directory.resolve(".handoff.lock");
        fd = openAgain();
    }

    @AfterEach
    void close() {
        Descriptors.close(fd);
    }

    @Test
    void aSecondOpenFileDescriptionIsRefusedUntilTheFirstUnlocks() {
        int second = openAgain();
        assertEquals(0, Flock.tryLock(fd));
        assertEquals(0, Flock.tryLock(fd), "its own description may ask again");
        assertEquals(-Errno.EAGAIN, Flock.tryLock(second));
        assertEquals(0, Flock.unlock(fd));
        assertEquals(0, Flock.tryLock(second));
        Descriptors.close(second);
    }

    @Test
    void aDuplicateSharesTheLockAndKeepsIt() {
        int duplicate = Descriptors.duplicate(fd, 3);
        int second = openAgain();
        assertEquals(0, Flock.tryLock(fd));
        assertEquals(0, Flock.tryLock(duplicate));
        Descriptors.close(fd);
        assertEquals(-Errno.EAGAIN, Flock.tryLock(second));
        Descriptors.close(duplicate);
        assertEquals(0, Flock.tryLock(second));
        Descriptors.close(second);
    }

    @Test
    void anotherProcessExcludesUsAndItsDeathFreesTheLock() {
        try (TestChild child = new TestChild("exec 9>>'" + file + "'; flock -n 9 && echo >&3; exec 3>&-; read x <&4")) {
            child.awaitReady();
            assertEquals(-Errno.EAGAIN, Flock.tryLock(fd));
            // The flock command, a child of the shell, took the lock on the shared description; it has ended since.
            assertTrue(ProcLocks.holderOf(file) > 0);
            Processes.kill(child.pid(), Signals.SIGKILL);
            assertEquals(new ExitStatus.Signaled(Signals.SIGKILL), child.end());
            assertEquals(0, Flock.tryLock(fd));
        }
    }

    @Test
    void procLocksNamesTheHolder() {
        assertEquals(0, ProcLocks.holderOf(file));
        assertEquals(0, Flock.tryLock(fd));
        assertEquals(Processes.ownPid(), ProcLocks.holderOf(file));
        assertEquals(Processes.ownPid(), ProcLocks.holderOf(file, List.of(Processes.ownPid())));
        assertEquals(Processes.ownPid(), ProcLocks.holderOf(file, List.of(1)), "asked about another process first");
        assertEquals(0, ProcLocks.holderOf(directory.resolve("no-such-file")));
        assertEquals(0, Flock.unlock(fd));
        assertEquals(0, ProcLocks.holderOf(file));
        assertEquals(0, ProcLocks.holderOf(file, List.of(Processes.ownPid())));
    }

    @Test
    void theHolderIsFoundUnderWhateverNumberItHasTheFileOpen() {
        List<Integer> own = List.of(Processes.ownPid());
        assertEquals(0, Flock.tryLock(fd));
        assertEquals(own.getFirst(), ProcLocks.holderOf(file, own));
        // Open under the number where it was found just now, and locked under another one.
        int elsewhere = openAgain();
        assertEquals(0, Flock.unlock(fd));
        assertEquals(0, Flock.tryLock(elsewhere));
        assertEquals(own.getFirst(), ProcLocks.holderOf(file, own));
        assertEquals(own.getFirst(), ProcLocks.holderOf(file, own), "and once more");
        Descriptors.close(elsewhere);
        assertEquals(0, ProcLocks.holderOf(file, own));
    }

    @Test
    void whoeverSharesTheLockIsNotTakenForWhoeverTookIt() {
        try (TestChild child = new TestChild("exec 9>>'" + file + "'; flock -n 9 && echo >&3; exec 3>&-; read x <&4")) {
            child.awaitReady();
            assertEquals(ProcLocks.holderOf(file), ProcLocks.holderOf(file, List.of(child.pid())));
        }
    }

    @Test
    void procLocksTellsALockFromWhoeverWaitsForIt() {
        List<String> locks = List.of("1: POSIX  ADVISORY  WRITE 11 fe:00:77 0 EOF",
                "2: FLOCK  ADVISORY  WRITE 12 fe:00:78 0 EOF", "3: FLOCK  ADVISORY  WRITE 13 fe:00:77 0 EOF",
                "3: -> FLOCK  ADVISORY  WRITE 14 fe:00:77 0 EOF");
        assertEquals(13, ProcLocks.holder(locks, "fe:00:77"));
        assertEquals(12, ProcLocks.holder(locks, "fe:00:78"));
        assertEquals(0, ProcLocks.holder(locks, "fe:00:79"));
        assertEquals(0, ProcLocks.holder(List.of("9: FLOCK ADVISORY WRITE -1 fe:00:77 0 EOF"), "fe:00:77"));
    }

    @Test
    void javasFileLockDoesNotExcludeIt() throws IOException {
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE); FileLock lock = channel.lock()) {
            assertTrue(lock.isValid());
            assertEquals(0, Flock.tryLock(fd));
        }
    }

    private int openAgain() {
        int opened = Descriptors.open(file, Descriptors.O_RDWR | Descriptors.O_CREAT, 0644);
        assertTrue(opened >= 0, () -> Errno.message(opened));
        return opened;
    }
}
