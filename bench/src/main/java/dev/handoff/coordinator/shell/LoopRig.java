package dev.handoff.coordinator.shell;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicInteger;

import com.lmax.disruptor.dsl.Disruptor;
import com.lmax.disruptor.dsl.ProducerType;
import dev.handoff.codec.BuildId;
import dev.handoff.codec.Capabilities;
import dev.handoff.codec.Fingerprint;
import dev.handoff.codec.FrameDecoder;
import dev.handoff.codec.FrameEncoder;
import dev.handoff.codec.HandoffId;
import dev.handoff.codec.Message;
import dev.handoff.codec.MessageKind;
import dev.handoff.codec.ShardRevisions;
import dev.handoff.codec.Side;
import dev.handoff.codec.event.Event;
import dev.handoff.codec.event.ExitStatus;
import dev.handoff.codec.event.ServicePolicy;
import dev.handoff.codec.event.Stamp;
import dev.handoff.coordinator.config.LoopWait;
import dev.handoff.coordinator.core.Effect;
import dev.handoff.coordinator.core.Fold;
import dev.handoff.coordinator.loop.Effects;
import dev.handoff.coordinator.loop.EpochClock;
import dev.handoff.coordinator.loop.JournalLog;
import dev.handoff.coordinator.loop.LoopAgent;
import dev.handoff.coordinator.loop.Session;
import dev.handoff.journal.Journal;
import dev.handoff.journal.JournalDirectory;
import dev.handoff.journal.JournalOptions;
import dev.handoff.posix.Descriptors;
import dev.handoff.posix.Sockets;
import dev.handoff.posix.UnixSockets;
import org.agrona.concurrent.UnsafeBuffer;

/**
 * A coordinator's loop as it runs in production (ring and epoll in one wait, journal on disk, core, Unix sockets), with the
 * workers' answers given at once and the peers played by the caller's one thread. In the shell's package, where its parts are.
 */
public final class LoopRig implements AutoCloseable {

    private static final int BUFFER_BYTES = 1 << 16;
    private static final int RING_SLOTS = 8192;
    private static final BuildId BUILD = BuildId.parse("abcd");
    private static final Fingerprint FINGERPRINT = Fingerprint.of(new byte[Fingerprint.BYTES]);

    /** The peers' ends of one service's sessions. */
    private static final class Peers {
        private volatile int incumbent = -1;
        private volatile int successor = -1;
        /** How many sessions the incumbents and successors have had. */
        private final AtomicInteger sessions = new AtomicInteger();
        private volatile long writtenNs;
        private volatile long preparedNs;
        private volatile long askedNs;
        private volatile long resolvingNs;
        private volatile long incumbentPid;
    }

    private final List<Peers> peers = new ArrayList<>();
    private final FrameEncoder encoder = new FrameEncoder();
    private final MemorySegment out = Arena.global().allocate(BUFFER_BYTES);
    private final MemorySegment in = Arena.global().allocate(BUFFER_BYTES);
    private final UnsafeBuffer read = new UnsafeBuffer(in.address(), BUFFER_BYTES);
    private final Journal journal;
    private final Disruptor<Input> disruptor;
    private final RingConsumer consumer;
    private final Inbox inbox;
    private final PollWait poll;
    private final LoopTimers timers = new LoopTimers(EpochClock.anchored());
    private final SocketWire wire;
    private final LoopAgent loop;
    private final Children children;
    private volatile long loopThreadId;
    private volatile CompletableFuture<Void> refused = new CompletableFuture<>();
    private int nextPid = 1000;

    /** Starts it with so many services, each of them serving. */
    public LoopRig(Path directory, int services) throws IOException {
        this(JournalOptions.of(directory), new Fold(), services);
    }

    /** As above, with a journal of these options, which may take its snapshots from the fold. */
    public LoopRig(JournalOptions options, Fold fold, int services) throws IOException {
        journal = JournalDirectory.open(options).journalOrThrow();
        poll = new PollWait(LoopWait.BLOCKING, timers);
        disruptor = new Disruptor<>(Input::new, RING_SLOTS, Thread.ofPlatform().name("loop").factory(),
                ProducerType.MULTI, poll);
        inbox = new Inbox(disruptor.getRingBuffer());
        poll.tell(inbox);
        wire = new SocketWire(poll);
        Effects effects = new Answering();
        loop = new LoopAgent(EpochClock.anchored(), new JournalLog(journal), fold, wire, timers, effects);
        children = new Children(poll);
        consumer = new RingConsumer(loop, wire, effects, children);
        disruptor.handleEventsWith(consumer);
        disruptor.start();
        inbox.task(() -> loopThreadId = Thread.currentThread().threadId());
        inbox.fact(Stamp.COORDINATOR, HandoffId.NONE, stamp -> new Event.CoordinatorStarted(stamp, 1, "bench", "boot"));
        for (int service = 0; service < services; service++) {
            peers.add(new Peers());
            String name = "s" + service;
            inbox.fact(service + 1, HandoffId.NONE,
                    stamp -> new Event.ServiceConfigured(stamp, name, "/bin/kv", ServicePolicy.DEFAULT, false));
        }
        settle();
        for (int service = 0; service < services; service++) {
            await(service, Side.INCUMBENT, null);
        }
        settle();
    }

    /** Returns once the loop has taken everything that was in its ring. */
    public void settle() {
        CompletableFuture<Void> through = new CompletableFuture<>();
        inbox.task(() -> through.complete(null));
        through.join();
    }

    public long loopThreadId() {
        return loopThreadId;
    }

    public long records() {
        return journal.lastSequence();
    }

    /** When the loop had written its newest frame to a peer of this service (System.nanoTime). */
    public long writtenNs(int service) {
        return peers.get(service).writtenNs;
    }

    /** When it had written the PrepareHandoff. */
    public long preparedNs(int service) {
        return peers.get(service).preparedNs;
    }

    /** The newest handoff, from its request at the ring to the first effect: another thread's event, journaled, stepped, acted on. */
    public long requestReactionNs(int service) {
        return peers.get(service).resolvingNs - peers.get(service).askedNs;
    }

    /** Begins a handoff and brings it to where the incumbent has its PrepareHandoff. Gives the handoff's id. */
    public HandoffId begin(int service) {
        HandoffId id = HandoffId.of(UUID.randomUUID());
        int before = peers.get(service).sessions.get();
        peers.get(service).askedNs = System.nanoTime();
        inbox.fact(service + 1, id, stamp -> new Event.SwapRequested(stamp, 1, 0, 1, "", ""));
        while (peers.get(service).sessions.get() < before + 2) {
            settle();
        }
        await(service, Side.INCUMBENT, MessageKind.PREPARE_HANDOFF);
        await(service, Side.SUCCESSOR, MessageKind.HELLO_ACK);
        return id;
    }

    /** Asks for an abort where nothing is in flight, and waits for the refusal: journaled, stepped, answered. */
    public void awaitRefusal(int service) {
        CompletableFuture<Void> given = new CompletableFuture<>();
        refused = given;
        inbox.fact(service + 1, HandoffId.NONE, stamp -> new Event.AbortRequested(stamp, 1, 0, 1));
        given.join();
    }

    /** Has a peer say something; gives the moment before it does. */
    public long say(int service, Side side, Message message) {
        byte[] frame = encoder.encode(message);
        MemorySegment.copy(frame, 0, out, ValueLayout.JAVA_BYTE, 0, frame.length);
        long before = System.nanoTime();
        int sent = Sockets.send(fd(service, side), out, 0, frame.length, 0);
        if (sent != frame.length) {
            throw new IllegalStateException("a peer could not say " + message.kind().wireName() + ": " + sent);
        }
        return before;
    }

    /** Blocks until the peer's newest frame is of this kind. */
    public void await(int service, Side side, MessageKind kind) {
        while (fd(service, side) < 0) {
            settle();
        }
        while (kind != null) {
            int length = Sockets.recv(fd(service, side), in, 0, BUFFER_BYTES, 0);
            if (length <= 0) {
                throw new IllegalStateException("no " + kind.wireName() + " came: " + length);
            }
            for (int at = 0; at < length;) {
                int frame = Integer.BYTES + read.getInt(at);
                if (FrameDecoder.peekKind(read, at, frame) == kind.discriminant()) {
                    return;
                }
                at += frame;
            }
        }
    }

    /** Brings a handoff whose incumbent was asked to seal to its commit, and the old incumbent to its end. */
    public void commit(int service, HandoffId id) {
        long _ = say(service, Side.INCUMBENT, sealed(id));
        await(service, Side.SUCCESSOR, MessageKind.BEGIN);
        long _ = say(service, Side.SUCCESSOR, ready(id));
        await(service, Side.INCUMBENT, MessageKind.COMMIT);
        endIncumbent(service);
        settle();
    }

    /** Has the incumbent end, after its Commit: a process of its own takes milliseconds for that, in which the loop does other things. */
    public void endIncumbent(int service) {
        long pid = peers.get(service).incumbentPid;
        inbox.fact(service + 1, HandoffId.NONE,
                stamp -> new Event.ProcessExited(stamp, pid, new ExitStatus.Exited(0)));
    }

    /** Returns once everything that the peer said was taken from its socket. */
    public void awaitTaken(int service, Side side) {
        int fd = fd(service, side);
        while (Sockets.bytesUnsent(fd) > 0) {
            Thread.onSpinWait();
        }
    }

    public static Message.SealComplete sealed(HandoffId id) {
        return new Message.SealComplete(id, ShardRevisions.of(3, 4), FINGERPRINT);
    }

    public static Message.Ready ready(HandoffId id) {
        return new Message.Ready(id, List.of(), true, ShardRevisions.of(3, 4));
    }

    private int fd(int service, Side side) {
        Peers of = peers.get(service);
        return side == Side.INCUMBENT ? of.incumbent : of.successor;
    }

    /** Runs on the loop thread what runs there, and answers the rest as the workers would. */
    private final class Answering implements Effects {

        @Override
        public void run(Effect effect, LoopAgent agent) {
            switch (effect) {
                case Effect.SendToIncumbent e -> {
                    agent.send(e.service(), e.session(), Side.INCUMBENT, e.message());
                    Peers to = peers.get(e.service() - 1);
                    to.writtenNs = System.nanoTime();
                    if (e.message() instanceof Message.PrepareHandoff) {
                        to.preparedNs = to.writtenNs;
                    }
                }
                case Effect.SendToSuccessor e -> {
                    agent.send(e.service(), e.session(), Side.SUCCESSOR, e.message());
                    peers.get(e.service() - 1).writtenNs = System.nanoTime();
                }
                case Effect.CloseSession e -> wire.close(e.service(), e.session());
                case Effect.Note e -> agent.decided(e.decision());
                case Effect.ArmTimer e -> timers.arm(e.service(), e.kind(), e.dueNs());
                case Effect.CancelTimer e -> timers.cancel(e.service(), e.kind());
                case Effect.SpawnIncumbent e -> {
                    int pid = nextPid++;
                    agent.afterwards(() -> agent.happened(stamp -> new Event.Spawned(stamp, Side.INCUMBENT, pid, 1),
                            e.service(), HandoffId.NONE));
                }
                case Effect.Connect e -> connect(e, agent);
                case Effect.ResolveBinary e -> {
                    peers.get(e.service() - 1).resolvingNs = System.nanoTime();
                    agent.afterwards(() -> agent.happened(
                            stamp -> new Event.BinaryResolved(stamp, "/bin/kv", 1, 1, FINGERPRINT), e.service(),
                            e.handoffId()));
                }
                case Effect.SpawnSuccessor e -> {
                    int pid = nextPid++;
                    Peers of = peers.get(e.service() - 1);
                    int before = of.successor;
                    of.successor = channel(e.service(), e.session(), Side.SUCCESSOR, pid);
                    of.sessions.incrementAndGet();
                    if (before >= 0) {
                        Descriptors.close(before);
                    }
                    agent.afterwards(() -> agent.happened(stamp -> new Event.Spawned(stamp, Side.SUCCESSOR, pid, 1),
                            e.service(), e.handoffId()));
                }
                case Effect.Respond _ -> refused.complete(null);
                case Effect.Terminate _,Effect.Kill _,Effect.Fence _,Effect.LookAtLock _,Effect.Exit _ ->
                    {
                    }
            }
        }

        private void connect(Effect.Connect order, LoopAgent agent) {
            Peers of = peers.get(order.service() - 1);
            int before = of.incumbent;
            of.incumbentPid = order.expectedPid();
            of.incumbent = channel(order.service(), order.session(), Side.INCUMBENT, (int) order.expectedPid());
            of.sessions.incrementAndGet();
            if (before >= 0) {
                Descriptors.close(before);
            }
            agent.afterwards(() -> agent.happened(
                    stamp -> new Event.SessionConnected(stamp, order.session(), order.expectedPid()), order.service(),
                    agent.handoffIdOf(order.service())));
        }

        /** A session whose peer has already said its Hello; gives the peer's end. */
        private int channel(int service, long session, Side side, int pid) {
            long pair = UnixSockets.socketPair();
            Session ours = wire.awaitConnection(service, session, side);
            byte[] hello = new FrameEncoder().encode(
                    new Message.Hello(side, pid, BUILD, 1, 1, new Capabilities(Capabilities.IDEMPOTENT)));
            try (Arena arena = Arena.ofConfined()) {
                MemorySegment frame = arena.allocateFrom(ValueLayout.JAVA_BYTE, hello);
                int sent = Sockets.send(Descriptors.high(pair), frame, 0, hello.length, 0);
                int watched = wire.connected(ours, Descriptors.low(pair));
                if (sent != hello.length || watched < 0) {
                    throw new IllegalStateException("no channel: " + sent + ", " + watched);
                }
            }
            return Descriptors.high(pair);
        }

        @Override
        public void processEnded(long pid, LoopAgent agent) {
            throw new IllegalStateException("there are no processes here");
        }
    }

    @Override
    public void close() {
        disruptor.shutdown();
        consumer.awaitEnd();
        poll.close();
        children.close();
        wire.close();
        journal.close();
        for (Peers of : peers) {
            if (of.incumbent >= 0) {
                Descriptors.close(of.incumbent);
            }
            if (of.successor >= 0) {
                Descriptors.close(of.successor);
            }
        }
    }
}
