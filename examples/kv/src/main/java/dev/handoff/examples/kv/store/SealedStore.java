package dev.handoff.examples.kv.store;

import dev.handoff.codec.Fingerprint;
import dev.handoff.codec.ShardRevisions;

/**
 * What a seal has left on disk.
 *
 * @param revisions   the last revision of each shard
 * @param fingerprint of the directory: see {@link KvStore#fingerprint()}
 */
public record SealedStore(ShardRevisions revisions, Fingerprint fingerprint) {}
