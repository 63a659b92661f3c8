package dev.handoff.journal;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

import dev.handoff.posix.Descriptors;
import dev.handoff.posix.Errno;
import org.agrona.concurrent.UnsafeBuffer;

/**
 * Looks at a file through a buffer of its own. Reading, not mapping: a file that is truncated meanwhile, or a disk that
 * errs, is then an answer and no SIGBUS. One thread.
 */
final class FileWindow implements AutoCloseable {

    private static final int INITIAL_BYTES = 256 << 10;

    private final Path path;
    private final FileChannel channel;
    private ByteBuffer bytes;
    private final UnsafeBuffer buffer;
    private long start;
    private int length;
    /** Opened when holes are first looked for: the channel does not show its own. */
    private int seekFd = -1;

    FileWindow(Path path) throws IOException {
        this.path = path;
        this.channel = FileChannel.open(path, StandardOpenOption.READ);
        this.bytes = ByteBuffer.allocateDirect(INITIAL_BYTES).order(ByteOrder.LITTLE_ENDIAN);
        this.buffer = new UnsafeBuffer(bytes);
    }

    /** Takes the buffer of {@code previous}, which is closed: memory stays constant however many files are read. */
    FileWindow(Path path, FileWindow previous) throws IOException {
        this.path = path;
        this.channel = FileChannel.open(path, StandardOpenOption.READ);
        this.bytes = previous.bytes;
        this.buffer = new UnsafeBuffer(bytes);
        previous.close();
    }

    Path path() {
        return path;
    }

    long size() throws IOException {
        return channel.size();
    }

    /** True if {@code [position, position + count)} lies in the file; it is then in {@link #buffer()}. */
    boolean holds(long position, int count) throws IOException {
        return (position >= start && position + count <= start + length) || read(position, count);
    }

    /** The first position from {@code position} on that the file has data for; its size if only a hole follows. */
    long nextData(long position) throws IOException {
        if (seekFd < 0) {
            seekFd = Descriptors.open(path, Descriptors.O_RDONLY, 0);
        }
        long data = Descriptors.nextData(seekFd, position);
        // Where holes are not known of, everything is data.
        return data == -Errno.ENXIO ? channel.size() : data < 0 ? position : data;
    }

    /** As {@link #holds}, but a length that was damaged makes no buffer larger than the file. */
    boolean fits(long position, int count) throws IOException {
        if (position >= start && position + count <= start + length) {
            return true;
        }
        return position + count <= channel.size() && read(position, count);
    }

    /** Reads anew from {@code position} on, since a writer may have gone on. */
    boolean refresh(long position, int count) throws IOException {
        length = 0;
        return read(position, count);
    }

    private boolean read(long position, int count) throws IOException {
        if (count > bytes.capacity()) {
            bytes = ByteBuffer.allocateDirect(Math.max(count, 2 * bytes.capacity())).order(ByteOrder.LITTLE_ENDIAN);
            buffer.wrap(bytes);
        }
        bytes.clear();
        start = position;
        length = 0;
        while (bytes.hasRemaining()) {
            int read = channel.read(bytes, position + length);
            if (read <= 0) {
                break;
            }
            length += read;
        }
        return count <= length;
    }

    /** Of a position that {@link #holds} has confirmed. */
    int offset(long position) {
        return (int) (position - start);
    }

    UnsafeBuffer buffer() {
        return buffer;
    }

    ByteBuffer bytes() {
        return bytes;
    }

    @Override
    public void close() {
        if (seekFd >= 0) {
            Descriptors.close(seekFd);
            seekFd = -1;
        }
        try {
            channel.close();
        } catch (IOException e) {
            throw JournalFailure.refused(JournalFailure.Reason.IO, "closing " + path + " after reading it failed", e);
        }
    }
}
