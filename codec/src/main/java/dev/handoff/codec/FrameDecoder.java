package dev.handoff.codec;

import java.util.ArrayList;
import java.util.List;

import org.agrona.DirectBuffer;

/**
 * Turns a frame's bytes into a {@link Message}, on the cold path. Owned by one thread, reused for every frame it reads.
 *
 * <p>
 * It accepts and refuses exactly what the Rust reader does: bytes after the message inside its frame are ignored, any header
 * version is accepted, a varint may be longer than needed (vectors README).
 *
 * <p>
 * Invariant: a length is checked before anything is allocated for it, so a frame of n bytes never costs more than a small
 * multiple of n.
 */
public final class FrameDecoder {

    /** {@link #frameLength}: the length field itself has not arrived whole. */
    public static final int LENGTH_UNKNOWN = 0;

    /** {@link #frameLength}: the length is under 2. */
    public static final int LENGTH_MALFORMED = -1;

    /** {@link #frameLength}: the length is over 1 MiB. */
    public static final int LENGTH_TOO_LARGE = -2;

    /** {@link #peekKind}: not enough bytes to tell, or no discriminant of this protocol. */
    public static final int KIND_UNKNOWN = -1;

    // Enough for any real Ready; a longer list grows, element by element, with the bytes that prove it.
    private static final int INITIAL_LIST_CAPACITY = 16;

    private final PostcardReader reader = new PostcardReader();
    private final HelloFlyweight hello = new HelloFlyweight();
    private final SealProgressFlyweight sealProgress = new SealProgressFlyweight();
    private final SealCompleteFlyweight sealComplete = new SealCompleteFlyweight();
    private final HeartbeatFlyweight heartbeat = new HeartbeatFlyweight();

    /**
     * The size of the frame that starts at {@code offset}, its length field included (6..1,048,580), as soon as its first
     * four bytes are there, whether or not the rest is; else one of the constants above, none of which is positive.
     */
    public static int frameLength(DirectBuffer buffer, int offset, int available) {
        if (available < FrameLayout.LENGTH_BYTES) {
            return LENGTH_UNKNOWN;
        }
        long length = FrameLayout.length(buffer, offset);
        if (length > FrameLayout.MAX_LENGTH) {
            return LENGTH_TOO_LARGE;
        }
        return length < FrameLayout.MIN_LENGTH ? LENGTH_MALFORMED : FrameLayout.LENGTH_BYTES + (int) length;
    }

    /**
     * The discriminant of the message in the frame at {@code offset}, 0..13, without looking at its fields; the frame need
     * not be there whole. {@link #KIND_UNKNOWN} where that cannot be told.
     */
    public static int peekKind(DirectBuffer buffer, int offset, int available) {
        int frameLength = frameLength(buffer, offset, available);
        int end = Math.min(frameLength, available);
        if (end <= FrameLayout.PAYLOAD_OFFSET) {
            return KIND_UNKNOWN;
        }
        // Nearly always one byte; the varint may be longer than needed.
        int value = 0;
        for (int i = 0; i < PostcardReader.U32_MAX_BYTES && FrameLayout.PAYLOAD_OFFSET + i < end; i++) {
            int next = buffer.getByte(offset + FrameLayout.PAYLOAD_OFFSET + i);
            if (i == PostcardReader.U32_MAX_BYTES - 1 && next > PostcardReader.U32_LAST_BYTE_MAX) {
                return KIND_UNKNOWN;
            }
            value |= (next & 0x7F) << (7 * i);
            if (next >= 0) {
                return value >= 0 && value < MessageKind.COUNT ? value : KIND_UNKNOWN;
            }
        }
        return KIND_UNKNOWN;
    }

    /**
     * Decodes the frame at {@code offset} of a stream that is still live.
     *
     * @param available bytes of the stream that are in the buffer from {@code offset} on, 0 or more
     */
    public Decoded decode(DirectBuffer buffer, int offset, int available) {
        int frameLength = frameLength(buffer, offset, available);
        return switch (frameLength) {
            case LENGTH_UNKNOWN -> new Decoded.Incomplete(FrameLayout.LENGTH_BYTES);
            case LENGTH_MALFORMED -> new Decoded.Malformed(Decoded.Kind.FRAME_MALFORMED,
                    "the frame's length is " + FrameLayout.length(buffer, offset) + ", at least "
                            + FrameLayout.MIN_LENGTH
                            + " is needed for its version",
                    0);
            case LENGTH_TOO_LARGE -> new Decoded.Malformed(Decoded.Kind.FRAME_TOO_LARGE,
                    "the frame's length is " + FrameLayout.length(buffer, offset) + ", at most "
                            + FrameLayout.MAX_LENGTH
                            + " is allowed",
                    0);
            default -> frameLength > available
                    ? new Decoded.Incomplete(frameLength)
                    : decodeWhole(buffer, offset, frameLength);
        };
    }

    /** As {@link #decode}, but no more bytes will come: what would be {@code Incomplete} is {@code Malformed(IO)}. */
    public Decoded decodeAtEndOfStream(DirectBuffer buffer, int offset, int available) {
        Decoded decoded = decode(buffer, offset, available);
        if (decoded instanceof Decoded.Incomplete(int needed)) {
            return new Decoded.Malformed(Decoded.Kind.IO,
                    "the stream ended after " + available + " bytes of a frame that needs " + needed
                            + (available < FrameLayout.LENGTH_BYTES ? " to tell its length" : ""),
                    available);
        }
        return decoded;
    }

    private Decoded decodeWhole(DirectBuffer buffer, int offset, int frameLength) {
        reader.wrap(buffer, offset, offset + FrameLayout.PAYLOAD_OFFSET, offset + frameLength);
        int discriminantOffset = reader.position();
        long discriminant = reader.readU32();
        if (discriminant >= MessageKind.COUNT) {
            reader.fail(PostcardReader.Fault.UNKNOWN_MESSAGE, discriminantOffset);
        }
        if (!reader.failed()) {
            MessageKind kind = MessageKind.ofDiscriminant((int) discriminant);
            Message message = readFields(kind);
            if (!reader.failed()) {
                return new Decoded.Frame(FrameLayout.protoVersion(buffer, offset), message, frameLength);
            }
            return malformedPayload(kind.wireName() + ": " + reader.fault().reason(), offset);
        }
        return malformedPayload(reader.fault().reason(), offset);
    }

    private Decoded malformedPayload(String reason, int offset) {
        return new Decoded.Malformed(Decoded.Kind.CODEC, reason, reader.faultOffset() - offset);
    }

    /** After a fault the message returned holds zeros and is thrown away. Arguments are read in the wire's order. */
    private Message readFields(MessageKind kind) {
        return switch (kind) {
            case HELLO -> {
                hello.readFields(reader);
                yield hello.toMessage();
            }
            case HELLO_ACK -> new Message.HelloAck(reader.readU16(), reader.readHandoffId());
            case PREPARE_HANDOFF ->
                new Message.PrepareHandoff(reader.readHandoffId(), reader.readU32(), reader.readU64(),
                        reader.readU64());
            case DRAINED -> new Message.Drained(reader.readU32(), reader.readBool());
            case SEAL_REQUEST -> new Message.SealRequest(reader.readHandoffId());
            case SEAL_PROGRESS -> {
                sealProgress.readFields(reader);
                yield sealProgress.toMessage();
            }
            case SEAL_COMPLETE -> {
                sealComplete.readFields(reader);
                yield sealComplete.toMessage();
            }
            case SEAL_FAILED ->
                new Message.SealFailed(reader.readHandoffId(), reader.readString(), reader.readString());
            case BEGIN -> new Message.Begin(reader.readHandoffId());
            case READY -> new Message.Ready(reader.readHandoffId(), readStrings(), reader.readBool(), readRevisions());
            case COMMIT -> new Message.Commit(reader.readHandoffId());
            case ABORT -> new Message.Abort(reader.readHandoffId(), reader.readString());
            case RESUME_AFTER_ABORT -> new Message.ResumeAfterAbort(reader.readHandoffId());
            case HEARTBEAT -> {
                heartbeat.readFields(reader);
                yield heartbeat.toMessage();
            }
        };
    }

    private List<String> readStrings() {
        int count = reader.readCount();
        List<String> strings = new ArrayList<>(Math.min(count, INITIAL_LIST_CAPACITY));
        for (int i = 0; i < count && !reader.failed(); i++) {
            strings.add(reader.readString());
        }
        return strings;
    }

    private ShardRevisions readRevisions() {
        long[] revisions = new long[reader.readCount()];
        reader.readU64s(revisions, revisions.length);
        return ShardRevisions.of(revisions);
    }
}
