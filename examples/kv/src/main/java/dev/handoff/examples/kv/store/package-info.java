/**
 * The storage engine: a sharded map in memory, each shard backed by an append-only log of segments.
 *
 * <p>It knows nothing of networks or handoffs. Read {@link dev.handoff.examples.kv.store.SegmentLayout} for the bytes,
 * {@link dev.handoff.examples.kv.store.Shard} for the rules, {@link dev.handoff.examples.kv.store.KvStore} for the
 * stages of its life.
 *
 * <p>One mechanism, {@code Shard.catchUp}, brings memory in line with the directory, whoever wrote there last: after a
 * start, while a successor warms up beside a living writer, when it takes over, and when an incumbent resumes after an
 * aborted handoff. It applies only what it has not applied before.
 */
package dev.handoff.examples.kv.store;
