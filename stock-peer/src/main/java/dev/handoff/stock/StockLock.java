package dev.handoff.stock;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;

import dev.handoff.posix.Descriptors;
import dev.handoff.posix.Errno;
import dev.handoff.posix.Flock;
import dev.handoff.posix.Processes;

/**
 * A data directory's lock as a stock participant takes it: the flock, then the pidfile, whose failure counts as much as the
 * lock's own. One thread.
 */
final class StockLock {

    static final String LOCK_FILE = ".handoff.lock";
    static final String PID_FILE = ".handoff.pidfile";

    private static final int NOT_HELD = -1;

    private final Path dataDir;
    private int fd = NOT_HELD;

    StockLock(Path dataDir) {
        this.dataDir = dataDir;
    }

    /** One try. */
    LockOutcome take() {
        int opened = Descriptors.open(dataDir.resolve(LOCK_FILE), Descriptors.O_RDWR | Descriptors.O_CREAT, 0644);
        if (opened < 0) {
            return LockOutcome.FAILED;
        }
        int result = Flock.tryLock(opened);
        if (result < 0) {
            Descriptors.close(opened);
            return result == -Errno.EAGAIN ? LockOutcome.HELD : LockOutcome.FAILED;
        }
        try {
            writePidFile();
        } catch (IOException e) {
            Descriptors.close(opened);
            return LockOutcome.FAILED;
        }
        fd = opened;
        return LockOutcome.TAKEN;
    }

    /** Removes the pidfile, then unlocks. */
    void release() {
        if (fd == NOT_HELD) {
            return;
        }
        try {
            Files.deleteIfExists(dataDir.resolve(PID_FILE));
        } catch (IOException e) {
            // A hint only: the stock release ignores its failure.
            System.err.println("stock: the pidfile stays: " + e);
        }
        Descriptors.close(fd);
        fd = NOT_HELD;
    }

    private void writePidFile() throws IOException {
        Path pidFile = dataDir.resolve(PID_FILE);
        Path temporary = dataDir.resolve(PID_FILE + ".tmp");
        try (FileChannel channel = FileChannel.open(temporary, StandardOpenOption.CREATE, StandardOpenOption.WRITE,
                StandardOpenOption.TRUNCATE_EXISTING)) {
            channel.write(StandardCharsets.US_ASCII.encode(Processes.ownPid() + "\n"));
            channel.force(true);
        }
        Files.move(temporary, pidFile, StandardCopyOption.ATOMIC_MOVE);
        try (FileChannel directory = FileChannel.open(dataDir, StandardOpenOption.READ)) {
            directory.force(true);
        }
    }
}
