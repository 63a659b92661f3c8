package dev.handoff.codec;

import java.util.Arrays;
import java.util.stream.Collectors;

/** One unsigned 64-bit revision for each shard, in shard order. Immutable, compared by content. */
public final class ShardRevisions {

    public static final ShardRevisions EMPTY = new ShardRevisions(new long[0]);

    private final long[] revisions;

    private ShardRevisions(long[] revisions) {
        this.revisions = revisions;
    }

    /** Copies {@code revisions}. */
    public static ShardRevisions of(long... revisions) {
        return new ShardRevisions(revisions.clone());
    }

    /** Number of shards. */
    public int size() {
        return revisions.length;
    }

    /** The revision of a shard, unsigned. */
    public long get(int shard) {
        return revisions[shard];
    }

    /** Copies all revisions to the start of {@code destination}, which must have room for them. */
    void copyTo(long[] destination) {
        System.arraycopy(revisions, 0, destination, 0, revisions.length);
    }

    /** A copy. */
    public long[] toArray() {
        return revisions.clone();
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof ShardRevisions that && Arrays.equals(revisions, that.revisions);
    }

    @Override
    public int hashCode() {
        return Arrays.hashCode(revisions);
    }

    @Override
    public String toString() {
        return Arrays.stream(revisions).mapToObj(Long::toUnsignedString).collect(Collectors.joining(",", "[", "]"));
    }
}
