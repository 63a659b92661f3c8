/**
 * A durable sharded key-value daemon that speaks the Redis protocol and can be handed off: the daemon to copy from.
 *
 * <p>{@link dev.handoff.examples.kv.KvDaemon} is the order of a daemon's life, its {@code Hooks} are the three of a handoff;
 * {@link dev.handoff.examples.kv.store} keeps the data, {@link dev.handoff.examples.kv.server} serves it. Neither of these
 * two knows the other's business, or the handoff's.
 */
package dev.handoff.examples.kv;
