package dev.handoff.connections.netty;

import io.netty.buffer.ByteBuf;

/**
 * What a daemon's connection does when it is to move to the next generation; mostly the handler that reads requests implements it.
 * Everything here runs on the connection's event loop.
 */
public interface CarriedSession {

    /**
     * Comes to a boundary between two requests: begins no further one, keeps the bytes that may still arrive, and runs
     * {@code atBoundary} once every reply to what was begun has been written to the channel, at once if nothing is in flight. A
     * session that cannot move (TLS, a transaction that is open) never does, and may close the channel.
     */
    void quiesce(Runnable atBoundary);

    /**
     * What the successor needs to go on: input that was read and not begun, settings. Called at the boundary, when nothing more
     * can arrive. The caller releases it; the session keeps its own.
     */
    ByteBuf state();

    /** The handoff was rolled back, or this connection not taken: goes on where it stopped. The channel reads again after this. */
    void resume();
}
