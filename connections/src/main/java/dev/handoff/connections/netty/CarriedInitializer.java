package dev.handoff.connections.netty;

import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;

/** Builds the pipeline of a connection that was carried over. */
@FunctionalInterface
public interface CarriedInitializer {

    /**
     * On the connection's event loop, before its {@code channelActive}. The channel's options are the successor's to set, as for
     * one that it accepts.
     *
     * @param listener the name of the listener that it was accepted from
     * @param state    what {@link CarriedSession#state} gave; valid until this returns
     */
    void initialize(Channel channel, String listener, ByteBuf state) throws Exception;
}
