package dev.handoff.examples.kv.store;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

import dev.handoff.codec.Fingerprint;
import dev.handoff.codec.ShardRevisions;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A durable map from bytes to bytes, sharded.
 *
 * <p>Its stages are those of a process that may be replaced:
 *
 * <pre>
 * follow()*   reads beside a living writer, changes nothing            (successor, before Begin)
 * takeOver()  reads the rest, becomes the writer                       (the caller holds the directory's lock)
 * flush()     everything written so far is on disk                     (drain)
 * seal()      footers, fsync, files closed; no more writes             (seal; the caller then releases the lock)
 * takeOver()  again, after an abort: reads what a successor may have written
 * </pre>
 *
 * <p>The stages are called by one thread at a time. Keys and shards may be used by many.
 */
public final class KvStore implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(KvStore.class);
    private static final String META = "kv.meta";
    private static final Pattern META_FORM = Pattern.compile("handoff-kv 1\nshards (\\d{1,4})\nsalt ([0-9a-f]{16})\n");
    private static final long HOUSEKEEPING_INTERVAL_MS = 1000;
    /** The longest that writes gather. Reading a few thousand clients takes less. */
    public static final long GATHERING_MS = 20;
    /** Keys reaped at a time, so that a client's command never waits long for the shard's lock. */
    private static final int REAP_LIMIT = 1000;

    private final StoreConfig config;
    private final List<ExecutorService> lanes = new ArrayList<>();
    private final ScheduledExecutorService housekeeping = Executors
            .newSingleThreadScheduledExecutor(named("kv-housekeeping"));
    /** Held while a compaction runs, so that a seal can wait for its end. */
    private final Object compacting = new Object();
    private volatile boolean writable;
    private volatile List<Shard> shards = List.of();
    private long salt;
    private String meta = "";

    public KvStore(StoreConfig config) {
        this.config = config;
        for (int i = 0; i < Math.min(config.lanes(), config.shards()); i++) {
            lanes.add(Executors.newSingleThreadExecutor(named("kv-lane-" + i)));
        }
        var _ = housekeeping.scheduleWithFixedDelay(this::keepHouse, HOUSEKEEPING_INTERVAL_MS, HOUSEKEEPING_INTERVAL_MS,
                TimeUnit.MILLISECONDS);
    }

    private static ThreadFactory named(String name) {
        return Thread.ofPlatform().daemon().name(name).factory();
    }

    /** The shards, in order; none before the first {@link #follow()} or {@link #takeOver()} that found a directory. */
    public List<Shard> shards() {
        return shards;
    }

    /** Finds the shard of a key. The array is kept. */
    public Key key(byte[] bytes) {
        long hash = Table.hash(bytes, salt);
        List<Shard> all = shards;
        return new Key(bytes, hash, all.get((int) Long.remainderUnsigned(hash >>> 32, all.size())));
    }

    /** Reads what can be read without changing anything, also while another process writes. May be called again and again. */
    public void follow() throws IOException {
        if (readMeta()) {
            forEachShard(shard -> shard.catchUp(false));
        }
    }

    /**
     * Reads what is new and becomes the writer.
     *
     * @throws DamagedSegmentException if acknowledged records are missing or broken
     */
    public void takeOver() throws IOException {
        if (!readMeta()) {
            createMeta();
            readMeta();
        }
        forEachShard(Shard::takeOver);
        writable = true;
    }

    /** Has the files created that the first writes will need, and does not wait for it: for a writer whose clients wait already. */
    public void prepareToWrite() {
        for (Shard shard : shards) {
            shard.onLane(() -> {
                try {
                    shard.prepareSegment();
                } catch (IOException e) {
                    // The first write will meet the same, and tell its client.
                    LOG.warn("shard {} cannot begin a segment: {}", shard.index(), e.getMessage());
                }
            });
        }
    }

    /** Writes gather, as they do while a batch is synced, until this is closed. */
    @FunctionalInterface
    public interface Gathering extends AutoCloseable {
        @Override
        void close();
    }

    /**
     * Has the writes that come now gather into one batch for each shard: for many clients that have waited and are all about to be read. Ends
     * by itself after {@value #GATHERING_MS} ms.
     */
    public Gathering gather() {
        return gather(GATHERING_MS);
    }

    Gathering gather(long atMostMs) {
        CountDownLatch over = new CountDownLatch(1);
        for (ExecutorService lane : lanes) {
            lane.execute(() -> {
                try {
                    LOG.trace("all has gathered: {}", over.await(atMostMs, TimeUnit.MILLISECONDS));
                } catch (InterruptedException e) {
                    Thread.currentThread().interrupt();
                }
            });
        }
        return over::countDown;
    }

    /** Returns when every write made before this call is on disk. */
    public void flush() throws IOException {
        List<CompletableFuture<Void>> waiting = new ArrayList<>();
        for (Shard shard : shards) {
            shard.lock().lock();
            try {
                waiting.add(shard.settled(shard.revision()));
            } finally {
                shard.lock().unlock();
            }
        }
        await(waiting);
    }

    /**
     * Ends writing: every shard gets its footer and is synced.
     *
     * @throws IOException if a shard cannot be sealed; nothing is lost, and {@link #takeOver()} makes the store writable
     *                     again, as long as the caller still holds the directory's lock
     */
    public SealedStore seal(SealListener listener) throws IOException {
        writable = false;
        synchronized (compacting) {
            // A compaction sees that the store is no longer writable, stops, and lets go of this monitor.
            LOG.debug("no compaction is running");
        }
        List<Shard> all = shards;
        List<CompletableFuture<Long>> sealing = new ArrayList<>();
        for (Shard shard : all) {
            CompletableFuture<Long> done = new CompletableFuture<>();
            shard.onLane(() -> {
                try {
                    done.complete(shard.seal());
                } catch (IOException | RuntimeException e) {
                    done.completeExceptionally(e);
                }
            });
            sealing.add(done);
        }
        long[] revisions = new long[all.size()];
        for (int i = 0; i < revisions.length; i++) {
            revisions[i] = await(sealing.get(i));
            listener.shardSealed(i + 1, revisions.length, revisions[i]);
        }
        return new SealedStore(ShardRevisions.of(revisions), fingerprint());
    }

    /** Keys in memory. */
    public long keyCount() {
        long count = 0;
        for (Shard shard : shards) {
            shard.lock().lock();
            try {
                count += shard.size();
            } finally {
                shard.lock().unlock();
            }
        }
        return count;
    }

    /** The last revision of each shard. */
    public ShardRevisions revisions() {
        return ShardRevisions.of(shards.stream().mapToLong(shard -> {
            shard.lock().lock();
            try {
                return shard.revision();
            } finally {
                shard.lock().unlock();
            }
        }).toArray());
    }

    /**
     * SHA-256 over the meta file and, for each segment in the order of shards and numbers: shard u32, length u64 (both
     * big-endian), and the digest in its footer, which covers all its bytes but the footer. So it names the exact bytes of
     * a sealed directory, and costs nothing to take in the writer gap.
     */
    public Fingerprint fingerprint() {
        var sha = SegmentWriter.sha256();
        sha.update(meta.getBytes(StandardCharsets.UTF_8));
        for (Shard shard : shards) {
            for (Segment segment : shard.segments()) {
                sha.update(ByteBuffer.allocate(12).putInt(shard.index()).putLong(segment.length()).flip());
                sha.update(segment.digest().toBytes());
            }
        }
        return Fingerprint.of(sha.digest());
    }

    /** Recomputes the digest of every segment from its bytes; throws if one differs. Slow: for checks, not for the gap. */
    public void verifyDigests() throws IOException {
        for (Shard shard : shards) {
            for (Segment segment : shard.segments()) {
                Path file = shard.directory().resolve(segment.name().fileName());
                try (SegmentReader reader = SegmentReader.open(file, salt, shard.index())) {
                    if (!reader.digest(segment.length() - SegmentLayout.FOOTER_LENGTH).equals(segment.digest())) {
                        throw new DamagedSegmentException(file, 0, "its bytes do not have the digest in its footer");
                    }
                }
            }
        }
    }

    /** Sealed segments of all shards. */
    public int segmentCount() {
        return shards.stream().mapToInt(shard -> shard.segments().size()).sum();
    }

    /** Merges segments in one shard after the other until nothing is worth it; also done now and then by itself. */
    public void compact() throws IOException {
        synchronized (compacting) {
            for (Shard shard : shards) {
                Compaction compaction = new Compaction(shard, () -> !writable);
                while (writable && compaction.runOnce()) {
                    LOG.debug("compacted shard {}", shard.index());
                }
            }
        }
    }

    /** Stops the threads and closes the files as they are: what was acknowledged is on disk. */
    @Override
    public void close() throws IOException {
        writable = false;
        housekeeping.shutdown();
        synchronized (compacting) {
            LOG.debug("no compaction is running");
        }
        forEachShard(Shard::close);
        lanes.forEach(ExecutorService::shutdown);
    }

    private void keepHouse() {
        try {
            long nowMs = System.currentTimeMillis();
            for (Shard shard : shards) {
                int reaped;
                do {
                    shard.lock().lock();
                    try {
                        reaped = shard.reap(nowMs, REAP_LIMIT);
                    } finally {
                        shard.lock().unlock();
                    }
                } while (reaped == REAP_LIMIT);
                if (writable && shard.mode() == Shard.Mode.FAILED) {
                    shard.onLane(() -> recover(shard));
                }
            }
            compact();
        } catch (IOException | RuntimeException e) {
            // Next second again; nothing that was acknowledged depends on it.
            LOG.error("housekeeping failed, and will be tried again", e);
        }
    }

    private static void recover(Shard shard) {
        try {
            shard.recover();
        } catch (IOException e) {
            LOG.warn("shard {} still cannot write: {}", shard.index(), e.getMessage());
        }
    }

    /** False if the directory has none yet. */
    private boolean readMeta() throws IOException {
        String text;
        try {
            text = Files.readString(config.directory().resolve(META), StandardCharsets.US_ASCII);
        } catch (NoSuchFileException e) {
            if (Files.exists(config.directory().resolve("shard-0000"))) {
                throw new IOException(
                        config.directory() + " holds shards, but " + META + " is missing: without it nobody"
                                + " knows which keys they hold. Restore it from a copy of the directory");
            }
            return false;
        }
        if (text.equals(meta)) {
            return true;
        }
        Matcher m = META_FORM.matcher(text);
        if (!m.matches()) {
            throw new IOException(config.directory().resolve(META) + " is not one this version can read");
        }
        int count = Integer.parseInt(m.group(1));
        if (count != config.shards()) {
            throw new IOException(config.directory() + " was created with " + count + " shards, and " + config.shards()
                    + " are asked for: the number cannot change");
        }
        salt = HexFormat.fromHexDigitsToLong(m.group(2));
        meta = text;
        List<Shard> opened = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            opened.add(new Shard(i, config, salt, lanes.get(i % lanes.size())));
        }
        shards = List.copyOf(opened);
        return true;
    }

    private void createMeta() throws IOException {
        Files.createDirectories(config.directory());
        String text = "handoff-kv 1\nshards " + config.shards() + "\nsalt "
                + HexFormat.of().toHexDigits(new SecureRandom().nextLong()) + "\n";
        Path temporary = config.directory().resolve(META + ".new");
        try (FileChannel channel = FileChannel.open(temporary, StandardOpenOption.WRITE, StandardOpenOption.CREATE,
                StandardOpenOption.TRUNCATE_EXISTING)) {
            channel.write(ByteBuffer.wrap(text.getBytes(StandardCharsets.US_ASCII)));
            channel.force(true);
        }
        Files.move(temporary, config.directory().resolve(META), StandardCopyOption.ATOMIC_MOVE);
        Shard.syncDirectory(config.directory());
    }

    @FunctionalInterface
    private interface ShardTask {
        void run(Shard shard) throws IOException;
    }

    /** Runs the task for every shard on its lane and waits for all of them. */
    private void forEachShard(ShardTask task) throws IOException {
        List<CompletableFuture<Void>> running = new ArrayList<>();
        for (Shard shard : shards) {
            CompletableFuture<Void> done = new CompletableFuture<>();
            shard.onLane(() -> {
                try {
                    task.run(shard);
                    done.complete(null);
                } catch (IOException | RuntimeException e) {
                    done.completeExceptionally(e);
                }
            });
            running.add(done);
        }
        await(running);
    }

    private static void await(List<CompletableFuture<Void>> futures) throws IOException {
        IOException first = null;
        for (CompletableFuture<Void> future : futures) {
            try {
                await(future);
            } catch (IOException e) {
                if (first == null) {
                    first = e;
                } else {
                    first.addSuppressed(e);
                }
            }
        }
        if (first != null) {
            throw first;
        }
    }

    private static <T> T await(CompletableFuture<T> future) throws IOException {
        try {
            return future.join();
        } catch (CompletionException e) {
            throw e.getCause() instanceof IOException io ? io : new IOException(e.getCause());
        }
    }
}
