package dev.handoff.journal;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;

import dev.handoff.posix.Errno;
import dev.handoff.posix.Memory;

/**
 * The part of the current file whose pages exist. A store to a mapped page that the disk has no room for is a SIGBUS, and
 * one to a page that does not exist yet waits for the file system; so pages are made ahead of the end, where a full disk is
 * an answer. It maps the file for itself: a page populated there exists for Chronicle's mapping too.
 *
 * <p>
 * The appender's thread and {@link PopulateAgent}'s.
 */
final class ClaimedSpace implements AutoCloseable {

    private static final long PAGE = 4096;

    private final Path path;
    private final RandomAccessFile file;
    /** Written by the appender's thread alone: Chronicle grows the file there too, and a race would cut one growth off. */
    private volatile long length;
    private volatile long end;
    private volatile boolean populates = true;

    /** Nothing before {@code from} is looked after: it is written already. */
    ClaimedSpace(Path path, long from) throws IOException {
        this.path = path;
        this.file = new RandomAccessFile(path.toFile(), "rw");
        this.length = file.length();
        this.end = from & -PAGE;
    }

    Path path() {
        return path;
    }

    /** Everything from the start to this position is sure to be writable. */
    long end() {
        return end;
    }

    /** False on a kernel before 5.14, where only the appender's thread may claim. */
    boolean populates() {
        return populates;
    }

    /** Makes the file at least this long, sparse. Appender's thread. */
    void growTo(long bytes) throws IOException {
        if (length < bytes) {
            file.setLength(bytes);
            length = bytes;
        }
    }

    /** Claims everything up to {@code position}, for the appender's thread. False: the disk is full. */
    boolean claimNow(long position) throws IOException {
        int result = populate(position);
        if (result == -Errno.EINVAL) {
            writeZeroes(position);
            return true;
        }
        if (result == -Errno.EFAULT || result == -Errno.ENOSPC) {
            return false;
        }
        if (result < 0) {
            throw new IOException("claiming space in " + path + ": " + Errno.message(-result));
        }
        return true;
    }

    /** Claims everything up to {@code position}, at most to the file's end. Returns 0 or a negative errno; {@code -EFAULT}: disk full. */
    synchronized int populate(long position) throws IOException {
        long from = end;
        long to = Math.min(position + PAGE - 1 & -PAGE, length);
        if (to <= from) {
            return 0;
        }
        if (!populates) {
            return -Errno.EINVAL;
        }
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment pages = file.getChannel().map(FileChannel.MapMode.READ_WRITE, from, to - from, arena);
            int result = Memory.madvisePopulateWrite(pages.address(), to - from);
            if (result >= 0) {
                end = to;
            } else if (result == -Errno.EINVAL) {
                populates = false;
            }
            return result;
        }
    }

    /** Pages beyond the end hold zeroes anyway, so writing some changes nothing. */
    private synchronized void writeZeroes(long position) throws IOException {
        long to = Math.min(position + PAGE - 1 & -PAGE, length);
        ByteBuffer zeroes = ByteBuffer.allocate((int) PAGE);
        while (end < to) {
            zeroes.clear();
            file.getChannel().write(zeroes, end);
            end += PAGE;
        }
    }

    /** fdatasync(2): the kernel writes out what was stored through any mapping of the file. */
    void sync() throws IOException {
        file.getChannel().force(false);
    }

    @Override
    public synchronized void close() {
        try {
            populates = false;
            file.close();
        } catch (IOException e) {
            throw JournalFailure.ended(JournalFailure.Reason.IO, "closing " + path + " failed: " + e, e);
        }
    }
}
