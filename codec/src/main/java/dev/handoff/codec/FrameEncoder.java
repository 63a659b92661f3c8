package dev.handoff.codec;

import java.util.Arrays;

import org.agrona.ExpandableArrayBuffer;
import org.agrona.MutableDirectBuffer;

/**
 * Turns a {@link Message} into a frame's bytes, on the cold path. Owned by one thread, reused for every frame it writes. The
 * bytes are those that the Rust implementation writes.
 */
public final class FrameEncoder {

    private static final int INITIAL_SCRATCH_BYTES = 256;

    private final PostcardWriter writer = new PostcardWriter();
    private final HelloFlyweight hello = new HelloFlyweight();
    private final SealProgressFlyweight sealProgress = new SealProgressFlyweight();
    private final SealCompleteFlyweight sealComplete = new SealCompleteFlyweight();
    private final HeartbeatFlyweight heartbeat = new HeartbeatFlyweight();
    private final ExpandableArrayBuffer scratch = new ExpandableArrayBuffer(INITIAL_SCRATCH_BYTES);

    /** {@link #encode(Message, int, MutableDirectBuffer, int)} with {@link Message#PROTOCOL_VERSION}. */
    public int encode(Message message, MutableDirectBuffer buffer, int offset) {
        return encode(message, Message.PROTOCOL_VERSION, buffer, offset);
    }

    /**
     * Writes a frame at {@code offset}. A {@code MutableDirectBuffer} that is expandable grows as needed.
     *
     * @param protoVersion for the frame's header, 0..65535
     * @return the frame's bytes, its length field included: at most 1,048,580
     * @throws IllegalArgumentException  if the frame's length would be over 1 MiB
     * @throws IndexOutOfBoundsException if the buffer ends before the frame does; bytes up to its end may have been written
     */
    public int encode(Message message, int protoVersion, MutableDirectBuffer buffer, int offset) {
        FieldRange.requireU16(protoVersion, "protoVersion");
        writer.wrap(buffer, offset + FrameLayout.PAYLOAD_OFFSET, FrameLayout.writeLimit(buffer, offset));
        writer.writeVarint(message.kind().discriminant());
        writeFields(message);
        return FrameFlyweight.finish(writer, message.kind(), protoVersion, buffer, offset);
    }

    /** A frame in an array of its own, of exactly its size; see {@link #encode(Message, int, MutableDirectBuffer, int)}. */
    public byte[] encode(Message message, int protoVersion) {
        int length = encode(message, protoVersion, scratch, 0);
        return Arrays.copyOf(scratch.byteArray(), length);
    }

    /** {@link #encode(Message, int)} with {@link Message#PROTOCOL_VERSION}. */
    public byte[] encode(Message message) {
        return encode(message, Message.PROTOCOL_VERSION);
    }

    private void writeFields(Message message) {
        switch (message) {
            case Message.Hello value -> {
                hello.set(value);
                hello.writeFields(writer);
            }
            case Message.HelloAck(int protoVersionChosen, HandoffId handoffId) -> {
                writer.writeVarint(protoVersionChosen);
                writer.writeHandoffId(handoffId);
            }
            case Message.PrepareHandoff(HandoffId handoffId, long successorPid, long deadlineMs, long drainGraceMs) -> {
                writer.writeHandoffId(handoffId);
                writer.writeVarint(successorPid);
                writer.writeVarint(deadlineMs);
                writer.writeVarint(drainGraceMs);
            }
            case Message.Drained(long openConnsRemaining, boolean acceptClosed) -> {
                writer.writeVarint(openConnsRemaining);
                writer.writeBool(acceptClosed);
            }
            case Message.SealRequest(HandoffId handoffId) -> writer.writeHandoffId(handoffId);
            case Message.SealProgress value -> {
                sealProgress.set(value);
                sealProgress.writeFields(writer);
            }
            case Message.SealComplete value -> {
                sealComplete.set(value);
                sealComplete.writeFields(writer);
            }
            case Message.SealFailed(HandoffId handoffId, String error, String partialState) -> {
                writer.writeHandoffId(handoffId);
                writer.writeString(error);
                writer.writeString(partialState);
            }
            case Message.Begin(HandoffId handoffId) -> writer.writeHandoffId(handoffId);
            case Message.Ready value -> writeReady(value);
            case Message.Commit(HandoffId handoffId) -> writer.writeHandoffId(handoffId);
            case Message.Abort(HandoffId handoffId, String reason) -> {
                writer.writeHandoffId(handoffId);
                writer.writeString(reason);
            }
            case Message.ResumeAfterAbort(HandoffId handoffId) -> writer.writeHandoffId(handoffId);
            case Message.Heartbeat value -> {
                heartbeat.set(value);
                heartbeat.writeFields(writer);
            }
        }
    }

    private void writeReady(Message.Ready ready) {
        writer.writeHandoffId(ready.handoffId());
        writer.writeVarint(ready.listeningOn().size());
        for (String address : ready.listeningOn()) {
            writer.writeString(address);
        }
        writer.writeBool(ready.healthzOk());
        ShardRevisions revisions = ready.advertisedRevisionPerShard();
        writer.writeVarint(revisions.size());
        for (int shard = 0; shard < revisions.size(); shard++) {
            writer.writeVarint(revisions.get(shard));
        }
    }
}
