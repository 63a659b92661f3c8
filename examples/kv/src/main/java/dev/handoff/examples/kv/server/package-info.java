/**
 * The Redis protocol (RESP2) in front of a {@link dev.handoff.examples.kv.store.KvStore}, on Netty's epoll transport.
 *
 * <p>{@link dev.handoff.examples.kv.server.RespServer} owns the listeners and the threads,
 * {@link dev.handoff.examples.kv.server.Connection} one client, {@link dev.handoff.examples.kv.server.Commands} the table
 * of what a client may say. A reply leaves when the writes that it shows or implies are on disk.
 *
 * <p>Requests are not decoded by Netty's {@code RedisDecoder}: it answers malformed ones with other words than Redis does,
 * and it keeps a half-received request in a form that cannot be handed to another process. {@code RequestReader} leaves the
 * bytes of a request where they are until all of it is there. Replies do go through Netty's {@code RedisEncoder}.
 */
package dev.handoff.examples.kv.server;
