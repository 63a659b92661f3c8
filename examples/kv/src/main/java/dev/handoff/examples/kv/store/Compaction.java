package dev.handoff.examples.kv.store;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.function.BooleanSupplier;

/**
 * Merges neighbouring sealed segments of one shard into one, without what has been overwritten. One thread at a time.
 *
 * <p>Which records may go:
 * <ul>
 * <li>one whose key has a newer value in memory: that value's own record is kept until the same happens to it;
 * <li>when the run starts at the first segment, every record that is not what memory holds, removals included: nothing
 * older is left that they could bring back.
 * </ul>
 * Memory may be ahead of the disk. So the newer writes are waited for before the old segments are replaced: a crash must
 * not take the new value with it when the old one is gone.
 */
final class Compaction {
    /** Of the file being written; removed by the next owner if a crash leaves it behind. */
    static final String SUFFIX = ".compacting";
    /** Fewer are not worth a merge. */
    static final int MIN_RUN = 4;
    /** An older neighbour joins the run if it is at most this many times as long as the run so far. */
    private static final int MAX_RATIO = 2;
    private static final int CHUNK = 1 << 18;

    private final Shard shard;
    private final BooleanSupplier stopped;

    Compaction(Shard shard, BooleanSupplier stopped) {
        this.shard = shard;
        this.stopped = stopped;
    }

    /** Does one merge if one is due; false if none was, or if it was stopped. */
    boolean runOnce() throws IOException {
        List<Segment> segments = shard.segments();
        List<Segment> run = choose(segments);
        if (run.size() < MIN_RUN || shard.mode() != Shard.Mode.WRITABLE) {
            return false;
        }
        SegmentName name = new SegmentName(run.getFirst().name().first(), run.getLast().name().last());
        Path temporary = shard.directory().resolve(name.fileName() + SUFFIX);
        Files.deleteIfExists(temporary);
        try {
            Segment merged = merge(run, name, temporary, run.getFirst().equals(segments.getFirst()));
            if (merged == null) {
                return false;
            }
            Files.move(temporary, shard.directory().resolve(name.fileName()), StandardCopyOption.ATOMIC_MOVE);
            Shard.syncDirectory(shard.directory());
            shard.replace(run, merged);
            for (Segment old : run) {
                Files.delete(shard.directory().resolve(old.name().fileName()));
            }
            return true;
        } finally {
            Files.deleteIfExists(temporary);
        }
    }

    /** The newest segments, going back as long as the next older one is not much longer: sizes stay geometric. */
    static List<Segment> choose(List<Segment> segments) {
        int from = segments.size();
        long total = 0;
        while (from > 0 && (total == 0 || segments.get(from - 1).length() <= MAX_RATIO * total)) {
            from--;
            total += segments.get(from).length();
        }
        return segments.subList(from, segments.size());
    }

    /** Null if stopped, or if the newer writes did not reach the disk. */
    private Segment merge(List<Segment> run, SegmentName name, Path temporary, boolean fromStart) throws IOException {
        Shard s = shard;
        try (SegmentWriter writer = SegmentWriter.create(temporary, name, s.salt(), s.index(), run.getFirst().base())) {
            ByteBuffer chunk = ByteBuffer.allocate(CHUNK);
            long records = 0;
            for (Segment segment : run) {
                try (SegmentReader reader = SegmentReader.open(s.directory().resolve(segment.name().fileName()),
                        s.salt(),
                        s.index())) {
                    reader.position(SegmentLayout.HEADER_LENGTH);
                    while (reader.next()) {
                        if (!keeps(reader, fromStart)) {
                            continue;
                        }
                        ByteBuffer record = reader.bytes();
                        if (record.remaining() > chunk.remaining()) {
                            if (stopped.getAsBoolean()) {
                                return null;
                            }
                            writer.append(chunk.flip(), records, segment.lastRevision());
                            chunk.clear();
                            records = 0;
                        }
                        if (record.remaining() > chunk.remaining()) {
                            writer.append(record, 1, segment.lastRevision());
                        } else {
                            chunk.put(record);
                            records++;
                        }
                    }
                    if (reader.end() != SegmentReader.End.SEALED) {
                        throw new DamagedSegmentException(s.directory().resolve(segment.name().fileName()),
                                reader.offset(),
                                "found while compacting; the segments stay as they are");
                    }
                }
            }
            writer.append(chunk.flip(), records, run.getLast().lastRevision());
            Segment merged = writer.seal(run.getLast().lastRevision());
            return newerWritesAreOnDisk() && !stopped.getAsBoolean() ? merged : null;
        }
    }

    private boolean keeps(SegmentReader record, boolean fromStart) {
        if (record.kind() == SegmentLayout.CLEAR) {
            return !fromStart;
        }
        long inMemory = shard.revisionInMemory(record.key());
        return fromStart ? inMemory == record.revision() : inMemory <= record.revision();
    }

    private boolean newerWritesAreOnDisk() {
        CompletableFuture<Void> settled;
        shard.lock().lock();
        try {
            settled = shard.settled(shard.revision());
        } finally {
            shard.lock().unlock();
        }
        try {
            settled.join();
            return true;
        } catch (CompletionException e) {
            // The shard has failed and said so itself.
            return false;
        }
    }
}
