package dev.handoff.participant;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.stream.Stream;

import dev.handoff.codec.BuildId;
import dev.handoff.codec.Fingerprint;
import dev.handoff.codec.HandoffId;
import dev.handoff.codec.Message;
import dev.handoff.codec.ShardRevisions;
import dev.handoff.posix.Descriptors;
import dev.handoff.posix.Errno;
import dev.handoff.posix.InetSockets;
import dev.handoff.posix.Processes;
import dev.handoff.posix.Sockets;
import dev.handoff.posix.UnixSockets;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.slf4j.event.Level;

/** Incumbent and successor in one process, on real sockets, with real connections between them. */
@Timeout(60)
class ConnectionTransferTest {

    private static final HandoffId A = HandoffId.parse("aaaaaaaa-aaaa-aaaa-aaaa-aaaaaaaaaaaa");
    /** More than one message carries. */
    private static final int MANY = Sockets.MAX_DESCRIPTORS + 20;

    @TempDir
    Path dir;

    private final List<Socket> clients = new ArrayList<>();
    private final List<CarriedConnection> open = new ArrayList<>();
    private final CompletableFuture<Served> served = new CompletableFuture<>();
    private final CompletableFuture<List<CarriedConnection>> arrived = new CompletableFuture<>();
    private final Daemon daemon = new Daemon();
    private Path control;
    private IncumbentStage incumbent;

    /** Has connections, and tells what its drain saw. */
    private final class Daemon implements Drainable {
        private final CompletableFuture<Boolean> successorTakes = new CompletableFuture<>();
        private final CompletableFuture<AbortedAt> resumed = new CompletableFuture<>();

        @Override
        public DrainReport drain(DrainDeadline deadline) {
            successorTakes.complete(deadline.successorTakesConnections());
            return new DrainReport(0, true, open);
        }

        @Override
        public SealResult seal(SealProgress progress) {
            return new SealResult.Sealed(ShardRevisions.of(0), Fingerprint.of(new byte[Fingerprint.BYTES]));
        }

        @Override
        public void resumeAfterAbort(AbortedAt at) {
            resumed.complete(at);
        }
    }

    @BeforeEach
    void serve() throws Exception {
        control = dir.resolve("sock");
        incumbent = assertInstanceOf(ColdStart.class, Participant.start(config(), Map.of())).takeLock()
                .ready(List.of("x"), ShardRevisions.of(0));
        Thread.ofPlatform().daemon().start(() -> {
            try {
                served.complete(incumbent.serve(daemon));
            } catch (ParticipantEndedException | RuntimeException e) {
                served.completeExceptionally(e);
            }
        });
    }

    @AfterEach
    void stop() throws Exception {
        incumbent.stop();
        served.get(20, TimeUnit.SECONDS);
        incumbent.close();
        for (Socket client : clients) {
            client.close();
        }
        open.forEach(connection -> Descriptors.close(connection.fd()));
        arrived.getNow(List.of()).forEach(connection -> Descriptors.close(connection.fd()));
    }

    private ParticipantConfig config() {
        return ParticipantConfig.of(dir, control, BuildId.parse("01"));
    }

    private void connect(int count) throws IOException {
        int listener = InetSockets.listen(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), count);
        for (int i = 0; i < count; i++) {
            clients.add(new Socket(InetAddress.getLoopbackAddress(), InetSockets.localPort(listener)));
            open.add(new CarriedConnection("main", UnixSockets.accept(listener), state(i)));
        }
        Descriptors.close(listener);
    }

    private static ByteBuffer state(int index) {
        return StandardCharsets.UTF_8.encode("state of " + index + " ".repeat(index));
    }

    /** The supervisor's two ends, and the successor's stages behind the second. */
    private final class Handoff implements AutoCloseable {
        private final TestSupervisor toIncumbent = TestSupervisor.greeted(control, A);
        private final TestSupervisor toSuccessor;
        private final AwaitingBegin awaiting;

        Handoff(ParticipantConfig config) throws Exception {
            long pair = UnixSockets.socketPair();
            toSuccessor = new TestSupervisor(Descriptors.low(pair));
            Start start = Participant.start(config, Map.of("HANDOFF_ROLE", "successor", "HANDOFF_SOCK_FD",
                    Integer.toString(Descriptors.high(pair))));
            toSuccessor.send(new Message.HelloAck(1, A));
            awaiting = assertInstanceOf(SuccessorStart.class, start).handshake();
        }

        void drain() {
            toIncumbent.send(new Message.PrepareHandoff(A, Processes.ownPid(), 60_000, 20_000));
            toIncumbent.expect(Message.Drained.class);
        }

        void seal() {
            toIncumbent.send(new Message.SealRequest(A));
            toIncumbent.expect(Message.SealComplete.class);
        }

        IncumbentStage ready() throws Exception {
            toSuccessor.send(new Message.Begin(A));
            IncumbentStage next = awaiting.begin().ready(List.of("x"), ShardRevisions.of(0));
            toSuccessor.expectAfterHello(Message.Ready.class);
            return next;
        }

        @Override
        public void close() {
            toIncumbent.close();
            toSuccessor.close();
        }
    }

    private Handoff handoff() throws Exception {
        return new Handoff(config().withConnections(arrived::complete).withOnAbandoned(_ -> {}));
    }

    @Test
    void givesTheConnectionsAwayWithTheCommitAndNotBefore() throws Exception {
        connect(MANY);
        try (Handoff handoff = handoff()) {
            assertEquals("rw-------", PosixFilePermissions.toString(Files.getPosixFilePermissions(
                    TransferSocket.path(control, Processes.ownPid()))));
            handoff.drain();
            assertTrue(daemon.successorTakes.get());
            clients.getFirst().getOutputStream().write("sent meanwhile".getBytes(StandardCharsets.US_ASCII));
            handoff.seal();
            try (IncumbentStage _ = handoff.ready()) {
                assertThrows(TimeoutException.class, () -> arrived.get(50, TimeUnit.MILLISECONDS));
                handoff.toIncumbent.send(new Message.Commit(A));
                assertEquals(new Served.Committed(A), served.get(20, TimeUnit.SECONDS));

                List<CarriedConnection> carried = arrived.get(20, TimeUnit.SECONDS);
                assertEquals(MANY, carried.size());
                for (int i = 0; i < MANY; i++) {
                    assertEquals("main", carried.get(i).listener());
                    assertEquals(state(i), carried.get(i).state());
                    assertEquals(1, Descriptors.isCloseOnExec(carried.get(i).fd()));
                    // The old process's own go, as with its end; the client must not notice.
                    Descriptors.close(open.get(i).fd());
                    try (SocketBytes connection = new SocketBytes(carried.get(i).fd())) {
                        assertEquals(1, connection.write(ByteBuffer.wrap(new byte[]{(byte) i})));
                        assertEquals((byte) i, (byte) clients.get(i).getInputStream().read());
                        if (i == 0) {
                            byte[] sent = new byte[14];
                            connection.read().get(sent);
                            assertArrayEquals("sent meanwhile".getBytes(StandardCharsets.US_ASCII), sent);
                        }
                    }
                }
                open.clear();
                assertEquals(List.of(), transferSockets());
            }
        }
        arrived.obtrudeValue(List.of());
    }

    @Test
    void keepsTheConnectionsWhenTheHandoffIsRolledBackPastReady() throws Exception {
        connect(3);
        try (Handoff handoff = handoff()) {
            handoff.drain();
            handoff.seal();
            handoff.ready().close();
            // The successor takes them on a thread of its own.
            Path last = Files.readSymbolicLink(Path.of("/proc/self/fd/" + open.getLast().fd()));
            long untilNs = System.nanoTime() + TimeUnit.SECONDS.toNanos(20);
            while (descriptorsOf(last) < 2) {
                assertTrue(System.nanoTime() < untilNs, "the successor took nothing");
                Thread.onSpinWait();
            }
            handoff.toIncumbent.send(new Message.ResumeAfterAbort(A));
            assertEquals(AbortedAt.SEALED, daemon.resumed.get(20, TimeUnit.SECONDS));
            assertFalse(arrived.isDone());
            clients.getFirst().getOutputStream().write(7);
            assertTrue((Sockets.poll(open.getFirst().fd(), Sockets.POLLIN, 20_000) & Sockets.POLLIN) != 0);
            assertEquals(List.of(), transferSockets());
        }
    }

    @Test
    void resumesAtOnceWhenTheHandoffIsRolledBackWhileTheSuccessorTakesNothing() throws Exception {
        connect(3);
        try (Handoff handoff = handoff()) {
            handoff.drain();
            handoff.seal();
            // The offer waits for a successor that never begins.
            handoff.toIncumbent.send(new Message.ResumeAfterAbort(A));
            assertEquals(AbortedAt.SEALED, daemon.resumed.get(20, TimeUnit.SECONDS));
        }
    }

    @Test
    void tellsTheDrainWhenTheSuccessorTakesNoConnections() throws Exception {
        try (Handoff handoff = new Handoff(config().withOnAbandoned(_ -> {}))) {
            handoff.drain();
            assertFalse(daemon.successorTakes.get());
        }
    }

    @Test
    void startsWithoutConnectionsAfterAnIncumbentThatOffersNone() throws Exception {
        incumbent.stop();
        served.get(20, TimeUnit.SECONDS);
        incumbent.close();
        long pair = UnixSockets.socketPair();
        try (TestSupervisor supervisor = new TestSupervisor(Descriptors.low(pair))) {
            Start start = Participant.start(config().withConnections(arrived::complete), Map.of("HANDOFF_ROLE",
                    "successor", "HANDOFF_SOCK_FD", Integer.toString(Descriptors.high(pair))));
            supervisor.send(new Message.HelloAck(1, A));
            AwaitingBegin awaiting = assertInstanceOf(SuccessorStart.class, start).handshake();
            supervisor.send(new Message.Begin(A));
            awaiting.begin().ready(List.of("x"), ShardRevisions.of(0)).close();
            assertFalse(arrived.isDone());
            assertEquals(List.of(), transferSockets());
        }
    }

    @Test
    void removesItsSocketWhenTheHandoffEndsEarly() throws Exception {
        try (Handoff handoff = handoff()) {
            assertEquals(1, transferSockets().size());
            handoff.toSuccessor.send(new Message.Abort(A, "enough"));
            assertThrows(ParticipantEndedException.class, handoff.awaiting::begin);
            assertEquals(List.of(), transferSockets());
        }
    }

    @Test
    void removesTheSocketsOfSuccessorsThatAreGone() throws Exception {
        // Pids end at 2^22 on Linux (proc(5), pid_max).
        Path left = Files.createFile(TransferSocket.path(control, (1 << 22) + 1));
        try (Handoff handoff = handoff()) {
            handoff.drain();
            assertFalse(Files.exists(left));
            assertTrue(daemon.successorTakes.get());
        }
    }

    @Test
    void refusesAnotherProcessThanTheSuccessor() {
        // Right directory, right user, another pid.
        int listening = UnixSockets.listen(TransferSocket.path(control, 1), 1);
        assertEquals(-Errno.EACCES, TransferSocket.connect(control, 1));
        Descriptors.close(listening);
    }

    @Test
    void takesNothingFromAnotherHandoff() throws Exception {
        try (Handoff handoff = handoff()) {
            ConnectionOffer stranger = ConnectionOffer.to(control, Processes.ownPid(), HandoffId.NONE);
            incumbent.stop();
            served.get(20, TimeUnit.SECONDS);
            incumbent.close();
            handoff.toSuccessor.send(new Message.Begin(A));
            handoff.awaiting.begin().ready(List.of("x"), ShardRevisions.of(0)).close();
            // Refused: the offer ends by itself, with nothing taken.
            stranger.run(Level.INFO);
            assertFalse(stranger.release());
            stranger.close();
            assertFalse(arrived.isDone());
        }
    }

    @ParameterizedTest
    @ValueSource(longs = {0, 1})
    void saysWhetherAClientWaitsForTheEndOfThisProcess(long othersOpen) throws Exception {
        connect(2);
        int listening = UnixSockets.listen(TransferSocket.path(control, Processes.ownPid()), 1);
        ConnectionOffer offer = ConnectionOffer.to(control, Processes.ownPid(), A);
        offer.drained(new DrainReport(othersOpen, true, open));
        Thread offering = Thread.ofPlatform().start(() -> offer.run(Level.INFO));
        try (TransferChannel successor = new TransferChannel(UnixSockets.accept(listening))) {
            successor.payload(successor.expect(TransferLayout.OPEN));
            successor.send(TransferLayout.ROOM, 0, 2, new byte[0]);
            int[] fds = new int[2];
            TransferChannel.Arrived arriving = successor.receive(fds);
            successor.payload(arriving.header());
            successor.send(TransferLayout.ROOM, 2, 0, new byte[0]);
            successor.expect(TransferLayout.END);
            offering.join();
            assertEquals(othersOpen == 0, offer.release());
            successor.expect(TransferLayout.RELEASE);
            Arrays.stream(fds).forEach(Descriptors::close);
        }
        offer.close();
        Descriptors.close(listening);
    }

    @Test
    void keepsWhatASuccessorWithoutRoomCannotTake() throws Exception {
        connect(5);
        int listening = UnixSockets.listen(TransferSocket.path(control, Processes.ownPid()), 1);
        ConnectionOffer offer = ConnectionOffer.to(control, Processes.ownPid(), A);
        offer.drained(new DrainReport(0, true, open));
        Thread offering = Thread.ofPlatform().start(() -> offer.run(Level.INFO));
        try (TransferChannel successor = new TransferChannel(UnixSockets.accept(listening))) {
            successor.payload(successor.expect(TransferLayout.OPEN));
            successor.send(TransferLayout.ROOM, 0, 3, new byte[0]);
            // An array of two is a table that has room for two: the kernel drops the third (MSG_CTRUNC).
            int[] fds = new int[2];
            TransferChannel.Arrived arriving = successor.receive(fds);
            assertEquals(3, arriving.header().count());
            assertEquals(2, arriving.descriptors());
            List<CarriedConnection> decoded = TransferLayout.decoded(successor.payload(arriving.header()), fds, 2)
                    .orElseThrow();
            assertEquals(List.of(state(0), state(1)), decoded.stream().map(CarriedConnection::state).toList());
            successor.send(TransferLayout.ROOM, 2, 1, new byte[0]);
            assertEquals(2, successor.expect(TransferLayout.END).count());
            offering.join();
            // The others wait for the end of this process.
            assertFalse(offer.release());
            successor.expect(TransferLayout.RELEASE);
            decoded.forEach(connection -> Descriptors.close(connection.fd()));
        }
        offer.close();
        Descriptors.close(listening);
        // The other three are still here.
        clients.get(4).getOutputStream().write(7);
        assertTrue((Sockets.poll(open.get(4).fd(), Sockets.POLLIN, 20_000) & Sockets.POLLIN) != 0);
    }

    /** How many descriptors this process has of one socket, named as /proc/self/fd does. */
    private static long descriptorsOf(Path socket) throws IOException {
        try (Stream<Path> descriptors = Files.list(Path.of("/proc/self/fd"))) {
            return descriptors.filter(fd -> {
                try {
                    return Files.readSymbolicLink(fd).equals(socket);
                } catch (IOException e) {
                    // Closed since the directory was read.
                    return false;
                }
            }).count();
        }
    }

    private List<String> transferSockets() throws IOException {
        try (Stream<Path> files = Files.list(dir)) {
            return files.map(file -> file.getFileName().toString()).filter(name -> name.endsWith(".connections"))
                    .toList();
        }
    }
}
