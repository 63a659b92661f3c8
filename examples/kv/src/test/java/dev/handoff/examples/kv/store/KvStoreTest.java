package dev.handoff.examples.kv.store;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class KvStoreTest {
    @TempDir
    Path dir;

    private StoreConfig config() {
        return StoreConfig.of(dir).withShards(4);
    }

    private KvStore opened(StoreConfig config) throws IOException {
        KvStore store = new KvStore(config);
        store.takeOver();
        return store;
    }

    @Test
    void findsAfterRestartWhatWasFlushed() throws IOException {
        try (KvStore store = opened(config())) {
            Access.set(store, "a", "1");
            Access.set(store, "b", "2");
            Access.set(store, "a", "3");
            assertTrue(Access.delete(store, "b"));
            assertFalse(Access.delete(store, "b"));
            store.flush();
        }
        try (KvStore store = opened(config())) {
            assertEquals(Map.of("a", "3"), Access.all(store));
            assertEquals(4, Arrays.stream(store.revisions().toArray()).sum());
        }
    }

    @Test
    void preparesItsFilesAndLeavesNothingInTheWayOfWhoeverComesAfter() throws IOException {
        try (KvStore store = opened(config())) {
            Access.set(store, "a", "1");
            store.seal((_, _, _) -> {});
            // A successor that prepared, wrote nothing, and died.
            try (KvStore successor = opened(config())) {
                successor.prepareToWrite();
                successor.flush();
                // The lanes take one task after the other.
                successor.follow();
                for (Shard shard : successor.shards()) {
                    try (var files = Files.list(shard.directory())) {
                        assertEquals(shard.revision() == 0 ? 1 : 2, files.count(), "its next segment is there");
                    }
                }
            }
            store.takeOver();
            store.prepareToWrite();
            Access.set(store, "a", "2");
            Access.set(store, "b", "3");
            store.seal((_, _, _) -> {});
        }
        try (KvStore store = opened(config())) {
            assertEquals(Map.of("a", "2", "b", "3"), Access.all(store));
            store.verifyDigests();
        }
    }

    @Test
    void writesThatGatherShareABatch() throws IOException {
        try (KvStore store = opened(StoreConfig.of(dir).withShards(1))) {
            Shard shard = store.shards().getFirst();
            CompletableFuture<Void> batch;
            try (KvStore.Gathering _ = store.gather(60_000)) {
                Access.set(store, "first", "1");
                batch = settled(shard);
                for (int i = 0; i < 10; i++) {
                    Access.set(store, "key" + i, "v");
                    assertSame(batch, settled(shard));
                }
                assertFalse(batch.isDone());
            }
            batch.join();
            // One that nobody closes ends by itself.
            KvStore.Gathering _ = store.gather(1);
            Access.set(store, "late", "2");
            store.flush();
        }
    }

    private static CompletableFuture<Void> settled(Shard shard) {
        shard.lock().lock();
        try {
            return shard.settled(shard.revision());
        } finally {
            shard.lock().unlock();
        }
    }

    @Test
    void keepsAnyBytesAndLargeValues() throws IOException {
        Random random = new Random(7);
        byte[] key = new byte[300];
        byte[] value = new byte[3 << 20];
        random.nextBytes(key);
        random.nextBytes(value);
        try (KvStore store = opened(config())) {
            Access.set(store, key, value, 0);
            Access.set(store, "", "");
            store.flush();
        }
        try (KvStore store = opened(config())) {
            assertEquals(0, Arrays.compare(value, Access.get(store, key, 0)));
            assertEquals("", Access.get(store, ""));
        }
    }

    /** Values around the sizes that a reader takes at a time, read by one who follows and by one who starts over. */
    @Test
    void readsRecordsOfAnyLengthInAnyOrder() throws IOException {
        Random random = new Random(11);
        Map<String, String> written = new TreeMap<>();
        StoreConfig one = StoreConfig.of(dir).withShards(1);
        try (KvStore store = opened(one); KvStore follower = new KvStore(one)) {
            for (int i = 0; i < 300; i++) {
                // Around a power of two, from 64 bytes to 512 KiB.
                int length = (1 << (6 + random.nextInt(14))) + random.nextInt(-60, 61);
                String key = "key" + random.nextInt(100);
                written.put(key, String.valueOf((char) ('a' + random.nextInt(26))).repeat(length));
                Access.set(store, key, written.get(key));
                if (random.nextInt(10) == 0) {
                    store.flush();
                    follower.follow();
                    assertEquals(written, Access.all(follower), "after write " + i);
                }
            }
            store.flush();
        }
        try (KvStore store = opened(one)) {
            assertEquals(written, Access.all(store));
            store.verifyDigests();
        }
    }

    @Test
    void sealsWithProgressAndAFingerprintThatAReaderOfTheDirectoryFinds() throws IOException {
        SealedStore sealed;
        List<String> progress = new ArrayList<>();
        try (KvStore store = opened(config())) {
            for (int i = 0; i < 100; i++) {
                Access.set(store, "key" + i, "v");
            }
            sealed = store.seal((done, total, revision) -> progress.add(done + "/" + total + "@" + revision));
            assertThrows(StoreUnavailableException.class, () -> Access.set(store, "late", "v"));
        }
        assertEquals(4, progress.size());
        assertTrue(progress.getLast().startsWith("4/4@"));
        try (KvStore store = opened(config())) {
            assertEquals(sealed.revisions(), store.revisions());
            assertEquals(sealed.fingerprint(), store.fingerprint());
            store.verifyDigests();
            Access.set(store, "key0", "other");
            assertNotEquals(sealed.fingerprint(), store.seal((_, _, _) -> {}).fingerprint());
        }
    }

    @Test
    void sealRefusesNothingThatWasWrittenBefore() throws IOException {
        try (KvStore store = opened(config())) {
            Access.set(store, "just", "now");
            store.seal((_, _, _) -> {});
        }
        try (KvStore store = opened(config())) {
            assertEquals("now", Access.get(store, "just"));
        }
    }

    @Test
    void successorFollowsALivingWriterAndReadsOnlyTheRest() throws IOException {
        StoreConfig config = config().withSegmentBytes(2000);
        try (KvStore incumbent = opened(config); KvStore successor = new KvStore(config)) {
            Map<String, String> expected = new TreeMap<>();
            Random random = new Random(1);
            for (int round = 0; round < 50; round++) {
                for (int i = 0; i < 20; i++) {
                    String key = "k" + random.nextInt(200);
                    if (random.nextInt(5) == 0) {
                        Access.delete(incumbent, key);
                        expected.remove(key);
                    } else {
                        Access.set(incumbent, key, "v" + round + "." + i);
                        expected.put(key, "v" + round + "." + i);
                    }
                }
                incumbent.flush();
                if (round % 10 == 7) {
                    incumbent.compact();
                }
                successor.follow();
                assertEquals(expected, Access.all(successor));
                assertThrows(StoreUnavailableException.class, () -> Access.set(successor, "mine", "v"));
            }
            SealedStore sealed = incumbent.seal((_, _, _) -> {});
            successor.takeOver();
            assertEquals(expected, Access.all(successor));
            assertEquals(sealed.revisions(), successor.revisions());
            assertEquals(sealed.fingerprint(), successor.fingerprint());
        }
    }

    @Test
    void incumbentResumesWithWhatASuccessorWroteMeanwhile() throws IOException {
        StoreConfig config = config().withSegmentBytes(500);
        try (KvStore incumbent = opened(config)) {
            Access.set(incumbent, "a", "old");
            Access.set(incumbent, "b", "old");
            incumbent.seal((_, _, _) -> {});
            try (KvStore successor = opened(config)) {
                Access.set(successor, "a", "new");
                assertTrue(Access.delete(successor, "b"));
                successor.flush();
            }
            incumbent.takeOver();
            assertEquals(Map.of("a", "new"), Access.all(incumbent));
            Access.set(incumbent, "c", "mine");
            incumbent.flush();
            incumbent.seal((_, _, _) -> {});
            try (KvStore successor = opened(config)) {
                for (int i = 0; i < 300; i++) {
                    Access.set(successor, "a", "n" + i);
                    successor.flush();
                }
                successor.compact();
            }
            incumbent.takeOver();
            assertEquals(Map.of("a", "n299", "c", "mine"), Access.all(incumbent));
        }
    }

    @Test
    void goesOnInTheSameFilesWhenNothingHadBeenSealed() throws IOException {
        try (KvStore store = opened(config())) {
            Access.set(store, "a", "1");
            store.flush();
            store.takeOver();
            Access.set(store, "a", "2");
            store.flush();
            assertEquals(0, store.segmentCount());
        }
        try (KvStore store = opened(config())) {
            assertEquals("2", Access.get(store, "a"));
        }
    }

    @Test
    void compactionKeepsExactlyTheStateAcrossRestarts() throws IOException {
        StoreConfig config = config().withSegmentBytes(1500);
        Random random = new Random(42);
        Map<String, String> expected = new TreeMap<>();
        int mostSegments = 0;
        for (int life = 0; life < 20; life++) {
            try (KvStore store = opened(config)) {
                assertEquals(expected, Access.all(store), "life " + life);
                for (int i = 0; i < 300; i++) {
                    String key = "k" + random.nextInt(60);
                    int what = random.nextInt(100);
                    if (what == 0 && life % 5 == 3) {
                        Access.clear(store);
                        expected.clear();
                    } else if (what < 25) {
                        assertEquals(expected.remove(key) != null, Access.delete(store, key));
                    } else {
                        Access.set(store, key, life + "." + i);
                        expected.put(key, life + "." + i);
                    }
                    if (random.nextInt(20) == 0) {
                        store.flush();
                    }
                    if (random.nextInt(60) == 0) {
                        store.compact();
                    }
                }
                store.compact();
                mostSegments = Math.max(mostSegments, store.segmentCount());
                if (random.nextBoolean()) {
                    store.seal((_, _, _) -> {});
                } else {
                    store.flush();
                }
            }
        }
        // 6000 records of some 40 bytes in segments of 1500 would be 160 and more.
        assertTrue(mostSegments < 60, "segments: " + mostSegments);
    }

    @Test
    void compactionDoesNotBringBackAnExpiredKeysPast() throws IOException {
        StoreConfig config = StoreConfig.of(dir).withShards(1).withSegmentBytes(64);
        long soonMs = System.currentTimeMillis() + 30;
        try (KvStore store = opened(config)) {
            Access.set(store, "k", "past");
            store.flush();
            // Too long to join the run that is merged: what stands before it stays.
            Access.set(store, "pad", "x".repeat(20000));
            store.flush();
            // In the run.
            Access.set(store, "k", "brief", soonMs);
            store.flush();
            for (int i = 0; i < 6; i++) {
                Access.set(store, "other" + i, "z");
                store.flush();
            }
            assertEquals(1, Access.reap(store, soonMs + 1));
            int before = store.segmentCount();
            store.compact();
            assertTrue(store.segmentCount() < before);
        }
        try (KvStore store = opened(config)) {
            assertNull(Access.get(store, "k", soonMs + 1));
        }
    }

    @Test
    void expiresAtTheAbsoluteTimeAlsoAfterRestart() throws IOException {
        long atMs = System.currentTimeMillis() + 3_600_000;
        try (KvStore store = opened(config())) {
            Access.set(store, "k", "v", atMs);
            store.flush();
        }
        try (KvStore store = opened(config())) {
            assertEquals("v", Access.get(store, "k", atMs - 1));
            assertNull(Access.get(store, "k", atMs));
            assertEquals(1, Access.reap(store, atMs));
            assertEquals(Map.of(), Access.all(store));
        }
    }

    @Test
    void reapSparesAKeyWhoseTimeWasMovedOrTakenAway() throws IOException {
        long atMs = System.currentTimeMillis() + 1000;
        try (KvStore store = opened(StoreConfig.of(dir).withShards(1))) {
            Access.set(store, "later", "v", atMs);
            Access.set(store, "later", "v", atMs + 5000);
            Access.set(store, "ever", "v", atMs);
            Access.set(store, "ever", "v");
            Access.set(store, "gone", "v", atMs);
            Access.delete(store, "gone");
            Access.set(store, "gone", "again");
            assertEquals(0, Access.reap(store, atMs + 1));
            assertEquals(Set.of("later", "ever", "gone"), Access.all(store).keySet());
        }
    }

    @Test
    void scanSeesEveryKeyThatStaysThoughTheTableGrows() throws IOException {
        try (KvStore store = opened(StoreConfig.of(dir).withShards(1))) {
            Set<String> stay = new HashSet<>();
            for (int i = 0; i < 1000; i++) {
                Access.set(store, "stay" + i, "v");
                stay.add("stay" + i);
            }
            Shard shard = store.shards().getFirst();
            Set<String> seen = new HashSet<>();
            long cursor = 0;
            int step = 0;
            do {
                Access.set(store, "new" + step++, "v");
                Access.set(store, "newer" + step++, "v");
                shard.lock().lock();
                try {
                    cursor = shard.scan(cursor, e -> seen.add(Access.text(e.key())));
                } finally {
                    shard.lock().unlock();
                }
            } while (cursor != 0);
            assertTrue(seen.containsAll(stay));
        }
    }

    @Test
    void cutsATornTailAtAnyByteAndKeepsEveryAcknowledgedRecord() throws IOException {
        StoreConfig config = StoreConfig.of(dir).withShards(1);
        try (KvStore store = opened(config)) {
            Access.set(store, "acknowledged", "yes");
            store.flush();
            Access.set(store, "last", "value");
            store.flush();
        }
        Path file = onlySegment();
        byte[] whole = Files.readAllBytes(file);
        int lastRecord = SegmentLayout.RECORD_HEADER_LENGTH + 4 + 5;
        for (int cut = 1; cut <= lastRecord; cut++) {
            for (Path old : segmentFiles()) {
                Files.delete(old);
            }
            Files.write(file, Arrays.copyOf(whole, whole.length - cut));
            try (KvStore store = opened(config)) {
                assertEquals(Map.of("acknowledged", "yes"), Access.all(store));
                Access.set(store, "next", "goes on");
                store.flush();
            }
            try (KvStore store = opened(config)) {
                assertEquals(Map.of("acknowledged", "yes", "next", "goes on"), Access.all(store));
            }
        }
    }

    @Test
    void refusesDamageBeforeALaterBatchAndTouchesNothing() throws IOException {
        StoreConfig config = StoreConfig.of(dir).withShards(1);
        try (KvStore store = opened(config)) {
            for (int i = 0; i < 5; i++) {
                Access.set(store, "k" + i, "value" + i);
                store.flush();
            }
        }
        Path file = onlySegment();
        byte[] whole = Files.readAllBytes(file);
        int record = SegmentLayout.RECORD_HEADER_LENGTH + 2 + 6;
        for (int at = 0; at < whole.length - record; at++) {
            byte[] damaged = whole.clone();
            damaged[at] ^= 0x10;
            Files.write(file, damaged);
            if (at >= SegmentLayout.HEADER_CRC + 4 && at < SegmentLayout.HEADER_LENGTH) {
                continue; // The unused end of the header.
            }
            KvStore store = new KvStore(config);
            IOException refused = assertThrows(DamagedSegmentException.class, store::takeOver, "byte " + at);
            assertTrue(refused.getMessage().contains(file.getFileName().toString()), refused.getMessage());
            store.close();
            assertEquals(0, Arrays.compare(damaged, Files.readAllBytes(file)));
        }
    }

    @Test
    void refusesAnyFlippedByteOfASealedSegment() throws IOException {
        StoreConfig config = StoreConfig.of(dir).withShards(1);
        try (KvStore store = opened(config)) {
            Access.set(store, "a", "1");
            Access.set(store, "b", "2");
            store.seal((_, _, _) -> {});
            store.takeOver();
            Access.set(store, "c", "3");
            store.flush();
        }
        Path sealed = segmentFiles().getFirst();
        byte[] whole = Files.readAllBytes(sealed);
        for (int at = 0; at < whole.length; at++) {
            if (at >= SegmentLayout.HEADER_CRC + 4 && at < SegmentLayout.HEADER_LENGTH) {
                continue;
            }
            byte[] damaged = whole.clone();
            damaged[at] ^= 1;
            Files.write(sealed, damaged);
            KvStore store = new KvStore(config);
            assertThrows(DamagedSegmentException.class, store::takeOver, "byte " + at);
            store.close();
        }
    }

    @Test
    void refusesAMissingSegment() throws IOException {
        StoreConfig config = StoreConfig.of(dir).withShards(1).withSegmentBytes(64);
        try (KvStore store = opened(config)) {
            for (int i = 0; i < 3; i++) {
                Access.set(store, "k" + i, "v");
                store.flush();
            }
        }
        for (int missing = 0; missing < 2; missing++) {
            Path file = segmentFiles().get(missing);
            byte[] bytes = Files.readAllBytes(file);
            Files.delete(file);
            KvStore store = new KvStore(config);
            assertThrows(DamagedSegmentException.class, store::takeOver);
            store.close();
            Files.write(file, bytes);
        }
    }

    @Test
    void takesAHalfWrittenHeaderOfANewSegmentForACrash() throws IOException {
        StoreConfig config = StoreConfig.of(dir).withShards(1);
        try (KvStore store = opened(config)) {
            Access.set(store, "a", "1");
            store.seal((_, _, _) -> {});
        }
        Path next = dir.resolve("shard-0000").resolve(new SegmentName(2, 2).fileName());
        for (int length : new int[]{0, 1, 63, 64}) {
            Files.write(next, new byte[length]);
            try (KvStore store = opened(config)) {
                assertEquals(Map.of("a", "1"), Access.all(store));
            }
            assertFalse(Files.exists(next));
        }
    }

    @Test
    void removesWhatACrashedCompactionLeftBehind() throws IOException {
        StoreConfig config = StoreConfig.of(dir).withShards(1).withSegmentBytes(64);
        try (KvStore store = opened(config)) {
            for (int i = 0; i < 8; i++) {
                Access.set(store, "k" + i % 3, "v" + i);
                store.flush();
            }
            store.seal((_, _, _) -> {});
        }
        List<Path> originals = segmentFiles();
        List<byte[]> bytes = new ArrayList<>();
        for (Path original : originals) {
            bytes.add(Files.readAllBytes(original));
        }
        try (KvStore store = opened(config)) {
            store.compact();
            assertEquals(1, store.segmentCount());
        }
        // As if it had died before deleting, and another one in the middle of writing.
        for (int i = 0; i < originals.size(); i++) {
            Files.write(originals.get(i), bytes.get(i));
        }
        Files.write(dir.resolve("shard-0000").resolve("x.seg" + Compaction.SUFFIX), new byte[10]);
        try (KvStore store = opened(config)) {
            assertEquals(Map.of("k0", "v6", "k1", "v7", "k2", "v5"), Access.all(store));
            assertEquals(1, store.segmentCount());
        }
        assertEquals(1, segmentFiles().size());
    }

    @Test
    void followerIgnoresARecordThatIsJustBeingWritten() throws IOException {
        StoreConfig config = StoreConfig.of(dir).withShards(1);
        try (KvStore store = opened(config)) {
            Access.set(store, "a", "1");
            store.flush();
            Access.set(store, "b", "2");
            store.flush();
        }
        Path file = onlySegment();
        byte[] whole = Files.readAllBytes(file);
        try (KvStore follower = new KvStore(config)) {
            for (int length = 0; length <= whole.length; length++) {
                try (FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE)) {
                    channel.truncate(length);
                    channel.write(java.nio.ByteBuffer.wrap(whole, 0, length));
                }
                follower.follow();
            }
            assertEquals(Map.of("a", "1", "b", "2"), Access.all(follower));
        }
    }

    @Test
    void forgetsWhatItFollowedWhenTheWriterHasCutItOff() throws IOException {
        StoreConfig config = StoreConfig.of(dir).withShards(1);
        try (KvStore store = opened(config)) {
            Access.set(store, "a", "1");
            store.flush();
            Access.set(store, "never acknowledged", "x");
            store.flush();
        }
        Path file = onlySegment();
        try (KvStore follower = new KvStore(config)) {
            follower.follow();
            assertEquals("x", Access.get(follower, "never acknowledged"));
            try (FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE)) {
                channel.truncate(SegmentLayout.HEADER_LENGTH + SegmentLayout.RECORD_HEADER_LENGTH + 2);
            }
            try (KvStore writer = opened(config)) {
                writer.seal((_, _, _) -> {});
            }
            follower.takeOver();
            assertEquals(Map.of("a", "1"), Access.all(follower));
        }
    }

    @Test
    void refusesAnotherNumberOfShardsAndALostMetaFile() throws IOException {
        opened(config()).close();
        KvStore other = new KvStore(config().withShards(5));
        IOException refused = assertThrows(IOException.class, other::takeOver);
        assertTrue(refused.getMessage().contains("created with 4 shards"), refused.getMessage());
        other.close();
        Files.delete(dir.resolve("kv.meta"));
        KvStore lost = new KvStore(config());
        assertTrue(assertThrows(IOException.class, lost::takeOver).getMessage().contains("kv.meta is missing"));
        lost.close();
    }

    @Test
    void followingChangesNothingOnDisk() throws IOException {
        try (KvStore follower = new KvStore(config().withShards(4))) {
            follower.follow();
        }
        try (var files = Files.list(dir)) {
            assertEquals(0, files.count());
        }
    }

    private Path onlySegment() throws IOException {
        List<Path> files = segmentFiles();
        assertEquals(1, files.size());
        return files.getFirst();
    }

    private List<Path> segmentFiles() throws IOException {
        try (var files = Files.list(dir.resolve("shard-0000"))) {
            return files.filter(f -> f.toString().endsWith(".seg")).sorted().toList();
        }
    }
}
