package dev.handoff.codec;

import org.agrona.DirectBuffer;
import org.agrona.MutableDirectBuffer;

/**
 * One kind of message as an object that is filled again and again, for the hot path: decoding and encoding allocate nothing
 * once its own storage has grown to what the peers send. Owned by one thread. Decoding copies the fields out, so the buffer is
 * free afterwards.
 *
 * <p>
 * Each subclass is also what {@link FrameDecoder} and {@link FrameEncoder} use for its kind, so the order of the fields is
 * written down once.
 */
public abstract sealed class FrameFlyweight
        permits
        HelloFlyweight,
        SealProgressFlyweight,
        SealCompleteFlyweight,
        HeartbeatFlyweight {

    /** {@link #decode}: the frame has not arrived whole. */
    public static final int INCOMPLETE = 0;

    /** {@link #decode}: a malformed frame or one of another kind; {@link FrameDecoder} tells which, and why. */
    public static final int REFUSED = -1;

    private final MessageKind kind;
    private final PostcardReader reader = new PostcardReader();
    private final PostcardWriter writer = new PostcardWriter();
    private int protoVersion = Message.PROTOCOL_VERSION;

    FrameFlyweight(MessageKind kind) {
        this.kind = kind;
    }

    /** The one kind this is for. */
    public final MessageKind kind() {
        return kind;
    }

    /** The frame header's version, 0..65535: the one last decoded, else {@link Message#PROTOCOL_VERSION}. */
    public final int protoVersion() {
        return protoVersion;
    }

    /**
     * Fills this with the frame at {@code offset}.
     *
     * @param available bytes of the stream that are in the buffer from {@code offset} on
     * @return the frame's bytes, or {@link #INCOMPLETE}, or {@link #REFUSED}; after the last one the fields mean nothing
     */
    public final int decode(DirectBuffer buffer, int offset, int available) {
        int frameLength = FrameDecoder.frameLength(buffer, offset, available);
        if (frameLength <= 0) {
            return frameLength == FrameDecoder.LENGTH_UNKNOWN ? INCOMPLETE : REFUSED;
        }
        if (frameLength > available) {
            return INCOMPLETE;
        }
        reader.wrap(buffer, offset, offset + FrameLayout.PAYLOAD_OFFSET, offset + frameLength);
        if (reader.readU32() != kind.discriminant()) {
            return REFUSED;
        }
        readFields(reader);
        if (reader.failed()) {
            return REFUSED;
        }
        protoVersion = FrameLayout.protoVersion(buffer, offset);
        return frameLength;
    }

    /**
     * Writes a frame with these fields at {@code offset}; its header has {@link Message#PROTOCOL_VERSION}.
     *
     * @return the frame's bytes, its length field included
     * @throws IllegalArgumentException  if the frame's length would be over 1 MiB
     * @throws IndexOutOfBoundsException if the buffer ends before the frame does; bytes up to its end may have been written
     */
    public final int encode(MutableDirectBuffer buffer, int offset) {
        writer.wrap(buffer, offset + FrameLayout.PAYLOAD_OFFSET, FrameLayout.writeLimit(buffer, offset));
        writer.writeVarint(kind.discriminant());
        writeFields(writer);
        return finish(writer, kind, Message.PROTOCOL_VERSION, buffer, offset);
    }

    /** Reads the fields in the wire's order; after a fault in {@code from} they mean nothing. */
    abstract void readFields(PostcardReader from);

    /** Writes the fields in the wire's order. */
    abstract void writeFields(PostcardWriter to);

    /** These fields as a value. */
    public abstract Message toMessage();

    /** Puts the header before a payload that has been written, and says how long the frame has become. */
    static int finish(PostcardWriter payload, MessageKind kind, int protoVersion, MutableDirectBuffer buffer,
            int offset) {
        if (payload.overflowed()) {
            int room = FrameLayout.writeLimit(buffer, offset) - offset;
            if (room == FrameLayout.MAX_FRAME_BYTES) {
                throw new IllegalArgumentException(
                        kind.wireName() + " needs a frame whose length is over " + FrameLayout.MAX_LENGTH);
            }
            throw new IndexOutOfBoundsException(
                    kind.wireName() + " does not fit into the " + room + " bytes from offset " + offset);
        }
        int end = payload.position();
        FrameLayout.putHeader(buffer, offset, end - offset - FrameLayout.LENGTH_BYTES, protoVersion);
        return end - offset;
    }
}
