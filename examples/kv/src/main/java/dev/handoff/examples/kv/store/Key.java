package dev.handoff.examples.kv.store;

/** A key with its hash and its shard, looked up once. Made by {@link KvStore#key(byte[])}. */
public final class Key {
    final byte[] bytes;
    final long hash;
    private final Shard shard;

    Key(byte[] bytes, long hash, Shard shard) {
        this.bytes = bytes;
        this.hash = hash;
        this.shard = shard;
    }

    /** Where this key lives. */
    public Shard shard() {
        return shard;
    }
}
