package dev.handoff.codec.event;

import java.nio.ByteOrder;

import dev.handoff.codec.FrameDecoder;
import dev.handoff.codec.FrameLayout;
import dev.handoff.codec.HandoffId;
import dev.handoff.codec.HeartbeatFlyweight;
import dev.handoff.codec.MessageKind;
import dev.handoff.codec.SealProgressFlyweight;
import dev.handoff.codec.Side;
import org.agrona.DirectBuffer;

/**
 * A {@code MessageReceived} or {@code MessageSending} payload, read in place: for whoever takes heartbeats and reports of a seal's
 * progress past the core without making objects of them. Owned by one thread, wrapped again for each record; allocates nothing.
 *
 * <p>
 * Invariant: after a successful {@link #wrap} every accessor reads inside the payload.
 */
public final class MessageEventFlyweight {

    private final HeartbeatFlyweight heartbeat = new HeartbeatFlyweight();
    private final SealProgressFlyweight progress = new SealProgressFlyweight();
    private DirectBuffer buffer;
    private int offset;
    private int length;

    /**
     * Points this at the payload of {@code length} bytes at {@code offset}.
     *
     * @return whether the payload has a whole frame in it and nothing after that; if not, {@link EventCodec#decode} says what is
     *         wrong, and the accessors must not be used. The frame's message is not looked at.
     */
    public boolean wrap(DirectBuffer buffer, int offset, int length) {
        this.buffer = buffer;
        this.offset = offset;
        this.length = length;
        int frameBytes = length - EventLayout.FRAME_OFFSET;
        return frameBytes > 0
                && FrameDecoder.frameLength(buffer, offset + EventLayout.FRAME_OFFSET, frameBytes) == frameBytes
                && sideDiscriminant() <= Side.SUCCESSOR.discriminant();
    }

    public int service() {
        return EventLayout.service(buffer, offset);
    }

    public long idMostSignificantBits() {
        return EventLayout.idMostSignificantBits(buffer, offset);
    }

    public long idLeastSignificantBits() {
        return EventLayout.idLeastSignificantBits(buffer, offset);
    }

    /** The handoff's id as a value; the one accessor that allocates. */
    public HandoffId handoffId() {
        return new HandoffId(idMostSignificantBits(), idLeastSignificantBits());
    }

    public long session() {
        return buffer.getLong(offset + EventLayout.SESSION_OFFSET, ByteOrder.LITTLE_ENDIAN);
    }

    /** The session's count of bytes before the frame; 0 for {@code MessageSending}. */
    public long streamOffset() {
        return buffer.getLong(offset + EventLayout.STREAM_OFFSET_OFFSET, ByteOrder.LITTLE_ENDIAN);
    }

    /** Who sent the message, or who is sent it. */
    public Side side() {
        return sideDiscriminant() == Side.INCUMBENT.discriminant() ? Side.INCUMBENT : Side.SUCCESSOR;
    }

    private int sideDiscriminant() {
        return buffer.getByte(offset + EventLayout.SIDE_OFFSET) & 0xFF;
    }

    /** The message's discriminant, 0..13, or {@link FrameDecoder#KIND_UNKNOWN}; its fields are not looked at. */
    public int messageKind() {
        return FrameDecoder.peekKind(buffer, frameOffset(), frameLength());
    }

    /** Whether the frame is a heartbeat through and through. */
    public boolean isHeartbeat() {
        return messageKind() == MessageKind.HEARTBEAT.discriminant()
                && heartbeat.decode(buffer, frameOffset(), frameLength()) == frameLength();
    }

    /** Whether the frame is a {@code SealProgress} through and through, which {@link #sealProgress} then is. */
    public boolean isSealProgress() {
        return messageKind() == MessageKind.SEAL_PROGRESS.discriminant()
                && progress.decode(buffer, frameOffset(), frameLength()) == frameLength();
    }

    /** The frame's fields, after {@link #isSealProgress} said yes; until the next {@link #wrap}. */
    public SealProgressFlyweight sealProgress() {
        return progress;
    }

    /** The version in the frame's header, 0..65535. */
    public int protoVersion() {
        return buffer.getShort(frameOffset() + FrameLayout.PROTO_VERSION_OFFSET, ByteOrder.LITTLE_ENDIAN) & 0xFFFF;
    }

    /** Where the frame starts, as an index into the buffer. */
    public int frameOffset() {
        return offset + EventLayout.FRAME_OFFSET;
    }

    /** The frame's bytes, its length field included. */
    public int frameLength() {
        return length - EventLayout.FRAME_OFFSET;
    }
}
