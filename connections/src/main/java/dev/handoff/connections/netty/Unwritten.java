package dev.handoff.connections.netty;

import java.nio.ByteBuffer;
import java.util.Optional;

import dev.handoff.participant.CarriedConnection;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.CompositeByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelOutboundBuffer;

/**
 * What a channel has been given to write and its client has not made room for. It stays with the channel, which may yet write
 * it. On the channel's event loop, after a flush.
 */
final class Unwritten {

    private final CompositeByteBuf bytes = Unpooled.compositeBuffer(Integer.MAX_VALUE);
    private boolean onlyBytes = true;

    private Unwritten() {}

    /** Empty where something other than bytes waits, such as a file's region. */
    static Optional<Unwritten> of(Channel channel) {
        Unwritten unwritten = new Unwritten();
        ChannelOutboundBuffer waiting = channel.unsafe().outboundBuffer();
        if (waiting == null) {
            return Optional.empty();
        }
        try {
            waiting.forEachFlushedMessage(message -> {
                unwritten.onlyBytes = message instanceof ByteBuf;
                if (message instanceof ByteBuf part) {
                    unwritten.bytes.addComponent(true, part.retainedSlice());
                }
                return unwritten.onlyBytes;
            });
        } catch (Exception e) {
            throw new AssertionError("the visitor throws nothing", e);
        }
        if (!unwritten.onlyBytes) {
            unwritten.bytes.release();
            return Optional.empty();
        }
        return Optional.of(unwritten);
    }

    /** Its length, itself, and {@code state} behind it; empty where that is more than a connection may carry. Once. */
    Optional<ByteBuffer> before(ByteBuf state) {
        try {
            long length = (long) Integer.BYTES + bytes.readableBytes() + state.readableBytes();
            if (length > CarriedConnection.LONGEST_STATE_BYTES) {
                return Optional.empty();
            }
            ByteBuffer all = ByteBuffer.allocate((int) length);
            all.putInt(bytes.readableBytes());
            bytes.getBytes(bytes.readerIndex(), all.slice(all.position(), bytes.readableBytes()));
            all.position(all.position() + bytes.readableBytes());
            state.getBytes(state.readerIndex(), all);
            return Optional.of(all.flip());
        } finally {
            bytes.release();
        }
    }
}
