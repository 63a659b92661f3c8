package dev.handoff.examples.kv.store;

/**
 * One key and its value. Read it only while holding its shard's lock; the arrays it hands out are never changed afterwards
 * and may be kept, but must not be written to: they are shared, so that a reply of megabytes is not copied.
 */
public final class Entry {
    final byte[] key;
    final long hash;
    byte[] value;
    long revision;
    long expiresAtMs;
    Entry next;

    Entry(byte[] key, long hash) {
        this.key = key;
        this.hash = hash;
    }

    /** Shared, not to be written to. */
    public byte[] key() {
        return key;
    }

    /** Shared, not to be written to. */
    public byte[] value() {
        return value;
    }

    /** The revision of the shard that this value came with. */
    public long revision() {
        return revision;
    }

    /** Unix milliseconds, or 0: never. */
    public long expiresAtMs() {
        return expiresAtMs;
    }

    boolean expired(long nowMs) {
        return expiresAtMs != 0 && expiresAtMs <= nowMs;
    }
}
