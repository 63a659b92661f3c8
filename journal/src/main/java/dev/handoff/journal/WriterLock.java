package dev.handoff.journal;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.HashSet;
import java.util.Set;

/**
 * Makes this process the journal's one writer, with a lock that the kernel drops when the process dies, so that it can
 * never be stale. The file holds the writer's pid for the message to the next one.
 *
 * <p>
 * The lock is POSIX's: a child does not inherit it, and closing <em>any</em> descriptor of the file drops it. So this
 * process must never open the file twice, which {@link #HELD} ensures.
 */
final class WriterLock implements AutoCloseable {

    static final String FILE_NAME = "journal.lock";

    /** Directories locked by this process. Guarded by itself. */
    private static final Set<Path> HELD = new HashSet<>();

    private final Path directory;
    private final FileChannel channel;

    private WriterLock(Path directory, FileChannel channel) {
        this.directory = directory;
        this.channel = channel;
    }

    /**
     * @throws JournalFailure
     *             {@link JournalFailure.Reason#HELD}, naming the holder
     */
    static WriterLock take(Path directory) throws IOException {
        Path real = directory.toRealPath();
        synchronized (HELD) {
            if (!HELD.add(real)) {
                throw held(directory, "this very process, " + ProcessHandle.current().pid());
            }
        }
        FileChannel channel = null;
        WriterLock taken = null;
        try {
            channel = FileChannel.open(real.resolve(FILE_NAME), StandardOpenOption.CREATE, StandardOpenOption.READ,
                    StandardOpenOption.WRITE);
            FileLock lock = channel.tryLock();
            if (lock == null) {
                throw held(directory, holder(channel));
            }
            channel.truncate(0);
            channel.write(StandardCharsets.US_ASCII.encode(ProcessHandle.current().pid() + "\n"));
            taken = new WriterLock(real, channel);
            return taken;
        } finally {
            if (taken == null) {
                synchronized (HELD) {
                    HELD.remove(real);
                }
                if (channel != null) {
                    channel.close();
                }
            }
        }
    }

    private static String holder(FileChannel channel) throws IOException {
        ByteBuffer text = ByteBuffer.allocate(32);
        channel.read(text, 0);
        String pid = StandardCharsets.US_ASCII.decode(text.flip()).toString().strip();
        return pid.isEmpty() ? "a process that has not said its pid" : "process " + pid;
    }

    private static JournalFailure held(Path directory, String holder) {
        return JournalFailure.refused(JournalFailure.Reason.HELD,
                "the journal " + directory + " is being written by " + holder
                        + ": stop that one first, or use another directory");
    }

    @Override
    public void close() {
        try {
            channel.close();
        } catch (IOException e) {
            throw JournalFailure.ended(JournalFailure.Reason.IO, "unlocking the journal " + directory + " failed: " + e,
                    e);
        } finally {
            synchronized (HELD) {
                HELD.remove(directory);
            }
        }
    }
}
