package dev.handoff.examples.kv.store;

/** Hears of each sealed shard. Called on the thread that called {@link KvStore#seal}. */
@FunctionalInterface
public interface SealListener {
    /**
     * One more shard is sealed.
     *
     * @param sealed   shards sealed so far
     * @param total    shards in all
     * @param revision last revision of the one just sealed
     */
    void shardSealed(int sealed, int total, long revision);
}
