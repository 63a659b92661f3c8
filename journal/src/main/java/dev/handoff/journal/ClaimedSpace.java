package dev.handoff.journal;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.util.concurrent.atomic.AtomicReference;

import dev.handoff.posix.Errno;
import dev.handoff.posix.Memory;

/**
 * The part of the current file whose pages exist. A store to a mapped page that the disk has no room for is a SIGBUS, and
 * one to a page that does not exist yet waits for the file system; so pages are made ahead of the end, where a full disk is
 * an answer. Where it has been told of the mapping that the queue appends through, it makes them there, and in the mapping behind it, which
 * it has the queue's file make ahead of time: so that an append neither faults nor maps. Else it maps the file for itself for a moment: a page
 * populated there exists for the queue too, but has to be mapped at the first store, and taking that mapping away again interrupts every
 * processor that this process runs on.
 *
 * <p>
 * The appender's thread and {@link PopulateAgent}'s.
 */
final class ClaimedSpace implements AutoCloseable {

    private static final long PAGE = 4096;

    private final Path path;
    private final RandomAccessFile file;
    /**
     * Under the monitor. The file is this long before {@link #end} says that something near its end is claimed, and so before the queue maps
     * there: then Chronicle never grows it itself, which could cut off what is grown at the same moment.
     */
    private long length;
    private volatile long end;
    private volatile boolean populates = true;
    private volatile long wantedLength;
    private volatile long wanted;
    private final AtomicReference<MappedBlock> offered = new AtomicReference<>();
    /** What this has taken of that; under the monitor. */
    private MappedBlock block;
    /** The one behind it, once space in it is claimed; under the monitor. */
    private MappedBlock nextBlock;

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

    /** The queue appends through another mapping from now on. Appender's thread; does not wait. */
    void appendsThrough(MappedBlock mapped) {
        releaseUnseen(offered.getAndSet(mapped));
    }

    /** Keeps no mapping of the queue's any more. */
    synchronized void letGo() {
        releaseUnseen(offered.getAndSet(null));
        take(null);
    }

    private void take(MappedBlock mapped) {
        releaseUnseen(nextBlock);
        nextBlock = null;
        releaseUnseen(block);
        block = mapped;
    }

    private static void releaseUnseen(MappedBlock mapped) {
        if (mapped != null) {
            mapped.release();
        }
    }

    /** What {@link #populateWanted} is to see to: a file of this length, claimed up to {@code position}. Appender's thread; does not wait. */
    void want(long position, long fileLength) {
        wantedLength = fileLength;
        wanted = position;
    }

    /** The position that was wanted last. */
    long wanted() {
        return wanted;
    }

    /** Claims what is wanted, as {@link #populate} does. */
    synchronized int populateWanted() throws IOException {
        long position = wanted;
        if (!file.getChannel().isOpen()) {
            throw new ClosedChannelException();
        }
        growTo(wantedLength);
        return populate(position);
    }

    /** Makes the file at least this long, sparse. */
    synchronized void growTo(long bytes) throws IOException {
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
        long to = Math.min(position + PAGE - 1 & -PAGE, length);
        if (!populates) {
            return to <= end ? 0 : -Errno.EINVAL;
        }
        int result = populateNewBlock(to);
        if (result >= 0 && block != null) {
            result = populateBlocks(to);
        }
        if (result >= 0 && to > end) {
            result = populateOwn(end, to);
        }
        if (result == -Errno.EINVAL) {
            populates = false;
        }
        return result;
    }

    /** What was claimed before the queue mapped it has no page in its mapping yet. */
    private int populateNewBlock(long to) {
        MappedBlock next = offered.getAndSet(null);
        if (next == null) {
            return 0;
        }
        take(next);
        return populate(block, block.usedFrom() & -PAGE, to);
    }

    /** What both have in common is populated in both: the frame that crosses over is written through the first, the next one not. */
    private int populateBlocks(long to) throws IOException {
        long from = end;
        int result = populate(block, from, to);
        if (result < 0 || to <= block.usedTo()) {
            return result;
        }
        if (nextBlock == null) {
            nextBlock = block.next();
            from = nextBlock.usedFrom();
        }
        return populate(nextBlock, from, to);
    }

    private int populate(MappedBlock mapped, long from, long upTo) {
        long to = Math.min(upTo, mapped.end() & -PAGE);
        if (to <= from) {
            return 0;
        }
        return populated(Memory.madvisePopulateWrite(mapped.address(from), to - from), to);
    }

    private int populateOwn(long from, long to) throws IOException {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment pages = file.getChannel().map(FileChannel.MapMode.READ_WRITE, from, to - from, arena);
            return populated(Memory.madvisePopulateWrite(pages.address(), to - from), to);
        }
    }

    private int populated(int result, long to) {
        if (result >= 0) {
            end = Math.max(end, to);
        }
        return result;
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
            letGo();
            file.close();
        } catch (IOException e) {
            throw JournalFailure.ended(JournalFailure.Reason.IO, "closing " + path + " failed: " + e, e);
        }
    }
}
