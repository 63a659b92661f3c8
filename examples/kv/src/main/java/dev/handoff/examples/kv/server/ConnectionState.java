package dev.handoff.examples.kv.server;

import java.nio.charset.StandardCharsets;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.ByteBufUtil;

/**
 * What the next process must know of a connection, beside its socket and the replies still to be written. A later build may read
 * what an earlier one wrote.
 *
 * <pre>
 *  | 1 u8 | closing u8 | id i64 | createdMs i64 | length of name i32 | name, UTF-8 | input that was not executed ...
 * </pre>
 *
 * @param id        as CLIENT ID shows it
 * @param createdMs when the client connected, in Unix milliseconds
 * @param name      as CLIENT GETNAME shows it
 * @param closing   whether it is only to be closed, when its replies have left
 */
record ConnectionState(long id, long createdMs, String name, boolean closing) {
    private static final int VERSION = 1;

    /** The caller's to release; {@code input} may be null and stays as it is. */
    ByteBuf written(ByteBufAllocator allocator, ByteBuf input) {
        ByteBuf out = allocator.buffer();
        out.writeByte(VERSION).writeBoolean(closing).writeLong(id).writeLong(createdMs);
        out.writeInt(ByteBufUtil.utf8Bytes(name));
        out.writeCharSequence(name, StandardCharsets.UTF_8);
        if (input != null) {
            out.writeBytes(input, input.readerIndex(), input.readableBytes());
        }
        return out;
    }

    /** Takes everything but the input from {@code in}. */
    static ConnectionState read(ByteBuf in) {
        int version = in.readUnsignedByte();
        if (version != VERSION) {
            throw new IllegalArgumentException(
                    "the state of a connection is of version " + version + ", only " + VERSION
                            + " is known");
        }
        boolean closing = in.readBoolean();
        long id = in.readLong();
        long createdMs = in.readLong();
        String name = in.readCharSequence(in.readInt(), StandardCharsets.UTF_8).toString();
        return new ConnectionState(id, createdMs, name, closing);
    }
}
