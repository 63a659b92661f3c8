package dev.handoff.journal;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Optional;
import java.util.UUID;

import dev.handoff.codec.record.RecordChecksum;
import org.agrona.concurrent.UnsafeBuffer;

/**
 * How far the journal has come, kept beside the queue so that a lost end is noticed. A mapped file: an update is a few
 * stores and survives the death of the process. Everything stands in two slots with checksums, written in turn: a death
 * within a store spoils one at most.
 *
 * <pre>
 *     0  hot slot 0     last sequence u64 | epoch u32 | CRC32C u32
 *    64  hot slot 1
 *   128  cold slot 0    magic u32 | version u32 | generation u64 | journal id 16 bytes | first sequence u64
 *                       | snapshot: sequence u64, position u64, cycle u32 | roll: cycle u32, sequence u64 | CRC32C u32
 *   256  cold slot 1
 * </pre>
 *
 * Invariant: a record is committed before the mark moves past it ({@code ChronicleJournal.write}), so a queue that ends
 * below its mark has lost records.
 */
final class HighWaterMark implements AutoCloseable {

    static final String FILE_NAME = "high-water";
    static final int VERSION = 1;

    /** One page: the smallest thing the kernel maps. */
    private static final int FILE_LENGTH = 4096;
    private static final int MAGIC = 0x4B4D5748;

    private static final int HOT_STRIDE = 64;
    private static final int HOT_SEQUENCE = 0;
    private static final int HOT_EPOCH = 8;
    private static final int HOT_CRC = 12;

    private static final int COLD_START = 128;
    private static final int COLD_STRIDE = 128;
    private static final int COLD_MAGIC = 0;
    private static final int COLD_VERSION = 4;
    private static final int COLD_GENERATION = 8;
    private static final int COLD_ID = 16;
    private static final int COLD_FIRST_SEQUENCE = 32;
    private static final int COLD_SNAPSHOT_SEQUENCE = 40;
    private static final int COLD_SNAPSHOT_POSITION = 48;
    private static final int COLD_SNAPSHOT_CYCLE = 56;
    private static final int COLD_ROLL_CYCLE = 60;
    private static final int COLD_ROLL_SEQUENCE = 64;
    private static final int COLD_CRC = 72;

    /**
     * What the file says.
     *
     * @param version
     *            of the file's format
     * @param snapshotSequence
     *            of the newest snapshot, 0 if none; it lies at {@code snapshotPosition} of the file of {@code snapshotCycle}
     * @param rollSequence
     *            of the record that began the newest roll, that of {@code rollCycle}; 0 if none
     */
    record Reading(int version, UUID journalId, long lastSequence, int epoch, long firstSequence, long snapshotSequence,
            int snapshotCycle, long snapshotPosition, int rollCycle, long rollSequence) {}

    private final Path path;
    private final Arena mapping;
    private final MemorySegment mapped;
    /** The mapped bytes as what a checksum takes; its use asks no arena whether it is open, so it ends with {@link #close}. */
    private final ByteBuffer bytes;
    private final UnsafeBuffer buffer;
    private final RecordChecksum checksum = new RecordChecksum();
    private long generation;

    // The bytes are those of the mapping, neither more nor longer.
    @SuppressWarnings("restricted")
    private HighWaterMark(Path path, Arena mapping, MemorySegment mapped) {
        this.path = path;
        this.mapping = mapping;
        this.mapped = mapped;
        this.bytes = MemorySegment.ofAddress(mapped.address()).reinterpret(FILE_LENGTH).asByteBuffer()
                .order(ByteOrder.LITTLE_ENDIAN);
        this.buffer = new UnsafeBuffer(bytes);
    }

    /** Opens the file for the one writer; creates it where it is missing. The bytes are claimed on disk before they are mapped. */
    static HighWaterMark open(Path directory) throws IOException {
        Path path = directory.resolve(FILE_NAME);
        try (FileChannel channel = FileChannel.open(path, StandardOpenOption.CREATE, StandardOpenOption.READ,
                StandardOpenOption.WRITE)) {
            long size = channel.size();
            if (size < FILE_LENGTH) {
                ByteBuffer zeroes = ByteBuffer.allocate((int) (FILE_LENGTH - size));
                while (zeroes.hasRemaining()) {
                    channel.write(zeroes, FILE_LENGTH - zeroes.remaining());
                }
                channel.force(true);
            }
            Arena mapping = Arena.ofShared();
            // A MappedByteBuffer is made by reflection, which takes a start some ten milliseconds.
            HighWaterMark mark = new HighWaterMark(path, mapping,
                    channel.map(FileChannel.MapMode.READ_WRITE, 0, FILE_LENGTH, mapping));
            mark.generation = Math.max(mark.buffer.getLong(COLD_START + COLD_GENERATION, ByteOrder.LITTLE_ENDIAN),
                    mark.buffer.getLong(COLD_START + COLD_STRIDE + COLD_GENERATION, ByteOrder.LITTLE_ENDIAN));
            return mark;
        }
    }

    /** What {@code directory}'s mark says; empty if there is none or no slot is intact. Writes nothing. */
    static Optional<Reading> read(Path directory) throws IOException {
        Path path = directory.resolve(FILE_NAME);
        if (!Files.exists(path)) {
            return Optional.empty();
        }
        ByteBuffer bytes = ByteBuffer.allocateDirect(FILE_LENGTH).order(ByteOrder.LITTLE_ENDIAN);
        RecordChecksum checksum = new RecordChecksum();
        // A live writer may be within a store: then one slot may look spoilt, but hardly both, and not twice.
        for (int attempt = 0; attempt < 3; attempt++) {
            bytes.clear();
            try (FileChannel channel = FileChannel.open(path, StandardOpenOption.READ)) {
                int read = 0;
                while (bytes.hasRemaining() && read >= 0) {
                    read = channel.read(bytes);
                }
            }
            Optional<Reading> reading = parse(new UnsafeBuffer(bytes), bytes, checksum);
            if (reading.isPresent()) {
                return reading;
            }
        }
        return Optional.empty();
    }

    private static Optional<Reading> parse(UnsafeBuffer buffer, ByteBuffer bytes, RecordChecksum checksum) {
        int cold = newestCold(buffer, bytes, checksum);
        int hot = newestHot(buffer, bytes, checksum);
        if (cold < 0 || hot < 0) {
            return Optional.empty();
        }
        ByteOrder order = ByteOrder.LITTLE_ENDIAN;
        return Optional.of(new Reading(buffer.getInt(cold + COLD_VERSION, order),
                new UUID(buffer.getLong(cold + COLD_ID, order), buffer.getLong(cold + COLD_ID + Long.BYTES, order)),
                buffer.getLong(hot + HOT_SEQUENCE, order), buffer.getInt(hot + HOT_EPOCH, order),
                buffer.getLong(cold + COLD_FIRST_SEQUENCE, order), buffer.getLong(cold + COLD_SNAPSHOT_SEQUENCE, order),
                buffer.getInt(cold + COLD_SNAPSHOT_CYCLE, order), buffer.getLong(cold + COLD_SNAPSHOT_POSITION, order),
                buffer.getInt(cold + COLD_ROLL_CYCLE, order), buffer.getLong(cold + COLD_ROLL_SEQUENCE, order)));
    }

    private static int newestCold(UnsafeBuffer buffer, ByteBuffer bytes, RecordChecksum checksum) {
        int newest = -1;
        for (int slot = 0; slot < 2; slot++) {
            int at = COLD_START + slot * COLD_STRIDE;
            boolean intact = buffer.getInt(at + COLD_MAGIC, ByteOrder.LITTLE_ENDIAN) == MAGIC
                    && buffer.getInt(at + COLD_CRC, ByteOrder.LITTLE_ENDIAN) == checksum.of(bytes, at, COLD_CRC);
            if (intact && (newest < 0 || buffer.getLong(at + COLD_GENERATION, ByteOrder.LITTLE_ENDIAN) > buffer
                    .getLong(newest + COLD_GENERATION, ByteOrder.LITTLE_ENDIAN))) {
                newest = at;
            }
        }
        return newest;
    }

    private static int newestHot(UnsafeBuffer buffer, ByteBuffer bytes, RecordChecksum checksum) {
        int newest = -1;
        for (int slot = 0; slot < 2; slot++) {
            int at = slot * HOT_STRIDE;
            // An epoch is at least 1, so a slot never written is not taken for one.
            boolean intact = buffer.getInt(at + HOT_EPOCH, ByteOrder.LITTLE_ENDIAN) > 0
                    && buffer.getInt(at + HOT_CRC, ByteOrder.LITTLE_ENDIAN) == checksum.of(bytes, at, HOT_CRC);
            if (intact && (newest < 0 || isAfter(buffer, at, newest))) {
                newest = at;
            }
        }
        return newest;
    }

    /** A later epoch wins over a higher sequence: after a loss the sequence begins again lower. */
    private static boolean isAfter(UnsafeBuffer buffer, int at, int other) {
        int epoch = buffer.getInt(at + HOT_EPOCH, ByteOrder.LITTLE_ENDIAN);
        int otherEpoch = buffer.getInt(other + HOT_EPOCH, ByteOrder.LITTLE_ENDIAN);
        return epoch != otherEpoch
                ? epoch > otherEpoch
                : buffer.getLong(at + HOT_SEQUENCE, ByteOrder.LITTLE_ENDIAN) > buffer.getLong(other + HOT_SEQUENCE,
                        ByteOrder.LITTLE_ENDIAN);
    }

    /** Moves the mark. Hot: no system call, no allocation. */
    void advance(long lastSequence, int epoch) {
        writeHot((int) (lastSequence & 1) * HOT_STRIDE, lastSequence, epoch);
    }

    /** Begins an epoch, perhaps at a lower sequence than before: both slots must forget. */
    void begin(long lastSequence, int epoch) {
        writeHot((int) (lastSequence & 1) * HOT_STRIDE, lastSequence, epoch);
        writeHot((int) (~lastSequence & 1) * HOT_STRIDE, lastSequence, epoch);
    }

    private void writeHot(int at, long lastSequence, int epoch) {
        buffer.putLong(at + HOT_SEQUENCE, lastSequence, ByteOrder.LITTLE_ENDIAN);
        buffer.putInt(at + HOT_EPOCH, epoch, ByteOrder.LITTLE_ENDIAN);
        buffer.putInt(at + HOT_CRC, checksum.of(bytes, at, HOT_CRC), ByteOrder.LITTLE_ENDIAN);
    }

    /** Records what changes at a roll or a snapshot. */
    void describe(UUID journalId, long firstSequence, long snapshotSequence, int snapshotCycle, long snapshotPosition,
            int rollCycle, long rollSequence) {
        generation++;
        int at = COLD_START + (int) (generation & 1) * COLD_STRIDE;
        ByteOrder order = ByteOrder.LITTLE_ENDIAN;
        buffer.putInt(at + COLD_MAGIC, MAGIC, order);
        buffer.putInt(at + COLD_VERSION, VERSION, order);
        buffer.putLong(at + COLD_GENERATION, generation, order);
        buffer.putLong(at + COLD_ID, journalId.getMostSignificantBits(), order);
        buffer.putLong(at + COLD_ID + Long.BYTES, journalId.getLeastSignificantBits(), order);
        buffer.putLong(at + COLD_FIRST_SEQUENCE, firstSequence, order);
        buffer.putLong(at + COLD_SNAPSHOT_SEQUENCE, snapshotSequence, order);
        buffer.putLong(at + COLD_SNAPSHOT_POSITION, snapshotPosition, order);
        buffer.putInt(at + COLD_SNAPSHOT_CYCLE, snapshotCycle, order);
        buffer.putInt(at + COLD_ROLL_CYCLE, rollCycle, order);
        buffer.putLong(at + COLD_ROLL_SEQUENCE, rollSequence, order);
        buffer.putInt(at + COLD_CRC, checksum.of(bytes, at, COLD_CRC), order);
    }

    Path path() {
        return path;
    }

    @Override
    public void close() {
        mapped.force();
        mapping.close();
    }
}
