package dev.handoff.posix;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.Path;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DescriptorsTest {

    @TempDir
    private Path directory;

    @Test
    void aDescriptorOfAnotherProcessCanBeTaken() {
        long pipe = Descriptors.pipe();
        int pidfd = Processes.pidfdOpen(Processes.ownPid());
        int taken = Descriptors.takeFrom(pidfd, Descriptors.low(pipe));
        assertTrue(taken >= 0, () -> Errno.message(taken));
        assertEquals(1, Descriptors.isCloseOnExec(taken));
        assertEquals(-Errno.EBADF, Descriptors.takeFrom(pidfd, 1 << 20));
        for (int fd : new int[]{taken, pidfd, Descriptors.low(pipe), Descriptors.high(pipe)}) {
            assertEquals(0, Descriptors.close(fd));
        }
    }

    @Test
    void createsWritesAndSyncsAFile() throws IOException {
        Path file = directory.resolve("f");
        int fd = Descriptors.open(file, Descriptors.O_WRONLY | Descriptors.O_CREAT | Descriptors.O_EXCL, 0600);
        assertTrue(fd >= 0, () -> Errno.message(fd));
        assertEquals(1, Descriptors.isCloseOnExec(fd));
        MemorySegment bytes = Arena.ofAuto().allocate(3);
        assertEquals(3, Descriptors.write(fd, bytes, 0, 3));
        assertEquals(0, Descriptors.fsync(fd));
        assertEquals(0, Descriptors.close(fd));
        assertFalse(Descriptors.isOpen(fd));
        assertArrayEquals(new byte[3], Files.readAllBytes(file));
        assertEquals(0600, (int) Files.getAttribute(file, "unix:mode") & 0777);
        assertEquals(-Errno.EEXIST,
                Descriptors.open(file, Descriptors.O_WRONLY | Descriptors.O_CREAT | Descriptors.O_EXCL, 0600));
    }

    @Test
    void dataAreFoundBehindAHole() throws IOException {
        Path file = Files.createFile(directory.resolve("sparse"));
        long farAway = 5L << 30;
        try (RandomAccessFile access = new RandomAccessFile(file.toFile(), "rw")) {
            access.seek(farAway);
            access.write(1);
        }
        int fd = Descriptors.open(file, Descriptors.O_RDONLY, 0);
        long data = Descriptors.nextData(fd, 0);
        assertTrue(data >= 0 && data <= farAway, "data at " + data);
        assertEquals(-Errno.ENXIO, Descriptors.nextData(fd, farAway + 1));
        Descriptors.close(fd);
    }

    @Test
    void theFlagsThatDifferByArchitectureMeanWhatTheySay() throws IOException {
        Path file = Files.createFile(directory.resolve("f"));
        Path link = Files.createSymbolicLink(directory.resolve("l"), file);
        assertEquals(-Errno.ENOTDIR, Descriptors.open(file, Descriptors.O_DIRECTORY, 0));
        assertEquals(-Errno.ELOOP, Descriptors.open(link, Descriptors.O_NOFOLLOW, 0));
        int parent = Descriptors.open(directory, Descriptors.O_DIRECTORY, 0);
        assertEquals(0, Descriptors.fsync(parent), "a rename is made durable this way");
        Descriptors.close(parent);
    }

    @Test
    void duplicatesLieAboveTheGivenNumberAndCloseOnExec() {
        int duplicate = Descriptors.duplicate(0, 200);
        assertTrue(duplicate >= 200);
        assertEquals(1, Descriptors.isCloseOnExec(duplicate));
        assertEquals(0, Descriptors.setCloseOnExec(duplicate, false));
        assertEquals(0, Descriptors.isCloseOnExec(duplicate));
        assertEquals(0, Descriptors.setCloseOnExec(duplicate, true));
        assertEquals(1, Descriptors.isCloseOnExec(duplicate));
        Descriptors.close(duplicate);
        assertEquals(-Errno.EBADF, Descriptors.duplicate(duplicate, 3));
        assertEquals(-Errno.EBADF, Descriptors.setCloseOnExec(duplicate, true));
    }

    @Test
    void aPipesEndsAreTheTwoHalvesOfThePair() {
        long pipe = Descriptors.pipe();
        MemorySegment bytes = Arena.ofAuto().allocate(1);
        assertEquals(1, Descriptors.write(Descriptors.high(pipe), bytes, 0, 1));
        assertEquals(1, Descriptors.read(Descriptors.low(pipe), bytes, 0, 1));
        Descriptors.close(Descriptors.high(pipe));
        assertEquals(0, Descriptors.read(Descriptors.low(pipe), bytes, 0, 1));
        Descriptors.close(Descriptors.low(pipe));
    }

    @Test
    void errorsHaveNamesAndMeanings() {
        assertEquals("EAGAIN", Errno.name(-Errno.EAGAIN));
        assertEquals("EAGAIN", Errno.name(Errno.EAGAIN));
        assertEquals("no such file or directory (ENOENT)", Errno.message(-Errno.ENOENT));
        assertEquals("unknown error (E999)", Errno.message(999));
        assertEquals("unknown error (E0)", Errno.message(0));
    }
}
