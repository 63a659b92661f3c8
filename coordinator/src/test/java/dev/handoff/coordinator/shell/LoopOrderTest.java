package dev.handoff.coordinator.shell;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;

import dev.handoff.codec.BuildId;
import dev.handoff.codec.Capabilities;
import dev.handoff.codec.Decoded;
import dev.handoff.codec.Fingerprint;
import dev.handoff.codec.FrameDecoder;
import dev.handoff.codec.FrameEncoder;
import dev.handoff.codec.HandoffId;
import dev.handoff.codec.Message;
import dev.handoff.codec.ShardRevisions;
import dev.handoff.codec.Side;
import dev.handoff.codec.event.Event;
import dev.handoff.codec.event.ServicePolicy;
import dev.handoff.codec.event.Stamp;
import dev.handoff.coordinator.config.LoopWait;
import dev.handoff.coordinator.core.Effect;
import dev.handoff.coordinator.core.Fold;
import dev.handoff.coordinator.core.State;
import dev.handoff.coordinator.loop.Effects;
import dev.handoff.coordinator.loop.EpochClock;
import dev.handoff.coordinator.loop.EventLog;
import dev.handoff.coordinator.loop.Fact;
import dev.handoff.coordinator.loop.LoopAgent;
import dev.handoff.coordinator.loop.Session;
import dev.handoff.posix.Descriptors;
import dev.handoff.posix.Sockets;
import dev.handoff.posix.UnixSockets;
import org.agrona.DirectBuffer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/**
 * Drives the loop's agent on this thread over real sockets, with a log that looks, at each append, at what the world and the
 * state know already. Turning the order append, consume, step, run effects round anywhere makes it fail.
 */
class LoopOrderTest {

    private static final int SERVICE = 1;
    private static final int INCUMBENT_PID = 100;
    private static final int SUCCESSOR_PID = 200;
    private static final HandoffId ID = HandoffId.of(new UUID(7, 7));
    private static final int BUFFER_BYTES = 1 << 16;

    private final Fold live = new Fold();
    private final Fold mirror = new Fold();
    private final List<String> journal = new ArrayList<>();
    private final Map<String, Stamp> stamps = new HashMap<>();
    private long lastNs;
    private final List<Effect> ordered = new ArrayList<>();
    private final FrameEncoder encoder = new FrameEncoder();
    private final FrameDecoder decoder = new FrameDecoder();
    private final Input input = new Input();
    private final Arena arena = Arena.ofConfined();
    private final MemorySegment buffer = arena.allocate(BUFFER_BYTES);
    private PollWait poll;
    private SocketWire wire;
    private LoopAgent loop;
    private Children children;
    private RingConsumer ring;
    private Pipe incumbent;
    private Pipe successor;

    /** Both ends of a session: the loop's, and the peer's, which this test plays. */
    private record Pipe(int ours, int theirs) {
        static Pipe open() {
            long pair = UnixSockets.socketPair();
            assertTrue(pair >= 0);
            return new Pipe(Descriptors.low(pair), Descriptors.high(pair));
        }
    }

    private Pipe pipe(Side side) {
        return side == Side.INCUMBENT ? incumbent : successor;
    }

    /** Keeps nothing, but checks that nobody could know yet what is being appended. */
    private final class WitnessLog implements EventLog {

        @Override
        public void append(Event event) {
            witness(event, event.getClass().getSimpleName());
        }

        @Override
        public void appendReceived(Frame at, DirectBuffer frame, int offset, int length) {
            int takenAsFragments = wire.session(Session.token(at.service(), at.session())).partialLength();
            assertTrue(Sockets.bytesUnread(pipe(at.side()).ours()) >= length - takenAsFragments,
                    "the frame was taken from its socket before it was appended");
            Decoded.Frame decoded = assertInstanceOf(Decoded.Frame.class, decoder.decode(frame, offset, length));
            witness(new Event.MessageReceived(stamp(at), at.session(), at.side(), at.streamOffset(),
                    decoded.protoVersion(), decoded.message()),
                    "received " + decoded.message().kind().wireName());
        }

        @Override
        public void appendSending(Frame at, DirectBuffer frame, int offset, int length) {
            assertEquals(0, Sockets.bytesUnread(pipe(at.side()).theirs()),
                    "a frame was written before it was appended");
            Decoded.Frame decoded = assertInstanceOf(Decoded.Frame.class, decoder.decode(frame, offset, length));
            witness(new Event.MessageSending(stamp(at), at.session(), at.side(), decoded.message()),
                    "sending " + decoded.message().kind().wireName());
        }

        private static Stamp stamp(Frame at) {
            return new Stamp(at.timeNs(), at.service(), new HandoffId(at.handoffIdMsb(), at.handoffIdLsb()));
        }

        private void witness(Event event, String record) {
            assertEquals(mirror.state(), live.state(), "the core stepped before the append of " + record);
            assertTrue(event.stamp().timeNs() >= lastNs, record + " is older than the record before it");
            lastNs = event.stamp().timeNs();
            stamps.put(record, event.stamp());
            mirror.apply(event);
            journal.add(record);
        }

        @Override
        public long lastSequence() {
            return journal.size();
        }

        @Override
        public void endOfBatch() {}
    }

    /** Runs what stays on the loop thread, and notes the rest for the test to answer. */
    private final class WitnessEffects implements Effects {

        @Override
        public void run(Effect effect, LoopAgent agent) {
            assertEquals(mirror.state(), live.state(), () -> effect + " was run before its event was appended");
            ordered.add(effect);
            switch (effect) {
                case Effect.SendToIncumbent e -> {
                    agent.send(e.service(), e.session(), Side.INCUMBENT, e.message());
                    assertEquals(e.message(), readByPeer(incumbent));
                }
                case Effect.SendToSuccessor e -> {
                    agent.send(e.service(), e.session(), Side.SUCCESSOR, e.message());
                    assertEquals(e.message(), readByPeer(successor));
                }
                case Effect.CloseSession e -> wire.close(e.service(), e.session());
                case Effect.Note e -> agent.decided(e.decision());
                case Effect.Connect _,Effect.ResolveBinary _,Effect.SpawnSuccessor _,Effect.SpawnIncumbent _,Effect.Terminate _,Effect.Kill _,Effect.ArmTimer _,Effect.CancelTimer _,Effect.Fence _,Effect.LookAtLock _,Effect.Respond _,Effect.Exit _ ->
                    {
                    }
            }
        }

        @Override
        public void processEnded(long pid, LoopAgent agent) {
            throw new AssertionError("no process ends here");
        }
    }

    @BeforeEach
    void makeLoop() throws IOException {
        LoopTimers timers = new LoopTimers(EpochClock.anchored());
        poll = new PollWait(LoopWait.BLOCKING, timers);
        wire = new SocketWire(poll);
        Effects effects = new WitnessEffects();
        loop = new LoopAgent(EpochClock.anchored(), new WitnessLog(), live, wire, timers, effects);
        children = new Children(poll);
        ring = new RingConsumer(loop, wire, effects, children);
    }

    @AfterEach
    void dropLoop() {
        wire.close();
        children.close();
        poll.close();
        arena.close();
        for (Pipe pipe : new Pipe[]{incumbent, successor}) {
            if (pipe != null) {
                Descriptors.close(pipe.theirs());
            }
        }
    }

    @Test
    void appendsBeforeItConsumesStepsOrActsThroughAWholeHandoff() {
        happens(Stamp.COORDINATOR, stamp -> new Event.CoordinatorStarted(stamp, 1, "test", "boot"));
        happens(SERVICE, stamp -> new Event.ServiceConfigured(stamp, "kv", "/bin/kv", ServicePolicy.DEFAULT, false));
        happens(SERVICE, stamp -> new Event.Spawned(stamp, Side.INCUMBENT, INCUMBENT_PID, 1));
        connectIncumbent();
        peerSays(incumbent, Side.INCUMBENT, hello(Side.INCUMBENT, INCUMBENT_PID));
        assertInstanceOf(State.Serving.class, state());

        happensTo(ID, stamp -> new Event.SwapRequested(stamp, 1, 0, 1, "", ""));
        happensTo(ID, stamp -> new Event.BinaryResolved(stamp, "/bin/kv", 1, 1, fingerprint()));
        connectIncumbent();
        peerSays(incumbent, Side.INCUMBENT, hello(Side.INCUMBENT, INCUMBENT_PID));
        Effect.SpawnSuccessor spawn = last(Effect.SpawnSuccessor.class);
        successor = Pipe.open();
        assertEquals(0, wire.connected(wire.awaitConnection(SERVICE, spawn.session(), Side.SUCCESSOR),
                successor.ours()));
        happensTo(ID, stamp -> new Event.Spawned(stamp, Side.SUCCESSOR, SUCCESSOR_PID, 2));
        peerSays(successor, Side.SUCCESSOR, hello(Side.SUCCESSOR, SUCCESSOR_PID));
        peerSays(incumbent, Side.INCUMBENT, new Message.Heartbeat(5));
        peerSays(incumbent, Side.INCUMBENT, new Message.Drained(0, true));
        peerSays(incumbent, Side.INCUMBENT, new Message.SealProgress(1, 2, 9));
        peerSays(incumbent, Side.INCUMBENT, new Message.SealComplete(ID, ShardRevisions.of(3, 4), fingerprint()));
        peerSays(successor, Side.SUCCESSOR, new Message.Ready(ID, List.of(), true, ShardRevisions.of(3, 4)));

        assertEquals(SUCCESSOR_PID, assertInstanceOf(State.Serving.class, state()).incumbent().daemon().pid());
        assertEquals(List.of("CoordinatorStarted", "ServiceConfigured", "Spawned", "SessionConnected", "received Hello",
                "SwapRequested", "BinaryResolved", "SessionConnected", "received Hello", "sending HelloAck", "Spawned",
                "received Hello", "sending HelloAck", "sending PrepareHandoff", "received Heartbeat",
                "received Drained", "sending SealRequest", "received SealProgress", "received SealComplete",
                "sending Begin", "received Ready", "GateJudged", "GateJudged", "sending Commit", "HandoffEnded"),
                journal);
        for (String record : journal.subList(journal.indexOf("SwapRequested"), journal.size())) {
            assertEquals(ID, stamps.get(record).handoffId(), record + " is not filed under its handoff");
        }
    }

    @Test
    void takesALargeFrameInPartsAndJournalsEachBeforeItIsTaken() {
        happens(Stamp.COORDINATOR, stamp -> new Event.CoordinatorStarted(stamp, 1, "test", "boot"));
        happens(SERVICE, stamp -> new Event.ServiceConfigured(stamp, "kv", "/bin/kv", ServicePolicy.DEFAULT, false));
        happens(SERVICE, stamp -> new Event.Spawned(stamp, Side.INCUMBENT, INCUMBENT_PID, 1));
        connectIncumbent();
        byte[] frame = encoder.encode(new Message.Hello(Side.INCUMBENT, INCUMBENT_PID, BuildId.of(new byte[1000]), 1, 1,
                Capabilities.NONE));
        int half = frame.length / 2;
        write(incumbent, frame, 0, half);
        readable(incumbent, Side.INCUMBENT);
        assertEquals("FragmentReceived", journal.getLast());
        assertEquals(0, Sockets.bytesUnread(incumbent.ours()));
        write(incumbent, frame, half, frame.length - half);
        int before = journal.size();
        readable(incumbent, Side.INCUMBENT);
        assertEquals("received Hello", journal.get(before));
        assertInstanceOf(State.Serving.class, state());
    }

    /** A quick daemon's first words come before the worker that started it has told its pid. */
    @Test
    void leavesAHelloQueuedUntilItsSenderIsKnown() {
        happens(Stamp.COORDINATOR, stamp -> new Event.CoordinatorStarted(stamp, 1, "test", "boot"));
        happens(SERVICE, stamp -> new Event.ServiceConfigured(stamp, "kv", "/bin/kv", ServicePolicy.DEFAULT, false));
        happens(SERVICE, stamp -> new Event.Spawned(stamp, Side.INCUMBENT, INCUMBENT_PID, 1));
        connectIncumbent();
        peerSays(incumbent, Side.INCUMBENT, hello(Side.INCUMBENT, INCUMBENT_PID));
        happensTo(ID, stamp -> new Event.SwapRequested(stamp, 1, 0, 1, "", ""));
        happensTo(ID, stamp -> new Event.BinaryResolved(stamp, "/bin/kv", 1, 1, fingerprint()));
        connectIncumbent();
        peerSays(incumbent, Side.INCUMBENT, hello(Side.INCUMBENT, INCUMBENT_PID));
        successor = Pipe.open();
        assertEquals(0, wire.connected(wire.awaitConnection(SERVICE, last(Effect.SpawnSuccessor.class).session(),
                Side.SUCCESSOR), successor.ours()));

        peerSays(successor, Side.SUCCESSOR, hello(Side.SUCCESSOR, SUCCESSOR_PID));
        assertInstanceOf(State.AwaitingSuccessorSpawn.class, state());
        happensTo(ID, stamp -> new Event.Spawned(stamp, Side.SUCCESSOR, SUCCESSOR_PID, 2));

        assertInstanceOf(State.AwaitingDrained.class, state());
    }

    private State state() {
        return live.state().services().get(SERVICE).state();
    }

    private void connectIncumbent() {
        Effect.Connect order = last(Effect.Connect.class);
        if (incumbent != null) {
            Descriptors.close(incumbent.theirs());
        }
        incumbent = Pipe.open();
        assertEquals(0,
                wire.connected(wire.awaitConnection(SERVICE, order.session(), Side.INCUMBENT), incumbent.ours()));
        happensTo(loop.handoffIdOf(SERVICE),
                stamp -> new Event.SessionConnected(stamp, order.session(), INCUMBENT_PID));
    }

    private <T extends Effect> T last(Class<T> kind) {
        return ordered.stream().filter(kind::isInstance).map(kind::cast).reduce((_, later) -> later).orElseThrow();
    }

    private void happens(int service, Fact fact) {
        input.fact(service, HandoffId.NONE, fact);
        ring.onEvent(input, 0, true);
    }

    private void happensTo(HandoffId id, Fact fact) {
        input.fact(SERVICE, id, fact);
        ring.onEvent(input, 0, true);
    }

    private void peerSays(Pipe pipe, Side side, Message message) {
        byte[] frame = encoder.encode(message);
        write(pipe, frame, 0, frame.length);
        readable(pipe, side);
    }

    private void readable(Pipe pipe, Side side) {
        Session session = wire.sessionsOf(SERVICE).stream().filter(open -> open.fd() == pipe.ours()).findFirst()
                .orElseThrow();
        assertEquals(side, session.side());
        input.readable(session.token());
        ring.onEvent(input, 0, true);
    }

    private void write(Pipe pipe, byte[] bytes, int offset, int length) {
        MemorySegment.copy(bytes, offset, buffer, ValueLayout.JAVA_BYTE, 0, length);
        assertEquals(length, Sockets.send(pipe.theirs(), buffer, 0, length, Sockets.MSG_DONTWAIT));
    }

    private Message readByPeer(Pipe pipe) {
        int read = Sockets.recv(pipe.theirs(), buffer, 0, BUFFER_BYTES, Sockets.MSG_DONTWAIT);
        assertTrue(read > 0, "nothing was written");
        byte[] bytes = new byte[read];
        MemorySegment.copy(buffer, ValueLayout.JAVA_BYTE, 0, bytes, 0, read);
        return assertInstanceOf(Decoded.Frame.class,
                decoder.decode(new org.agrona.concurrent.UnsafeBuffer(bytes), 0, read)).message();
    }

    private static BuildId build() {
        return BuildId.parse("abcd");
    }

    private static Fingerprint fingerprint() {
        return Fingerprint.of(new byte[Fingerprint.BYTES]);
    }

    private static Message.Hello hello(Side side, int pid) {
        return new Message.Hello(side, pid, build(), 1, 1, Capabilities.NONE);
    }
}
