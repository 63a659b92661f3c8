package dev.handoff.examples.kv.store;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.function.Consumer;

/**
 * A chained hash table from bytes to {@link Entry}, for one shard and under its lock.
 *
 * <p>Why not {@code HashMap}: a scan must be able to go on after any number of changes in between. The cursor counts
 * through the buckets with its bits reversed (the scheme of the Redis dictionary), so that it stays right when the
 * table has doubled meanwhile: every key present during the whole scan is seen at least once.
 */
final class Table {
    private static final int INITIAL_BUCKETS = 16;
    private static final int MAX_BUCKETS = 1 << 30;
    private static final VarHandle LONGS = MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);

    private Entry[] buckets = new Entry[INITIAL_BUCKETS];
    private int size;

    /** A 64-bit hash; the store's salt keeps clients from choosing keys that collide. */
    static long hash(byte[] key, long salt) {
        long h = salt ^ (key.length * 0x9E3779B97F4A7C15L);
        int i = 0;
        for (; i + Long.BYTES <= key.length; i += Long.BYTES) {
            h = mix(h ^ (long) LONGS.get(key, i));
        }
        long tail = 0;
        for (; i < key.length; i++) {
            tail = tail << 8 | (key[i] & 0xFF);
        }
        return mix(h ^ tail);
    }

    /** The finaliser of MurmurHash3: each bit of the input reaches each bit of the output. */
    private static long mix(long h) {
        h ^= h >>> 33;
        h *= 0xFF51AFD7ED558CCDL;
        h ^= h >>> 33;
        h *= 0xC4CEB9FE1A85EC53L;
        return h ^ h >>> 33;
    }

    int size() {
        return size;
    }

    Entry find(byte[] key, long hash) {
        for (Entry e = buckets[(int) hash & buckets.length - 1]; e != null; e = e.next) {
            if (e.hash == hash && Arrays.equals(e.key, key)) {
                return e;
            }
        }
        return null;
    }

    Entry findOrAdd(byte[] key, long hash) {
        Entry found = find(key, hash);
        if (found != null) {
            return found;
        }
        if (size >= buckets.length && buckets.length < MAX_BUCKETS) {
            grow();
        }
        Entry added = new Entry(key, hash);
        int bucket = (int) hash & buckets.length - 1;
        added.next = buckets[bucket];
        buckets[bucket] = added;
        size++;
        return added;
    }

    /** Returns what was removed, or null. */
    Entry remove(byte[] key, long hash) {
        int bucket = (int) hash & buckets.length - 1;
        Entry before = null;
        for (Entry e = buckets[bucket]; e != null; before = e, e = e.next) {
            if (e.hash == hash && Arrays.equals(e.key, key)) {
                if (before == null) {
                    buckets[bucket] = e.next;
                } else {
                    before.next = e.next;
                }
                size--;
                return e;
            }
        }
        return null;
    }

    void clear() {
        buckets = new Entry[INITIAL_BUCKETS];
        size = 0;
    }

    void forEach(Consumer<Entry> action) {
        for (Entry head : buckets) {
            for (Entry e = head; e != null; e = e.next) {
                action.accept(e);
            }
        }
    }

    /** Visits the bucket at {@code cursor} and returns the next cursor, 0 after the last one. */
    long scan(long cursor, Consumer<Entry> action) {
        long mask = buckets.length - 1L;
        for (Entry e = buckets[(int) (cursor & mask)]; e != null; e = e.next) {
            action.accept(e);
        }
        return Long.reverse(Long.reverse(cursor | ~mask) + 1);
    }

    private void grow() {
        Entry[] old = buckets;
        buckets = new Entry[old.length * 2];
        for (Entry head : old) {
            Entry e = head;
            while (e != null) {
                Entry next = e.next;
                int bucket = (int) e.hash & buckets.length - 1;
                e.next = buckets[bucket];
                buckets[bucket] = e;
                e = next;
            }
        }
    }
}
