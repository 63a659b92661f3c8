package dev.handoff.participant;

/** Told by a long seal how far it is, for the supervisor's status. Any thread; never blocks: what does not fit is dropped. */
@FunctionalInterface
public interface SealProgress {

    /**
     * So many shards are sealed now.
     *
     * @param shardsSealed 0..2^32-1
     * @param shardsTotal  0..2^32-1
     * @param lastRevision of the shard sealed last, unsigned
     */
    void sealed(long shardsSealed, long shardsTotal, long lastRevision);
}
