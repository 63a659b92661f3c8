package dev.handoff.participant;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.OptionalInt;
import java.util.UUID;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;

import dev.handoff.codec.BuildId;
import dev.handoff.codec.Decoded;
import dev.handoff.codec.Fingerprint;
import dev.handoff.codec.FrameDecoder;
import dev.handoff.codec.FrameEncoder;
import dev.handoff.codec.HandoffId;
import dev.handoff.codec.Message;
import dev.handoff.codec.ShardRevisions;
import dev.handoff.participant.session.SessionTerms;
import dev.handoff.posix.Descriptors;
import dev.handoff.posix.Errno;
import dev.handoff.posix.Processes;
import dev.handoff.posix.Sockets;
import dev.handoff.posix.UnixSockets;
import org.agrona.concurrent.UnsafeBuffer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Hands over from one generation to the next within this process, some times, beside whatever the daemon does: with hooks that do nothing,
 * a supervisor of its own, and a directory of its own. So the first real handoff, which clients wait for, finds this library's code loaded,
 * linked and compiled, on both its sides: a process is a successor first, and an incumbent only once.
 *
 * <p>
 * Whatever goes wrong ends the rehearsal and nothing else. Afterwards no file, descriptor or thread of it is left; what a process leaves that
 * is killed meanwhile, the next one's rehearsal removes.
 */
final class Rehearsal {

    private static final Logger LOG = LoggerFactory.getLogger(Rehearsal.class);

    private static final Path MEMORY = Path.of("/dev/shm");
    /** Followed by the pid. */
    private static final String PREFIX = "handoff-rehearsal-";
    /** The first costs some hundred ms of processor time, for it loads and links; the tenth costs 10, and more change little. */
    private static final int HANDOFFS = 10;
    /** So many that what is done for each is compiled in the end. */
    private static final int CONNECTIONS = 25;
    private static final int SHARDS = 4;
    private static final int STATE_BYTES = 64;
    /** A step takes less than a millisecond; on a machine that has none to spare a rehearsal is not worth more. */
    private static final int STEP_MS = 2_000;
    private static final int HEARTBEAT_MS = 1_000;

    private final int handoffs;
    private final CountDownLatch over = new CountDownLatch(1);
    private final AtomicInteger done = new AtomicInteger();
    private volatile boolean stopped;

    private Rehearsal(int handoffs) {
        this.handoffs = handoffs;
    }

    /** Begins on a thread of its own. */
    static Rehearsal start() {
        Rehearsal rehearsal = new Rehearsal(HANDOFFS);
        Thread.ofPlatform().name("handoff-rehearsal").daemon().start(rehearsal::run);
        return rehearsal;
    }

    /** For a process that does not rehearse. */
    static Rehearsal none() {
        Rehearsal none = new Rehearsal(0);
        none.over.countDown();
        return none;
    }

    /** Waits until it is over, or until the deadline ({@link System#nanoTime}); then it ends with the handoff that it is at. */
    void await(long deadlineNs) {
        try {
            if (!over.await(deadlineNs - System.nanoTime(), TimeUnit.NANOSECONDS)) {
                stopped = true;
            }
        } catch (InterruptedException e) {
            stopped = true;
            Thread.currentThread().interrupt();
        }
    }

    /** How often it has handed over. */
    int done() {
        return done.get();
    }

    private void run() {
        long startNs = System.nanoTime();
        try {
            handOver(parent());
            LOG.debug("{} handoffs rehearsed in {} ms", done, (System.nanoTime() - startNs) / 1_000_000);
        } catch (IOException | RuntimeException | Error e) {
            LOG.debug("the rehearsal ended early: {}", e.toString());
        } finally {
            over.countDown();
        }
    }

    /**
     * In memory where there is such a place: a process that stands back must not hold up the disk's journal, which the incumbent's syncs wait
     * for, with a file that it is about to create.
     */
    static Path parent() {
        return Files.isWritable(MEMORY) ? MEMORY : Path.of(System.getProperty("java.io.tmpdir"));
    }

    private void handOver(Path parent) throws IOException {
        sweep(parent);
        Path directory = Files.createTempDirectory(parent, PREFIX + Processes.ownPid() + "-");
        List<Stage> stages = new ArrayList<>();
        try {
            Stage incumbent = new Stage(directory);
            stages.add(incumbent);
            incumbent.startCold();
            while (done.get() < handoffs && !stopped) {
                Stage successor = new Stage(directory);
                stages.add(successor);
                incumbent.handOverTo(successor);
                incumbent = successor;
                done.incrementAndGet();
            }
        } finally {
            stages.forEach(Stage::end);
            delete(directory);
        }
    }

    /** What a rehearsal that was killed has left. */
    private static void sweep(Path parent) {
        try (DirectoryStream<Path> left = Files.newDirectoryStream(parent, PREFIX + "*")) {
            for (Path directory : left) {
                String pid = directory.getFileName().toString().substring(PREFIX.length()).split("-", 2)[0];
                if (pid.matches("[1-9][0-9]{0,8}") && Processes.kill(Integer.parseInt(pid), 0) == -Errno.ESRCH) {
                    delete(directory);
                }
            }
        } catch (IOException e) {
            LOG.debug("cannot remove what is left of old rehearsals: {}", e.toString());
        }
    }

    private static void delete(Path directory) throws IOException {
        try (DirectoryStream<Path> files = Files.newDirectoryStream(directory)) {
            for (Path file : files) {
                Files.deleteIfExists(file);
            }
        }
        Files.deleteIfExists(directory);
    }

    /** One generation, on a thread of its own: a successor first, save the first one, and then the incumbent. */
    private static final class Stage implements Drainable {
        private static final ShardRevisions REVISIONS = ShardRevisions.of(new long[SHARDS]);
        private static final Fingerprint FINGERPRINT = Fingerprint.of(new byte[Fingerprint.BYTES]);

        private final Generation generation;
        private final CountDownLatch serving = new CountDownLatch(1);
        private final CountDownLatch given = new CountDownLatch(1);
        private volatile List<CarriedConnection> connections = List.of();
        private volatile IncumbentStage incumbent;
        private volatile boolean ended;
        private Thread thread;

        Stage(Path directory) {
            ParticipantConfig config = ParticipantConfig.of(directory, directory.resolve("control"), BuildId.EMPTY)
                    .withOnAbandoned(reason -> LOG.debug("the rehearsal failed: {}", reason.getMessage()))
                    .withConnections(this::give);
            SessionClock clock = new SessionClock();
            generation = new Generation(config,
                    new SessionTerms(Processes.ownPid(), config.buildId(), OptionalInt.of(HEARTBEAT_MS),
                            config.supervisorHoldMs(), clock.unixZeroMs()),
                    clock, InheritedListeners.none("a rehearsal has none"), true);
        }

        private void give(List<CarriedConnection> arrived) {
            connections = arrived;
            given.countDown();
        }

        void startCold() {
            give(IntStream.range(0, CONNECTIONS)
                    .map(_ -> Descriptors.open(Path.of("/dev/null"), Descriptors.O_RDONLY, 0)).filter(fd -> fd >= 0)
                    .mapToObj(fd -> new CarriedConnection("rehearsal", fd, ByteBuffer.allocate(STATE_BYTES))).toList());
            start(() -> new ColdStart(generation).takeLock());
        }

        void startAsSuccessor(int controlFd) {
            start(() -> new SuccessorStart(generation, controlFd, STEP_MS, Rehearsal.none()).handshake().begin());
        }

        private void start(Taking taking) {
            thread = Thread.ofPlatform().name("handoff-rehearsal-stage").daemon().start(() -> serve(taking));
        }

        private void serve(Taking taking) {
            try (IncumbentStage stage = taking.take().ready(List.of("a rehearsal"), REVISIONS)) {
                incumbent = stage;
                if (ended) {
                    stage.stop();
                }
                serving.countDown();
                Served _ = stage.serve(this);
            } catch (ParticipantEndedException | RuntimeException | Error e) {
                LOG.debug("the rehearsal failed: {}", e.toString());
            } finally {
                connections.forEach(connection -> Descriptors.close(connection.fd()));
            }
        }

        /** The supervisor's part, from Hello to Commit and until the successor serves in this one's place. */
        void handOverTo(Stage successor) throws IOException {
            await(serving);
            HandoffId id = HandoffId.of(UUID.randomUUID());
            long pair = UnixSockets.socketPair();
            if (pair < 0) {
                throw new IOException(Errno.message((int) pair));
            }
            try (Supervisor above = new Supervisor(Descriptors.low(pair))) {
                successor.startAsSuccessor(Descriptors.high(pair));
                try (Supervisor session = Supervisor.of(generation.config().controlSocket())) {
                    session.greet(id);
                    above.greet(id);
                    session.send(new Message.PrepareHandoff(id, Processes.ownPid(), STEP_MS, STEP_MS));
                    session.expect(Message.Drained.class);
                    session.send(new Message.SealRequest(id));
                    session.expect(Message.SealComplete.class);
                    above.send(new Message.Begin(id));
                    above.expect(Message.Ready.class);
                    session.send(new Message.Commit(id));
                    await(successor.serving);
                    await(successor.given);
                }
            }
        }

        private static void await(CountDownLatch latch) throws IOException {
            try {
                if (!latch.await(STEP_MS, TimeUnit.MILLISECONDS)) {
                    throw new IOException("a step took too long");
                }
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw new IOException("interrupted", e);
            }
        }

        void end() {
            if (thread == null) {
                return;
            }
            // Whichever of the two threads comes second sees what the other one has set.
            ended = true;
            if (incumbent != null) {
                incumbent.stop();
            }
            try {
                thread.join(STEP_MS);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        }

        // The hooks.

        @Override
        public DrainReport drain(DrainDeadline deadline) {
            return new DrainReport(0, true, deadline.successorTakesConnections() ? connections : List.of());
        }

        @Override
        public SealResult seal(SealProgress progress) {
            for (int shard = 1; shard <= SHARDS; shard++) {
                progress.sealed(shard, SHARDS, 0);
            }
            return new SealResult.Sealed(REVISIONS, FINGERPRINT);
        }

        @Override
        public void resumeAfterAbort(AbortedAt at) {
            LOG.debug("the rehearsal was aborted: {}", at);
        }
    }

    @FunctionalInterface
    private interface Taking {
        Taken take() throws ParticipantEndedException;
    }

    /** The supervisor's end of one socket. */
    private static final class Supervisor implements AutoCloseable {
        private final SocketBytes socket;
        private final FrameEncoder encoder = new FrameEncoder();
        private final FrameDecoder decoder = new FrameDecoder();
        private byte[] unread = {};

        /** Owns {@code fd}. */
        Supervisor(int fd) {
            socket = new SocketBytes(fd);
        }

        static Supervisor of(Path controlSocket) throws IOException {
            int fd = UnixSockets.connect(controlSocket);
            if (fd < 0) {
                throw new IOException(Errno.message(fd));
            }
            return new Supervisor(fd);
        }

        void greet(HandoffId id) throws IOException {
            expect(Message.Hello.class);
            send(new Message.HelloAck(Message.PROTOCOL_VERSION, id));
        }

        void send(Message message) throws IOException {
            byte[] frame = encoder.encode(message);
            int sent = socket.write(ByteBuffer.wrap(frame));
            if (sent != frame.length) {
                throw new IOException("cannot send: " + sent);
            }
        }

        /** Reads on to the next message of this kind. */
        void expect(Class<? extends Message> kind) throws IOException {
            while (true) {
                switch (decoder.decode(new UnsafeBuffer(unread), 0, unread.length)) {
                    case Decoded.Frame(_, Message message, int consumed) -> {
                        unread = Arrays.copyOfRange(unread, consumed, unread.length);
                        if (kind.isInstance(message)) {
                            return;
                        }
                    }
                    case Decoded.Malformed malformed -> throw new IOException(malformed.toString());
                    case Decoded.Incomplete _ -> receive();
                }
            }
        }

        private void receive() throws IOException {
            ByteBuffer bytes = Sockets.poll(socket.fd(), Sockets.POLLIN, STEP_MS) == 0 ? null : socket.read();
            if (bytes == null) {
                throw new IOException("nothing came");
            }
            int before = unread.length;
            unread = Arrays.copyOf(unread, before + bytes.remaining());
            bytes.get(unread, before, bytes.remaining());
        }

        @Override
        public void close() {
            socket.close();
        }
    }
}
