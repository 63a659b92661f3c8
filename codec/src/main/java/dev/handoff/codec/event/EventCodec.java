package dev.handoff.codec.event;

import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;

import dev.handoff.codec.Decoded;
import dev.handoff.codec.Fingerprint;
import dev.handoff.codec.FrameDecoder;
import dev.handoff.codec.FrameEncoder;
import dev.handoff.codec.FrameLayout;
import dev.handoff.codec.HandoffId;
import dev.handoff.codec.Message;
import dev.handoff.codec.PostcardReader;
import dev.handoff.codec.PostcardWriter;
import dev.handoff.codec.Side;
import org.agrona.DirectBuffer;
import org.agrona.MutableDirectBuffer;

/**
 * Turns an {@link Event} into a journal record's payload and back; {@link EventLayout} draws it. Owned by one thread, reused
 * for every record. {@link #encodeReceived} and {@link #encodeSending}, the loop's own, allocate nothing.
 *
 * <p>
 * Fields are postcard: a {@code long} or {@code int} is a varint of its two's complement (so that every value comes back, at
 * ten and five bytes for negative ones), a string has its length and UTF-8, raw bytes their length, enums their number. Nothing may follow the last field.
 *
 * <p>
 * Invariant: {@code decode(of(event), event.stamp().timeNs(), encode(event))} is {@code event}, for every event whose strings
 * are Unicode (a surrogate without its partner, which UTF-8 cannot express, comes back as {@code ?}).
 * <p>
 * Invariant: no bytes, however bad, cause an exception in {@link #decode}, and a length is checked before anything is allocated
 * for it.
 */
public final class EventCodec {

    private static final int EXITED = 0;
    private static final int SIGNALED = 1;
    private static final int UNKNOWN = 2;

    private final PostcardWriter writer = new PostcardWriter();
    private final PostcardReader reader = new PostcardReader();
    private final FrameEncoder frameEncoder = new FrameEncoder();
    private final FrameDecoder frameDecoder = new FrameDecoder();
    private HandoffId newestId = HandoffId.NONE;
    private String refusal = "";
    private int refusalPosition;

    /**
     * Writes the payload of {@code event} at {@code offset}. A message is written in the shortest form of its frame; where the
     * frame's own bytes are at hand, {@link #encodeReceived} keeps them.
     *
     * @return the payload's bytes
     * @throws IndexOutOfBoundsException if the buffer cannot grow and ends before the payload does; bytes up to its end may have
     *                                   been written
     */
    public int encode(Event event, MutableDirectBuffer buffer, int offset) {
        buffer.checkLimit(offset + EventLayout.FIELDS_OFFSET);
        Stamp stamp = event.stamp();
        EventLayout.putStamp(buffer, offset, stamp.service(), stamp.handoffId().mostSignificantBits(),
                stamp.handoffId().leastSignificantBits());
        return switch (event) {
            case Event.MessageReceived e -> {
                putMessageFields(buffer, offset, e.session(), e.streamOffset(), e.from());
                yield EventLayout.FRAME_OFFSET + frameEncoder.encode(e.message(), e.protoVersion(), buffer,
                        offset + EventLayout.FRAME_OFFSET);
            }
            case Event.MessageSending e -> {
                putMessageFields(buffer, offset, e.session(), 0, e.to());
                yield EventLayout.FRAME_OFFSET
                        + frameEncoder.encode(e.message(), buffer, offset + EventLayout.FRAME_OFFSET);
            }
            case Event.CoordinatorStarted _,Event.CoordinatorRestarted _,Event.ServiceConfigured _,Event.StopRequested _,Event.SwapRequested _,Event.AbortRequested _,Event.BinaryResolved _,Event.BinaryRejected _,Event.SpawnOrdered _,Event.Spawned _,Event.SpawnFailed _,Event.ProcessExited _,Event.SessionConnected _,Event.ConnectFailed _,Event.FragmentReceived _,Event.FrameRejected _,Event.SessionClosed _,Event.TimerFired _,Event.FencePassed _,Event.LockSeen _,Event.GateJudged _,Event.HandoffEnded _ -> {
                int limit = buffer.isExpandable() ? Integer.MAX_VALUE : buffer.capacity();
                writer.wrap(buffer, offset + EventLayout.FIELDS_OFFSET, limit);
                writeFields(event);
                if (writer.overflowed()) {
                    throw new IndexOutOfBoundsException(EventKind.of(event).eventName() + " does not fit into the "
                            + (limit - offset) + " bytes from offset " + offset);
                }
                yield writer.position() - offset;
            }
        };
    }

    /**
     * Writes the payload of a {@code MessageReceived} with the frame's own bytes. Allocates nothing.
     *
     * @param frameBuffer holds the frame of {@code frameLength} bytes at {@code frameOffset}, its length field included; it must
     *                    have been decoded, since a payload without a whole message in it cannot be
     * @return the payload's bytes: {@code frameLength} and {@value EventLayout#FRAME_OFFSET} more
     * @throws IndexOutOfBoundsException if the buffer cannot grow and ends before the payload does
     */
    public int encodeReceived(MutableDirectBuffer buffer, int offset, int service, long idMostSignificantBits,
            long idLeastSignificantBits, long session, Side from, long streamOffset, DirectBuffer frameBuffer,
            int frameOffset, int frameLength) {
        return encodeMessage(buffer, offset, service, idMostSignificantBits, idLeastSignificantBits, session, from,
                streamOffset, frameBuffer, frameOffset, frameLength);
    }

    /** As {@link #encodeReceived}, for a {@code MessageSending}: the frame is the one about to be written. */
    public int encodeSending(MutableDirectBuffer buffer, int offset, int service, long idMostSignificantBits,
            long idLeastSignificantBits, long session, Side to, DirectBuffer frameBuffer, int frameOffset,
            int frameLength) {
        return encodeMessage(buffer, offset, service, idMostSignificantBits, idLeastSignificantBits, session, to, 0,
                frameBuffer, frameOffset, frameLength);
    }

    private static int encodeMessage(MutableDirectBuffer buffer, int offset, int service, long idMostSignificantBits,
            long idLeastSignificantBits, long session, Side peer, long streamOffset, DirectBuffer frameBuffer,
            int frameOffset, int frameLength) {
        int length = EventLayout.FRAME_OFFSET + frameLength;
        buffer.checkLimit(offset + length);
        EventLayout.putStamp(buffer, offset, service, idMostSignificantBits, idLeastSignificantBits);
        putMessageFields(buffer, offset, session, streamOffset, peer);
        buffer.putBytes(offset + EventLayout.FRAME_OFFSET, frameBuffer, frameOffset, frameLength);
        return length;
    }

    private static void putMessageFields(MutableDirectBuffer buffer, int offset, long session, long streamOffset,
            Side peer) {
        buffer.putLong(offset + EventLayout.SESSION_OFFSET, session, ByteOrder.LITTLE_ENDIAN);
        buffer.putLong(offset + EventLayout.STREAM_OFFSET_OFFSET, streamOffset, ByteOrder.LITTLE_ENDIAN);
        buffer.putByte(offset + EventLayout.SIDE_OFFSET, (byte) peer.discriminant());
    }

    private void writeFields(Event event) {
        switch (event) {
            case Event.CoordinatorStarted e -> {
                writer.writeVarint(e.pid());
                writer.writeString(e.build());
                writer.writeString(e.bootId());
            }
            case Event.ServiceConfigured e -> {
                writer.writeString(e.name());
                writer.writeString(e.binary());
                writePolicy(e.policy());
                writer.writeBool(e.takeover());
            }
            case Event.CoordinatorRestarted e -> {
                writer.writeVarint(e.pid());
                writer.writeString(e.build());
                writer.writeString(e.bootId());
                writer.writeString(e.damage());
                writer.writeVarint(e.found().size());
                e.found().forEach(this::writeFound);
            }
            case Event.StopRequested e -> writer.writeString(e.by());
            case Event.SwapRequested e -> {
                writer.writeVarint(e.requestId());
                writer.writeVarint(e.uid());
                writer.writeVarint(e.pid());
                writer.writeString(e.binary());
                writer.writeString(e.expectedBuild());
            }
            case Event.AbortRequested e -> {
                writer.writeVarint(e.requestId());
                writer.writeVarint(e.uid());
                writer.writeVarint(e.pid());
            }
            case Event.BinaryResolved e -> {
                writer.writeString(e.path());
                writer.writeVarint(e.device());
                writer.writeVarint(e.inode());
                writer.writeBytes(e.sha256().toBytes(), Fingerprint.BYTES);
            }
            case Event.BinaryRejected e -> writer.writeString(e.reason());
            case Event.SpawnOrdered e -> {
                writer.writeSide(e.role());
                writer.writeString(e.binary());
            }
            case Event.Spawned e -> {
                writer.writeSide(e.role());
                writer.writeVarint(e.pid());
                writer.writeVarint(e.startTicks());
            }
            case Event.SpawnFailed e -> {
                writer.writeSide(e.role());
                writeInt(e.errno());
                writer.writeString(e.reason());
            }
            case Event.ProcessExited e -> {
                writer.writeVarint(e.pid());
                writeExitStatus(e.status());
            }
            case Event.SessionConnected e -> {
                writer.writeVarint(e.session());
                writer.writeVarint(e.peerPid());
            }
            case Event.ConnectFailed e -> {
                writer.writeVarint(e.session());
                writeInt(e.errno());
                writer.writeString(e.reason());
            }
            case Event.FragmentReceived e -> {
                writer.writeVarint(e.session());
                writer.writeSide(e.from());
                writer.writeVarint(e.streamOffset());
                writeBytes(e.bytes());
            }
            case Event.FrameRejected e -> {
                writer.writeVarint(e.session());
                writer.writeSide(e.from());
                writer.writeVarint(e.streamOffset());
                writer.writeString(e.kind());
                writer.writeString(e.reason());
                writeBytes(e.bytes());
            }
            case Event.SessionClosed e -> {
                writer.writeVarint(e.session());
                writer.writeSide(e.peer());
                writer.writeString(e.cause());
            }
            case Event.TimerFired e -> {
                writer.writeVarint(e.kind().number());
                writer.writeVarint(e.dueNs());
            }
            case Event.FencePassed e -> writer.writeVarint(e.session());
            case Event.LockSeen e -> writer.writeVarint(e.holderPid());
            case Event.GateJudged e -> {
                writer.writeVarint(e.gate().number());
                writer.writeVarint(e.verdict().number());
                writer.writeString(e.detail());
            }
            case Event.HandoffEnded e -> {
                writer.writeVarint(e.outcome().number());
                writer.writeString(e.reason());
            }
            case Event.MessageReceived _,Event.MessageSending _ ->
                throw new IllegalStateException("encode() writes the messages' events itself");
        }
    }

    private void writeFound(Found found) {
        writeInt(found.service());
        writeNumbers(found.sessions());
        writeNumbers(found.gone());
        writer.writeVarint(found.spawnedPid());
        writer.writeVarint(found.spawnedTicks());
        writer.writeVarint(found.holderPid());
        writer.writeVarint(found.holderTicks());
    }

    private void writeNumbers(List<Long> numbers) {
        writer.writeVarint(numbers.size());
        numbers.forEach(writer::writeVarint);
    }

    private void writePolicy(ServicePolicy policy) {
        writer.writeVarint(policy.drainGraceMs());
        writer.writeVarint(policy.deadlineMs());
        writer.writeVarint(policy.helloMs());
        writer.writeVarint(policy.startMs());
        writer.writeVarint(policy.exitMs());
        writer.writeVarint(policy.killGraceMs());
        writer.writeVarint(policy.restartMs());
        writeInt(policy.restartLimit());
        writer.writeBool(policy.lockGate());
        writer.writeBool(policy.restartUnresponsive());
    }

    private void writeExitStatus(ExitStatus status) {
        switch (status) {
            case ExitStatus.Exited(int code) -> {
                writer.writeVarint(EXITED);
                writeInt(code);
            }
            case ExitStatus.Signaled(int signal) -> {
                writer.writeVarint(SIGNALED);
                writeInt(signal);
            }
            case ExitStatus.Unknown() -> writer.writeVarint(UNKNOWN);
        }
    }

    private void writeInt(int value) {
        writer.writeVarint(Integer.toUnsignedLong(value));
    }

    private void writeBytes(Bytes bytes) {
        writer.writeVarint(bytes.length());
        writer.writeBytes(bytes.toBytes(), bytes.length());
    }

    /**
     * Reads the payload of {@code length} bytes at {@code offset}, all of which must lie in the buffer.
     *
     * @param kindNumber the kind as the record's header has it
     * @param timeNs     the time as the record's header has it
     */
    public DecodedEvent decode(int kindNumber, long timeNs, DirectBuffer buffer, int offset, int length) {
        EventKind kind = EventKind.ofNumber(kindNumber);
        if (kind == null) {
            return new DecodedEvent.Malformed("no event has the number " + kindNumber, 0);
        }
        if (length < EventLayout.FIELDS_OFFSET) {
            return new DecodedEvent.Malformed(kind.eventName() + ": " + length + " bytes, at least "
                    + EventLayout.FIELDS_OFFSET + " are needed for its service and handoff", Math.max(0, length));
        }
        Stamp stamp = new Stamp(timeNs, EventLayout.service(buffer, offset), handoffId(buffer, offset));
        return switch (kind) {
            case MESSAGE_RECEIVED, MESSAGE_SENDING -> decodeMessage(kind, stamp, buffer, offset, length);
            case COORDINATOR_STARTED, SERVICE_CONFIGURED, STOP_REQUESTED, SWAP_REQUESTED, ABORT_REQUESTED,
                    BINARY_RESOLVED, BINARY_REJECTED, SPAWN_ORDERED, SPAWNED, SPAWN_FAILED, PROCESS_EXITED,
                    SESSION_CONNECTED, CONNECT_FAILED, FRAGMENT_RECEIVED, FRAME_REJECTED, SESSION_CLOSED, TIMER_FIRED,
                    FENCE_PASSED, LOCK_SEEN, GATE_JUDGED, HANDOFF_ENDED, COORDINATOR_RESTARTED ->
                decodeFields(kind, stamp, buffer, offset, length);
        };
    }

    /** The one before, where it is the same: a journal names a handoff in a few dozen records in a row. */
    private HandoffId handoffId(DirectBuffer buffer, int offset) {
        long mostSignificantBits = EventLayout.idMostSignificantBits(buffer, offset);
        long leastSignificantBits = EventLayout.idLeastSignificantBits(buffer, offset);
        if (mostSignificantBits == 0 && leastSignificantBits == 0) {
            return HandoffId.NONE;
        }
        if (mostSignificantBits != newestId.mostSignificantBits()
                || leastSignificantBits != newestId.leastSignificantBits()) {
            newestId = new HandoffId(mostSignificantBits, leastSignificantBits);
        }
        return newestId;
    }

    private DecodedEvent decodeMessage(EventKind kind, Stamp stamp, DirectBuffer buffer, int offset, int length) {
        int frameBytes = length - EventLayout.FRAME_OFFSET;
        if (frameBytes <= 0) {
            return new DecodedEvent.Malformed(kind.eventName() + ": the payload ends before its frame", length);
        }
        long session = buffer.getLong(offset + EventLayout.SESSION_OFFSET, ByteOrder.LITTLE_ENDIAN);
        long streamOffset = buffer.getLong(offset + EventLayout.STREAM_OFFSET_OFFSET, ByteOrder.LITTLE_ENDIAN);
        int discriminant = buffer.getByte(offset + EventLayout.SIDE_OFFSET) & 0xFF;
        if (discriminant > Side.SUCCESSOR.discriminant()) {
            return new DecodedEvent.Malformed(
                    kind.eventName() + ": " + PostcardReader.Fault.UNKNOWN_SIDE.reason(), EventLayout.SIDE_OFFSET);
        }
        Side peer = discriminant == Side.INCUMBENT.discriminant() ? Side.INCUMBENT : Side.SUCCESSOR;
        return switch (frameDecoder.decodeAtEndOfStream(buffer, offset + EventLayout.FRAME_OFFSET, frameBytes)) {
            case Decoded.Frame(int protoVersion, Message message, int consumed) -> {
                if (consumed != frameBytes) {
                    yield new DecodedEvent.Malformed(
                            kind.eventName() + ": " + (frameBytes - consumed) + " bytes after the frame",
                            EventLayout.FRAME_OFFSET + consumed);
                }
                if (kind == EventKind.MESSAGE_RECEIVED) {
                    yield new DecodedEvent.Intact(
                            new Event.MessageReceived(stamp, session, peer, streamOffset, protoVersion, message));
                }
                if (streamOffset != 0) {
                    yield new DecodedEvent.Malformed(kind.eventName() + ": a stream offset where 0 belongs",
                            EventLayout.STREAM_OFFSET_OFFSET);
                }
                if (protoVersion != Message.PROTOCOL_VERSION) {
                    yield new DecodedEvent.Malformed(
                            kind.eventName() + ": a frame of protocol version " + protoVersion
                                    + ", which we never send",
                            EventLayout.FRAME_OFFSET + FrameLayout.PROTO_VERSION_OFFSET);
                }
                yield new DecodedEvent.Intact(new Event.MessageSending(stamp, session, peer, message));
            }
            case Decoded.Malformed(Decoded.Kind _, String reason, int at) ->
                new DecodedEvent.Malformed(kind.eventName() + ": " + reason, EventLayout.FRAME_OFFSET + at);
            case Decoded.Incomplete(int needed) -> new DecodedEvent.Malformed(
                    kind.eventName() + ": the frame needs " + needed + " bytes, " + frameBytes + " are there", length);
        };
    }

    private DecodedEvent decodeFields(EventKind kind, Stamp stamp, DirectBuffer buffer, int offset, int length) {
        refusal = "";
        reader.wrap(buffer, offset + EventLayout.FIELDS_OFFSET, offset + length);
        Event event = readFields(kind, stamp);
        if (!refusal.isEmpty()) {
            return new DecodedEvent.Malformed(kind.eventName() + ": " + refusal, refusalPosition - offset);
        }
        if (reader.failed()) {
            return new DecodedEvent.Malformed(kind.eventName() + ": " + reader.fault().reason(),
                    reader.faultOffset() - offset);
        }
        if (reader.remaining() > 0) {
            return new DecodedEvent.Malformed(
                    kind.eventName() + ": " + reader.remaining() + " bytes after the last field",
                    reader.position() - offset);
        }
        return new DecodedEvent.Intact(event);
    }

    /** After a fault the event returned holds zeros and is thrown away. Arguments are read in the payload's order. */
    private Event readFields(EventKind kind, Stamp stamp) {
        return switch (kind) {
            case COORDINATOR_STARTED -> new Event.CoordinatorStarted(stamp, reader.readU64(), reader.readString(),
                    reader.readString());
            case SERVICE_CONFIGURED ->
                new Event.ServiceConfigured(stamp, reader.readString(), reader.readString(), readPolicy(),
                        reader.readBool());
            case COORDINATOR_RESTARTED -> new Event.CoordinatorRestarted(stamp, reader.readU64(), reader.readString(),
                    reader.readString(), reader.readString(), readFoundList());
            case STOP_REQUESTED -> new Event.StopRequested(stamp, reader.readString());
            case SWAP_REQUESTED -> new Event.SwapRequested(stamp, reader.readU64(), reader.readU64(), reader.readU64(),
                    reader.readString(), reader.readString());
            case ABORT_REQUESTED ->
                new Event.AbortRequested(stamp, reader.readU64(), reader.readU64(), reader.readU64());
            case BINARY_RESOLVED -> new Event.BinaryResolved(stamp, reader.readString(), reader.readU64(),
                    reader.readU64(), readFingerprint());
            case BINARY_REJECTED -> new Event.BinaryRejected(stamp, reader.readString());
            case SPAWN_ORDERED -> new Event.SpawnOrdered(stamp, reader.readSide(), reader.readString());
            case SPAWNED -> new Event.Spawned(stamp, reader.readSide(), reader.readU64(), reader.readU64());
            case SPAWN_FAILED -> new Event.SpawnFailed(stamp, reader.readSide(), readInt(), reader.readString());
            case PROCESS_EXITED -> new Event.ProcessExited(stamp, reader.readU64(), readExitStatus());
            case SESSION_CONNECTED -> new Event.SessionConnected(stamp, reader.readU64(), reader.readU64());
            case CONNECT_FAILED -> new Event.ConnectFailed(stamp, reader.readU64(), readInt(), reader.readString());
            case FRAGMENT_RECEIVED -> new Event.FragmentReceived(stamp, reader.readU64(), reader.readSide(),
                    reader.readU64(), readBytes());
            case FRAME_REJECTED -> new Event.FrameRejected(stamp, reader.readU64(), reader.readSide(),
                    reader.readU64(), reader.readString(), reader.readString(), readBytes());
            case SESSION_CLOSED ->
                new Event.SessionClosed(stamp, reader.readU64(), reader.readSide(), reader.readString());
            case TIMER_FIRED -> new Event.TimerFired(stamp, readTimerKind(), reader.readU64());
            case FENCE_PASSED -> new Event.FencePassed(stamp, reader.readU64());
            case LOCK_SEEN -> new Event.LockSeen(stamp, reader.readU64());
            case GATE_JUDGED -> new Event.GateJudged(stamp, readGate(), readVerdict(), reader.readString());
            case HANDOFF_ENDED -> new Event.HandoffEnded(stamp, readOutcome(), reader.readString());
            case MESSAGE_RECEIVED, MESSAGE_SENDING ->
                throw new IllegalStateException("decode() reads the messages' events itself");
        };
    }

    private List<Found> readFoundList() {
        List<Found> found = new ArrayList<>();
        int count = reader.readCount();
        for (int i = 0; i < count && !reader.failed(); i++) {
            found.add(new Found(readInt(), readNumbers(), readNumbers(), reader.readU64(), reader.readU64(),
                    reader.readU64(), reader.readU64()));
        }
        return found;
    }

    private List<Long> readNumbers() {
        List<Long> numbers = new ArrayList<>();
        int count = reader.readCount();
        for (int i = 0; i < count && !reader.failed(); i++) {
            numbers.add(reader.readU64());
        }
        return numbers;
    }

    private ServicePolicy readPolicy() {
        return new ServicePolicy(readPositive(), readPositive(), readPositive(), readPositive(), readPositive(),
                readPositive(), readPositive(), (int) readAtMost(Integer.MAX_VALUE), reader.readBool(),
                reader.readBool());
    }

    private long readPositive() {
        return readAtMost(Long.MAX_VALUE);
    }

    private long readAtMost(long most) {
        int start = reader.position();
        long value = reader.readU64();
        if (Long.compareUnsigned(value, most) > 0) {
            refuse("a time or limit of " + Long.toUnsignedString(value) + ", at most " + most + " is possible", start);
            return 0;
        }
        return value;
    }

    private int readInt() {
        return (int) reader.readU32();
    }

    private Bytes readBytes() {
        byte[] bytes = new byte[reader.readLength()];
        reader.readBytes(bytes, bytes.length);
        return Bytes.of(bytes);
    }

    private Fingerprint readFingerprint() {
        byte[] bytes = new byte[Fingerprint.BYTES];
        reader.readBytes(bytes, bytes.length);
        return Fingerprint.of(bytes);
    }

    private ExitStatus readExitStatus() {
        int start = reader.position();
        long tag = reader.readU32();
        if (tag == EXITED) {
            return new ExitStatus.Exited(readInt());
        }
        if (tag == SIGNALED) {
            return new ExitStatus.Signaled(readInt());
        }
        if (tag != UNKNOWN) {
            refuse("no exit status has the number " + tag, start);
        }
        return new ExitStatus.Unknown();
    }

    private TimerKind readTimerKind() {
        int start = reader.position();
        TimerKind kind = TimerKind.ofNumber(readInt());
        return kind == null ? refuseFor("timer", start, TimerKind.HELLO) : kind;
    }

    private Gate readGate() {
        int start = reader.position();
        Gate gate = Gate.ofNumber(readInt());
        return gate == null ? refuseFor("gate", start, Gate.HEALTH) : gate;
    }

    private Verdict readVerdict() {
        int start = reader.position();
        Verdict verdict = Verdict.ofNumber(readInt());
        return verdict == null ? refuseFor("verdict", start, Verdict.FAILED) : verdict;
    }

    private Outcome readOutcome() {
        int start = reader.position();
        Outcome outcome = Outcome.ofNumber(readInt());
        return outcome == null ? refuseFor("outcome", start, Outcome.INDETERMINATE) : outcome;
    }

    private <T> T refuseFor(String what, int position, T standIn) {
        refuse("no " + what + " has this number", position);
        return standIn;
    }

    /** Notes what the reader accepts and the event does not, unless something was wrong before it. */
    private void refuse(String reason, int position) {
        if (refusal.isEmpty() && !reader.failed()) {
            refusal = reason;
            refusalPosition = position;
        }
    }
}
