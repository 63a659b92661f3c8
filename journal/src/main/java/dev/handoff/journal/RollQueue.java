package dev.handoff.journal;

import java.io.File;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.security.SecureRandom;

import net.openhft.chronicle.bytes.Bytes;
import net.openhft.chronicle.bytes.BytesStore;
import net.openhft.chronicle.bytes.MappedBytes;
import net.openhft.chronicle.bytes.PointerBytesStore;
import net.openhft.chronicle.bytes.SyncMode;
import net.openhft.chronicle.core.Jvm;
import net.openhft.chronicle.core.io.BackgroundResourceReleaser;
import net.openhft.chronicle.core.onoes.ExceptionHandler;
import net.openhft.chronicle.core.onoes.NullExceptionHandler;
import net.openhft.chronicle.core.time.SystemTimeProvider;
import net.openhft.chronicle.core.time.TimeProvider;
import net.openhft.chronicle.queue.ExcerptAppender;
import net.openhft.chronicle.queue.RollCycles;
import net.openhft.chronicle.queue.impl.TableStore;
import net.openhft.chronicle.queue.impl.single.SingleChronicleQueue;
import net.openhft.chronicle.queue.impl.single.SingleChronicleQueueBuilder;
import net.openhft.chronicle.queue.impl.single.SingleChronicleQueueStore;
import net.openhft.chronicle.queue.impl.single.TableStoreWriteLock;
import net.openhft.chronicle.queue.impl.table.Metadata;
import net.openhft.chronicle.queue.impl.table.SingleTableBuilder;
import net.openhft.chronicle.threads.BusyTimedPauser;
import net.openhft.chronicle.wire.Wire;
import net.openhft.chronicle.wire.WireType;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The Chronicle queue as the journal needs it: bytes in, rolls only when told. One thread. The caller holds the
 * {@link WriterLock}, so nobody else writes.
 */
final class RollQueue implements AutoCloseable {

    /** The queue's own table of cycles and locks. It holds nothing that the files do not, and is made anew where it is missing. */
    static final String METADATA = "metadata.cq4t";

    /** A half-written header stalls an append for this long, and nobody else can be writing. */
    private static final long TIMEOUT_MS = 500;

    /**
     * Records from one entry of the queue's own index to the next. An entry costs its append ten times what the append costs, and
     * our readers use none of them; Chronicle's default is one in 256.
     */
    private static final int INDEX_SPACING = 65536;

    private static final Logger CHRONICLE = LoggerFactory.getLogger("dev.handoff.journal.chronicle");

    static {
        // Its warnings tell of slow mappings and its own housekeeping; what goes wrong reaches us as an exception or in reading.
        ExceptionHandler quiet = (type, message, thrown) -> CHRONICLE.debug("{}: {}", type, message, thrown);
        Jvm.setExceptionHandlers(quiet, quiet, NullExceptionHandler.NOTHING, NullExceptionHandler.NOTHING);
    }

    /** What Chronicle takes for the time: a roll begins when the journal says so, however the machine's clock jumps. */
    private static final class CycleClock implements TimeProvider {
        private volatile long nowMs;

        @Override
        public long currentTimeMillis() {
            return nowMs;
        }
    }

    private final CycleClock clock = new CycleClock();
    private final PointerBytesStore record = new PointerBytesStore();
    private final SingleChronicleQueue queue;
    private final ExcerptAppender appender;
    private BytesStore<?, ?> appendsThrough;

    /**
     * @param cycle
     *            of the file to append to first
     */
    RollQueue(Path directory, long blockBytes, int cycle) {
        releaseStaleLocks(directory);
        moveTo(cycle);
        queue = SingleChronicleQueueBuilder.binary(directory).rollCycle(RollCycles.FAST_DAILY)
                .indexSpacing(INDEX_SPACING)
                .timeProvider(clock).timeoutMS(TIMEOUT_MS).blockSize(blockBytes).syncMode(SyncMode.NONE)
                .doubleBuffer(false)
                .build();
        try {
            appender = queue.createAppender();
        } catch (RuntimeException | Error e) {
            queue.close();
            throw e;
        }
    }

    /**
     * Chronicle's write lock is a pid in a file. A process killed within an append and restarted under the same pid, as in a
     * container, would wait for itself for ever. Whoever holds the {@link WriterLock} knows that every such lock is stale.
     */
    private static void releaseStaleLocks(Path directory) {
        File metadata = directory.resolve(METADATA).toFile();
        if (!metadata.exists()) {
            return;
        }
        SingleChronicleQueueBuilder.addAliases();
        try (TableStore<?> table = SingleTableBuilder.binary(metadata, Metadata.NoMeta.INSTANCE).readOnly(false)
                .build()) {
            try (TableStoreWriteLock append = new TableStoreWriteLock(table, BusyTimedPauser::new, 0L,
                    TableStoreWriteLock.APPEND_LOCK_KEY);
                    TableStoreWriteLock write = new TableStoreWriteLock(table, BusyTimedPauser::new, 0L)) {
                append.forceUnlock();
                write.forceUnlock();
            }
        }
    }

    /** Has the classes initialised that {@link #RollQueue} needs; touches no file. */
    static void warmUp() {
        SingleChronicleQueueBuilder.addAliases();
        SingleChronicleQueueBuilder builder = SingleChronicleQueueBuilder.binary("/proc/self/warm-up")
                .rollCycle(RollCycles.FAST_DAILY);
        Wire wire = WireType.BINARY_LIGHT.apply(Bytes.allocateElasticOnHeap());
        CHRONICLE.debug("ready to open {} as {}", builder.path(), wire);
        // What the queue's files are mapped, locked and timed with.
        Bytes.allocateDirect(1).releaseLast();
        CHRONICLE.debug("now {}, {}", SystemTimeProvider.INSTANCE.currentTimeMillis(), new SecureRandom());
        try (FileChannel channel = FileChannel.open(Path.of("/dev/zero"), StandardOpenOption.READ)) {
            Jvm.doNotCloseOnInterrupt(RollQueue.class, channel);
        } catch (IOException e) {
            CHRONICLE.debug("opening the journal loads the rest", e);
        }
    }

    /** Appends from now on go to the file of this cycle. */
    void moveTo(int cycle) {
        clock.nowMs = cycle * RollFile.DAY_MS;
    }

    /** Appends the bytes at this address and returns where the next frame goes in the file. Allocates nothing. */
    long append(long address, int length) {
        record.set(address, length);
        appender.writeBytes(record);
        return appender.wire().bytes().writePosition() + 3 & ~3L;
    }

    /**
     * Keeps the mapping that the next append goes through, if it is another one than at the last call; else null. In steady state null,
     * and allocates nothing.
     *
     * @param from the position of the next frame
     */
    @SuppressWarnings("ReferenceEquality") // equals would compare the bytes
    MappedBlock newBlock(long from) {
        MappedBytes bytes = (MappedBytes) appender.wire().bytes();
        BytesStore<?, ?> store = bytes.bytesStore();
        if (store == appendsThrough) {
            return null;
        }
        appendsThrough = store;
        return MappedBlock.of(bytes.mappedFile(), store, from);
    }

    /** Where the queue believes its newest record of this file to lie. */
    long newestFrame(int cycle) {
        SingleChronicleQueueStore store = queue.storeForCycle(cycle, 0, false, null);
        if (store == null) {
            return -1;
        }
        try {
            return store.writePosition();
        } finally {
            queue.closeStore(store);
        }
    }

    /** Forgets files that were deleted. */
    void refresh() {
        queue.refreshDirectoryListing();
    }

    @Override
    public void close() {
        appender.close();
        queue.close();
        // The queue hands its mappings to a thread of its own; closed is to mean that no file of it is open any more.
        BackgroundResourceReleaser.releasePendingResources();
    }

    static boolean hasMetadata(Path directory) {
        return Files.exists(directory.resolve(METADATA));
    }

    /** Whether the table begins as Chronicle writes it. Opening one that does not would wait for ten seconds, or misread it. */
    static boolean isMetadataSound(Path directory) throws IOException {
        try (FileChannel channel = FileChannel.open(directory.resolve(METADATA), StandardOpenOption.READ)) {
            ByteBuffer start = ByteBuffer.allocate(128).order(ByteOrder.LITTLE_ENDIAN);
            if (channel.read(start, 0) < start.capacity()) {
                return false;
            }
            int header = start.getInt(0);
            long length = header & 0x3FFFFFFF;
            String text = new String(start.array(), StandardCharsets.ISO_8859_1);
            return (header & 0xC0000000) == 0x40000000 && length > 0 && length < channel.size()
                    && text.contains("STStore")
                    && text.contains("SCQMeta");
        }
    }
}
