package dev.handoff.coordinator.core;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;

import dev.handoff.codec.Capabilities;
import dev.handoff.codec.Fingerprint;
import dev.handoff.codec.MessageKind;
import dev.handoff.codec.PostcardReader;
import dev.handoff.codec.PostcardWriter;
import dev.handoff.codec.ShardRevisions;
import dev.handoff.codec.Side;
import dev.handoff.codec.event.Event;
import dev.handoff.codec.event.Gate;
import dev.handoff.codec.event.Outcome;
import dev.handoff.codec.event.ServicePolicy;
import dev.handoff.codec.event.Stamp;
import dev.handoff.codec.event.TimerKind;
import dev.handoff.codec.event.Verdict;
import org.agrona.DirectBuffer;
import org.agrona.ExpandableArrayBuffer;
import org.agrona.MutableDirectBuffer;

/**
 * Turns the whole state into a snapshot's bytes and back, and gives the hash by which a replay is compared with the live run.
 * Owned by one thread, reused.
 *
 * <pre>
 *   +---------+----------+---------+------------+----------+----------------------------------+
 *   | version | stopping | boot id | in doubt:  | services | each service, by ascending       |
 *   | varint  | bool     | string  | service,   | varint   | number: its fields in the        |
 *   |         |          |         | side, kind |          | record's order, and for its      |
 *   |         |          |         |            |          | incumbent and successor when it  |
 *   |         |          |         |            |          | was heard, and the bytes and the |
 *   |         |          |         |            |          | session of an unfinished frame   |
 *   +---------+----------+---------+------------+----------+----------------------------------+
 * </pre>
 *
 * Everything is postcard, as in the events' payloads; a state starts with its number, below.
 *
 * <p>
 * Invariant: equal states have equal bytes, and different ones different bytes, so the hash speaks for the state.
 * <p>
 * Invariant: no bytes, however bad, cause an exception in {@link #decode}.
 */
public final class StateCodec {

    /** The form of the bytes, which stands first. A change to any record of the state means a new one. */
    public static final int VERSION = 1;

    // The states' numbers; never reused.
    private static final int STOPPED = 1;
    private static final int AWAITING_SPAWN = 2;
    private static final int AWAITING_INCUMBENT_UP = 3;
    private static final int SERVING = 4;
    private static final int AWAITING_RESTART = 5;
    private static final int FAILED = 6;
    private static final int AWAITING_EXIT = 7;
    private static final int AWAITING_BINARY = 8;
    private static final int AWAITING_INCUMBENT_HELLO = 9;
    private static final int AWAITING_SUCCESSOR_SPAWN = 10;
    private static final int AWAITING_SUCCESSOR_HELLO = 11;
    private static final int AWAITING_DRAINED = 12;
    private static final int AWAITING_SEAL_COMPLETE = 13;
    private static final int AWAITING_READY = 14;
    private static final int AWAITING_LOCK_SEEN = 15;
    private static final int AWAITING_SUCCESSOR_EXIT = 16;
    private static final int AWAITING_INCUMBENT_RESUMED = 17;
    private static final int AWAITING_INCUMBENT_PROBED = 18;

    private static final int UNDO_NOTHING = 0;
    private static final int UNDO_DRAIN = 1;
    private static final int UNDO_SEAL = 2;
    private static final int UNDO_HANG_UP = 3;

    private static final int NO_DOUBT = -1;

    private static final int INITIAL_SCRATCH_BYTES = 1_024;

    // FNV-1a with 64 bits: a few lines without tables, the same on every machine. It has to tell runs that parted by
    // accident, not to withstand somebody who wants two states to look alike; the records' own CRC is of another family.
    private static final long FNV_OFFSET_BASIS = 0xCBF2_9CE4_8422_2325L;
    private static final long FNV_PRIME = 0x0000_0100_0000_01B3L;

    private final PostcardWriter writer = new PostcardWriter();
    private final PostcardReader reader = new PostcardReader();
    private final ExpandableArrayBuffer scratch = new ExpandableArrayBuffer(INITIAL_SCRATCH_BYTES);
    private String refusal = "";
    private int refusalPosition;

    /** The hash of the state's bytes. */
    public long hash(CoordinatorState state, LastHeard heard) {
        return hash(scratch, 0, encode(state, heard, scratch, 0));
    }

    /** The hash of a snapshot that is bytes already. */
    public static long hash(DirectBuffer buffer, int offset, int length) {
        long hash = FNV_OFFSET_BASIS;
        for (int i = 0; i < length; i++) {
            hash = (hash ^ (buffer.getByte(offset + i) & 0xFF)) * FNV_PRIME;
        }
        return hash;
    }

    /**
     * Writes the state at {@code offset}.
     *
     * @return its bytes
     * @throws IndexOutOfBoundsException if the buffer cannot grow and ends before the state does
     */
    public int encode(CoordinatorState state, LastHeard heard, MutableDirectBuffer buffer, int offset) {
        writer.wrap(buffer, offset, buffer.isExpandable() ? Integer.MAX_VALUE : buffer.capacity());
        writer.writeVarint(VERSION);
        writer.writeBool(state.stopping());
        writer.writeString(state.bootId());
        writeInt(heard.doubtService());
        writer.writeSide(heard.doubtSide());
        writeInt(heard.doubtKind());
        writer.writeVarint(state.services().size());
        for (Service service : state.services().values()) {
            writeService(service);
            writeHeard(heard, service.number(), Side.INCUMBENT);
            writeHeard(heard, service.number(), Side.SUCCESSOR);
        }
        if (writer.overflowed()) {
            throw new IndexOutOfBoundsException("the state does not fit into the " + (buffer.capacity() - offset)
                    + " bytes from offset " + offset);
        }
        return writer.position() - offset;
    }

    private void writeHeard(LastHeard heard, int service, Side side) {
        writer.writeVarint(heard.lastHeardNs(service, side));
        long session = heard.partialSession(service, side);
        writer.writeVarint(heard.partial(service, side, session));
        writer.writeVarint(session);
    }

    private void writeService(Service service) {
        writeInt(service.number());
        writer.writeString(service.name());
        writePolicy(service.policy());
        writer.writeString(service.configured());
        writer.writeString(service.binary());
        writeState(service.state());
        writer.writeVarint(service.sinceNs());
        writer.writeVarint(service.lastSession());
        writer.writeVarint(service.timers().size());
        for (Map.Entry<TimerKind, Long> timer : service.timers().entrySet()) {
            writer.writeVarint(timer.getKey().number());
            writer.writeVarint(timer.getValue());
        }
        writer.writeVarint(service.departing().size());
        for (Service.Departing gone : service.departing()) {
            writeDaemon(gone.daemon());
            writer.writeVarint(gone.session());
            writer.writeHandoffId(gone.committed());
            writer.writeVarint(gone.dueNs());
            writer.writeBool(gone.terminated());
        }
        writer.writeVarint(service.owed().size());
        service.owed().forEach(this::writeDecision);
        writer.writeHandoffId(service.last().id());
        writer.writeVarint(service.last().outcome().number());
        writer.writeString(service.last().reason());
        writer.writeVarint(service.last().endedNs());
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

    private void writeState(State state) {
        switch (state) {
            case State.Stopped() -> writer.writeVarint(STOPPED);
            case State.AwaitingSpawn(String binary, int attempt) -> {
                writer.writeVarint(AWAITING_SPAWN);
                writer.writeString(binary);
                writeInt(attempt);
            }
            case State.AwaitingIncumbentUp(Peer incumbent, int attempt, boolean adopted) -> {
                writer.writeVarint(AWAITING_INCUMBENT_UP);
                writePeer(incumbent);
                writeInt(attempt);
                writer.writeBool(adopted);
            }
            case State.Serving(Peer incumbent, long sinceNs, String doubt, int attempt) -> {
                writer.writeVarint(SERVING);
                writePeer(incumbent);
                writer.writeVarint(sinceNs);
                writer.writeString(doubt);
                writeInt(attempt);
            }
            case State.AwaitingRestart(int attempt, String reason) -> {
                writer.writeVarint(AWAITING_RESTART);
                writeInt(attempt);
                writer.writeString(reason);
            }
            case State.Failed(String reason) -> {
                writer.writeVarint(FAILED);
                writer.writeString(reason);
            }
            case State.AwaitingExit(List<Daemon> daemons, boolean spawning) -> {
                writer.writeVarint(AWAITING_EXIT);
                writer.writeVarint(daemons.size());
                daemons.forEach(this::writeDaemon);
                writer.writeBool(spawning);
            }
            case State.AwaitingBinary(Handoff handoff, Peer incumbent) ->
                writeFlight(AWAITING_BINARY, handoff, incumbent);
            case State.AwaitingIncumbentHello(Handoff handoff, Peer incumbent) ->
                writeFlight(AWAITING_INCUMBENT_HELLO, handoff, incumbent);
            case State.AwaitingSuccessorSpawn(Handoff handoff, Peer incumbent, long session) -> {
                writeFlight(AWAITING_SUCCESSOR_SPAWN, handoff, incumbent);
                writer.writeVarint(session);
            }
            case State.AwaitingSuccessorHello(Handoff handoff, Peer incumbent, Peer successor) -> {
                writeFlight(AWAITING_SUCCESSOR_HELLO, handoff, incumbent);
                writePeer(successor);
            }
            case State.AwaitingDrained(Handoff handoff, Peer incumbent, Peer successor, boolean unsure) -> {
                writeFlight(AWAITING_DRAINED, handoff, incumbent);
                writePeer(successor);
                writer.writeBool(unsure);
            }
            case State.AwaitingSealComplete(Handoff handoff, Peer incumbent, Peer successor, long shardsSealed, long shardsTotal, boolean unsure) -> {
                writeFlight(AWAITING_SEAL_COMPLETE, handoff, incumbent);
                writePeer(successor);
                writer.writeVarint(shardsSealed);
                writer.writeVarint(shardsTotal);
                writer.writeBool(unsure);
            }
            case State.AwaitingReady(Handoff handoff, Peer incumbent, Peer successor, Sealed sealed) -> {
                writeFlight(AWAITING_READY, handoff, incumbent);
                writePeer(successor);
                writeSealed(sealed);
            }
            case State.AwaitingLockSeen(Handoff handoff, Peer incumbent, Peer successor, Sealed sealed) -> {
                writeFlight(AWAITING_LOCK_SEEN, handoff, incumbent);
                writePeer(successor);
                writeSealed(sealed);
            }
            case State.AwaitingSuccessorExit(Handoff handoff, Peer incumbent, Peer successor, State.Undo undo, String reason) -> {
                writeFlight(AWAITING_SUCCESSOR_EXIT, handoff, incumbent);
                writePeer(successor);
                writeUndo(undo);
                writer.writeString(reason);
            }
            case State.AwaitingIncumbentResumed(Handoff handoff, Peer incumbent, State.Undo undo, String reason) -> {
                writeFlight(AWAITING_INCUMBENT_RESUMED, handoff, incumbent);
                writeUndo(undo);
                writer.writeString(reason);
            }
            case State.AwaitingIncumbentProbed(Handoff handoff, Peer incumbent, String reason, String doubt) -> {
                writeFlight(AWAITING_INCUMBENT_PROBED, handoff, incumbent);
                writer.writeString(reason);
                writer.writeString(doubt);
            }
        }
    }

    private void writeFlight(int number, Handoff handoff, Peer incumbent) {
        writer.writeVarint(number);
        writer.writeHandoffId(handoff.id());
        writer.writeVarint(handoff.requestId());
        writer.writeVarint(handoff.requestedNs());
        writer.writeVarint(handoff.deadlineNs());
        writer.writeString(handoff.binary());
        writer.writeString(handoff.expectedBuild());
        writer.writeVarint(handoff.gapStartNs());
        writeInt(handoff.sent().toIncumbent());
        writeInt(handoff.sent().toSuccessor());
        writeInt(handoff.takeovers());
        writePeer(incumbent);
    }

    private void writePeer(Peer peer) {
        writeDaemon(peer.daemon());
        writer.writeBool(peer.alive());
        writer.writeVarint(peer.session());
        writer.writeVarint(peer.capabilities().reserved());
    }

    private void writeDaemon(Daemon daemon) {
        writer.writeVarint(daemon.pid());
        writer.writeVarint(daemon.startTicks());
        writer.writeString(daemon.binary());
        writer.writeString(daemon.build());
    }

    private void writeDecision(Event.Decision decision) {
        Stamp stamp = decision.stamp();
        writer.writeVarint(stamp.timeNs());
        writer.writeHandoffId(stamp.handoffId());
        switch (decision) {
            case Event.GateJudged judged -> {
                writer.writeBool(false);
                writer.writeVarint(judged.gate().number());
                writer.writeVarint(judged.verdict().number());
                writer.writeString(judged.detail());
            }
            case Event.HandoffEnded ended -> {
                writer.writeBool(true);
                writer.writeVarint(ended.outcome().number());
                writer.writeString(ended.reason());
            }
        }
    }

    private void writeSealed(Sealed sealed) {
        switch (sealed) {
            case Sealed.Never() -> writer.writeBool(false);
            case Sealed.Complete(ShardRevisions revisions, Fingerprint fingerprint) -> {
                writer.writeBool(true);
                writer.writeVarint(revisions.size());
                for (int shard = 0; shard < revisions.size(); shard++) {
                    writer.writeVarint(revisions.get(shard));
                }
                writer.writeBytes(fingerprint.toBytes(), Fingerprint.BYTES);
            }
        }
    }

    private void writeUndo(State.Undo undo) {
        writer.writeVarint(switch (undo) {
            case NOTHING -> UNDO_NOTHING;
            case DRAIN -> UNDO_DRAIN;
            case SEAL -> UNDO_SEAL;
            case HANG_UP -> UNDO_HANG_UP;
        });
    }

    private void writeInt(int value) {
        writer.writeVarint(Integer.toUnsignedLong(value));
    }

    /** Reads the snapshot of {@code length} bytes at {@code offset}, all of which must lie in the buffer. */
    public DecodedState decode(DirectBuffer buffer, int offset, int length) {
        refusal = "";
        reader.wrap(buffer, offset, offset + length);
        long version = reader.readU32();
        if (!reader.failed() && version != VERSION) {
            return new DecodedState.UnknownVersion((int) version);
        }
        boolean stopping = reader.readBool();
        String bootId = reader.readString();
        LastHeard heard = new LastHeard();
        readDoubt(heard);
        Services services = Services.NONE;
        int lastNumber = Integer.MIN_VALUE;
        int count = reader.readCount();
        for (int i = 0; i < count && intact(); i++) {
            int start = reader.position();
            Service service = readService();
            readHeard(heard, service.number(), Side.INCUMBENT);
            readHeard(heard, service.number(), Side.SUCCESSOR);
            if (i > 0 && service.number() <= lastNumber) {
                refuse("service " + service.number() + " is out of order", start);
            }
            lastNumber = service.number();
            services = services.with(service);
        }
        if (!refusal.isEmpty()) {
            return new DecodedState.Malformed(refusal, refusalPosition - offset);
        }
        if (reader.failed()) {
            return new DecodedState.Malformed(reader.fault().reason(), reader.faultOffset() - offset);
        }
        if (reader.remaining() > 0) {
            return new DecodedState.Malformed(reader.remaining() + " bytes after the last service",
                    reader.position() - offset);
        }
        return new DecodedState.Intact(new CoordinatorState(services, stopping, bootId), heard);
    }

    /** After a fault the service returned holds zeros and is thrown away. Arguments are read in the bytes' order. */
    private Service readService() {
        int number = readInt();
        return new Service(number, reader.readString(), readPolicy(), reader.readString(), reader.readString(),
                readState(), reader.readU64(), reader.readU64(), readTimers(), readDeparting(), readOwed(number),
                readLast());
    }

    private void readDoubt(LastHeard heard) {
        int service = readInt();
        Side side = reader.readSide();
        int start = reader.position();
        int discriminant = readInt();
        if (discriminant == NO_DOUBT) {
            if (service != 0 || side != Side.INCUMBENT) {
                refuse("a doubt about no message", start);
            }
        } else if (discriminant < 0 || discriminant > MessageKind.HEARTBEAT.discriminant()) {
            refuse("no message has the number " + Integer.toUnsignedString(discriminant), start);
        } else {
            heard.doubt(service, side, MessageKind.ofDiscriminant(discriminant));
        }
    }

    private void readHeard(LastHeard heard, int service, Side side) {
        heard.heard(service, side, reader.readU64());
        int start = reader.position();
        long bytes = reader.readU64();
        long session = reader.readU64();
        if ((bytes == 0) != (session == Peer.NO_SESSION)) {
            refuse("a part of a frame without its session", start);
        } else {
            heard.partial(service, side, session, bytes);
        }
    }

    private List<Event.Decision> readOwed(int service) {
        List<Event.Decision> owed = new ArrayList<>();
        int count = reader.readCount();
        for (int i = 0; i < count && intact(); i++) {
            Stamp stamp = new Stamp(reader.readU64(), service, reader.readHandoffId());
            owed.add(reader.readBool()
                    ? new Event.HandoffEnded(stamp, readOutcome(), reader.readString())
                    : new Event.GateJudged(stamp, readGate(), readVerdict(), reader.readString()));
        }
        return owed;
    }

    private Gate readGate() {
        int start = reader.position();
        Gate gate = Gate.ofNumber(readInt());
        if (gate == null) {
            refuse("no gate has this number", start);
            return Gate.HEALTH;
        }
        return gate;
    }

    private Verdict readVerdict() {
        int start = reader.position();
        Verdict verdict = Verdict.ofNumber(readInt());
        if (verdict == null) {
            refuse("no verdict has this number", start);
            return Verdict.FAILED;
        }
        return verdict;
    }

    private ServicePolicy readPolicy() {
        return new ServicePolicy(readPositive(), readPositive(), readPositive(), readPositive(), readPositive(),
                readPositive(), readPositive(), (int) readAtMost(Integer.MAX_VALUE), reader.readBool(),
                reader.readBool());
    }

    private ArmedTimers readTimers() {
        ArmedTimers timers = ArmedTimers.NONE;
        TimerKind lastOne = null;
        int count = reader.readCount();
        for (int i = 0; i < count && intact(); i++) {
            int start = reader.position();
            TimerKind kind = TimerKind.ofNumber(readInt());
            long dueNs = reader.readU64();
            if (kind == null || (lastOne != null && lastOne.compareTo(kind) >= 0)) {
                refuse("a timer is unknown or out of order", start);
            } else {
                timers = timers.with(kind, dueNs);
                lastOne = kind;
            }
        }
        return timers;
    }

    private List<Service.Departing> readDeparting() {
        List<Service.Departing> departing = new ArrayList<>();
        int count = reader.readCount();
        for (int i = 0; i < count && intact(); i++) {
            departing.add(new Service.Departing(readDaemon(), reader.readU64(), reader.readHandoffId(),
                    reader.readU64(), reader.readBool()));
        }
        return departing;
    }

    private Service.Last readLast() {
        return new Service.Last(reader.readHandoffId(), readOutcome(), reader.readString(), reader.readU64());
    }

    private Outcome readOutcome() {
        int start = reader.position();
        Outcome outcome = Outcome.ofNumber(readInt());
        if (outcome == null) {
            refuse("no outcome has this number", start);
            return Outcome.INDETERMINATE;
        }
        return outcome;
    }

    private State readState() {
        int start = reader.position();
        int number = readInt();
        return switch (number) {
            case STOPPED -> new State.Stopped();
            case AWAITING_SPAWN -> new State.AwaitingSpawn(reader.readString(), readInt());
            case AWAITING_INCUMBENT_UP -> new State.AwaitingIncumbentUp(readPeer(), readInt(), reader.readBool());
            case SERVING -> new State.Serving(readPeer(), reader.readU64(), reader.readString(), readInt());
            case AWAITING_RESTART -> new State.AwaitingRestart(readInt(), reader.readString());
            case FAILED -> new State.Failed(reader.readString());
            case AWAITING_EXIT -> new State.AwaitingExit(readDaemons(), reader.readBool());
            case AWAITING_BINARY -> new State.AwaitingBinary(readHandoff(), readPeer());
            case AWAITING_INCUMBENT_HELLO -> new State.AwaitingIncumbentHello(readHandoff(), readPeer());
            case AWAITING_SUCCESSOR_SPAWN ->
                new State.AwaitingSuccessorSpawn(readHandoff(), readPeer(), reader.readU64());
            case AWAITING_SUCCESSOR_HELLO -> new State.AwaitingSuccessorHello(readHandoff(), readPeer(), readPeer());
            case AWAITING_DRAINED -> new State.AwaitingDrained(readHandoff(), readPeer(), readPeer(),
                    reader.readBool());
            case AWAITING_SEAL_COMPLETE -> new State.AwaitingSealComplete(readHandoff(), readPeer(), readPeer(),
                    reader.readU64(), reader.readU64(), reader.readBool());
            case AWAITING_READY -> new State.AwaitingReady(readHandoff(), readPeer(), readPeer(), readSealed());
            case AWAITING_LOCK_SEEN -> new State.AwaitingLockSeen(readHandoff(), readPeer(), readPeer(), readSealed());
            case AWAITING_SUCCESSOR_EXIT -> new State.AwaitingSuccessorExit(readHandoff(), readPeer(), readPeer(),
                    readUndo(), reader.readString());
            case AWAITING_INCUMBENT_RESUMED ->
                new State.AwaitingIncumbentResumed(readHandoff(), readPeer(), readUndo(), reader.readString());
            case AWAITING_INCUMBENT_PROBED ->
                new State.AwaitingIncumbentProbed(readHandoff(), readPeer(), reader.readString(), reader.readString());
            default -> {
                refuse("no state has the number " + Integer.toUnsignedString(number), start);
                yield new State.Stopped();
            }
        };
    }

    private List<Daemon> readDaemons() {
        List<Daemon> daemons = new ArrayList<>();
        int count = reader.readCount();
        for (int i = 0; i < count && intact(); i++) {
            daemons.add(readDaemon());
        }
        return daemons;
    }

    private Handoff readHandoff() {
        return new Handoff(reader.readHandoffId(), reader.readU64(), reader.readU64(), reader.readU64(),
                reader.readString(), reader.readString(), reader.readU64(), new Sent(readInt(), readInt()), readInt());
    }

    private Peer readPeer() {
        return new Peer(readDaemon(), reader.readBool(), reader.readU64(), new Capabilities(reader.readU64()));
    }

    private Daemon readDaemon() {
        return new Daemon(reader.readU64(), reader.readU64(), reader.readString(), reader.readString());
    }

    private Sealed readSealed() {
        if (!reader.readBool()) {
            return new Sealed.Never();
        }
        long[] revisions = new long[reader.readCount()];
        for (int shard = 0; shard < revisions.length && !reader.failed(); shard++) {
            revisions[shard] = reader.readU64();
        }
        byte[] fingerprint = new byte[Fingerprint.BYTES];
        reader.readBytes(fingerprint, fingerprint.length);
        return new Sealed.Complete(ShardRevisions.of(revisions), Fingerprint.of(fingerprint));
    }

    private State.Undo readUndo() {
        int start = reader.position();
        int number = readInt();
        return switch (number) {
            case UNDO_NOTHING -> State.Undo.NOTHING;
            case UNDO_DRAIN -> State.Undo.DRAIN;
            case UNDO_SEAL -> State.Undo.SEAL;
            case UNDO_HANG_UP -> State.Undo.HANG_UP;
            default -> {
                refuse("no undo has the number " + Integer.toUnsignedString(number), start);
                yield State.Undo.NOTHING;
            }
        };
    }

    private int readInt() {
        return (int) reader.readU32();
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

    private boolean intact() {
        return refusal.isEmpty() && !reader.failed();
    }

    /** Notes what the reader accepts and the state does not, unless something was wrong before it. */
    private void refuse(String reason, int position) {
        if (intact()) {
            refusal = reason;
            refusalPosition = position;
        }
    }
}
