package dev.handoff.examples.kv.store;

import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.TreeMap;

/** Plain reads and writes on a store, for tests. */
final class Access {
    private Access() {}

    static void set(KvStore store, String key, String value) {
        set(store, key, value, 0);
    }

    static void set(KvStore store, String key, String value, long expiresAtMs) {
        set(store, bytes(key), bytes(value), expiresAtMs);
    }

    static void set(KvStore store, byte[] key, byte[] value, long expiresAtMs) {
        Key k = store.key(key);
        k.shard().lock().lock();
        try {
            k.shard().put(k, value, expiresAtMs);
        } finally {
            k.shard().lock().unlock();
        }
    }

    /** Null if absent. */
    static String get(KvStore store, String key) {
        return get(store, key, System.currentTimeMillis());
    }

    static String get(KvStore store, String key, long nowMs) {
        byte[] value = get(store, bytes(key), nowMs);
        return value == null ? null : text(value);
    }

    static byte[] get(KvStore store, byte[] key, long nowMs) {
        Key k = store.key(key);
        k.shard().lock().lock();
        try {
            Entry e = k.shard().find(k, nowMs);
            return e == null ? null : e.value();
        } finally {
            k.shard().lock().unlock();
        }
    }

    static boolean delete(KvStore store, String key) {
        Key k = store.key(bytes(key));
        k.shard().lock().lock();
        try {
            return k.shard().delete(k, System.currentTimeMillis());
        } finally {
            k.shard().lock().unlock();
        }
    }

    static void clear(KvStore store) {
        for (Shard shard : store.shards()) {
            shard.lock().lock();
            try {
                shard.clear();
            } finally {
                shard.lock().unlock();
            }
        }
    }

    /** Forgets expired keys; returns how many. */
    static int reap(KvStore store, long nowMs) {
        int reaped = 0;
        for (Shard shard : store.shards()) {
            shard.lock().lock();
            try {
                reaped += shard.reap(nowMs, Integer.MAX_VALUE);
            } finally {
                shard.lock().unlock();
            }
        }
        return reaped;
    }

    static Map<String, String> all(KvStore store) {
        Map<String, String> all = new TreeMap<>();
        for (Shard shard : store.shards()) {
            shard.lock().lock();
            try {
                shard.forEach(e -> all.put(text(e.key()), text(e.value())));
            } finally {
                shard.lock().unlock();
            }
        }
        return all;
    }

    static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    static String text(byte[] bytes) {
        return new String(bytes, StandardCharsets.UTF_8);
    }
}
