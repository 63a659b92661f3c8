package dev.handoff.participant;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;

import dev.handoff.codec.BuildId;
import dev.handoff.codec.HandoffId;
import dev.handoff.codec.Message;
import dev.handoff.codec.ShardRevisions;
import dev.handoff.codec.Side;
import dev.handoff.participant.sample.CounterDaemon;
import dev.handoff.posix.Descriptors;
import dev.handoff.posix.InetSockets;
import dev.handoff.posix.UnixSockets;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The sample daemon of the README in real processes: two generations, one listener, a supervisor on real sockets. */
class CounterHandoffTest {

    @TempDir
    Path dir;

    private final List<DaemonProcess> daemons = new ArrayList<>();
    private int listener;
    private int port;
    private Path control;

    @BeforeEach
    void listen() {
        listener = InetSockets.listen(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 64);
        assertTrue(listener >= 0);
        port = InetSockets.localPort(listener);
        control = dir.resolve("sock");
    }

    @AfterEach
    void stop() {
        daemons.forEach(DaemonProcess::close);
        Descriptors.close(listener);
    }

    @Test
    void countsOnInTheNextGeneration() throws Exception {
        DaemonProcess first = coldStart();
        assertEquals("rw-------", PosixFilePermissions.toString(Files.getPosixFilePermissions(control)));

        HandoffId id = HandoffId.of(UUID.randomUUID());
        try (TestSupervisor incumbent = TestSupervisor.connect(control)) {
            Message.Hello hello = incumbent.greet(id);
            assertEquals(first.pid(), hello.pid());
            assertEquals(Side.INCUMBENT, hello.role());
            assertEquals(BuildId.parse("01"), hello.buildId());
            assertTrue(hello.capabilities().idempotent());

            try (Successor successor = spawnSuccessor("02", Map.of())) {
                assertEquals(Side.SUCCESSOR, successor.channel().greet(id).role());
                incumbent.send(new Message.PrepareHandoff(id, successor.process().pid(), 60_000, 20_000));
                assertEquals(new Message.Drained(0, true), incumbent.expect(Message.Drained.class));
                incumbent.send(new Message.SealRequest(id));
                assertEquals(ShardRevisions.of(1),
                        incumbent.expect(Message.SealComplete.class).lastRevisionPerShard());
                successor.channel().send(new Message.Begin(id));
                Message.Ready ready = successor.channel().expect(Message.Ready.class);
                assertTrue(ready.healthzOk());
                assertEquals(ShardRevisions.of(1), ready.advertisedRevisionPerShard());
                incumbent.send(new Message.Commit(id));
                // From here on the control path never refuses; a connection that the old one takes with it is closed.
                Message greeting = null;
                while (greeting == null) {
                    try (TestSupervisor early = TestSupervisor.connect(control)) {
                        greeting = early.next();
                    }
                }
                assertEquals(successor.process().pid(), ((Message.Hello) greeting).pid());
                first.expectExit(0);
                assertEquals("2", ask());
                try (TestSupervisor next = TestSupervisor.connect(control)) {
                    assertEquals(BuildId.parse("02"), next.expect(Message.Hello.class).buildId());
                }
            }
        }
    }

    @Test
    void servesOnWhenTheSuccessorDiesAfterBegin() throws Exception {
        coldStart();
        HandoffId id = HandoffId.of(UUID.randomUUID());
        try (TestSupervisor incumbent = TestSupervisor.greeted(control, id);
                Successor successor = spawnSuccessor("02", Map.of())) {
            successor.channel().greet(id);
            incumbent.send(new Message.PrepareHandoff(id, successor.process().pid(), 60_000, 20_000));
            incumbent.expect(Message.Drained.class);
            incumbent.send(new Message.SealRequest(id));
            incumbent.expect(Message.SealComplete.class);
            successor.channel().send(new Message.Begin(id));
            successor.channel().expect(Message.Ready.class);
            // It serves by now, and its socket has the control path.
            assertEquals("2", ask());
            successor.process().kill();
            incumbent.send(new Message.ResumeAfterAbort(id));
            assertEquals("3", ask());

            // The session is kept for the next handoff, and the control path leads to this daemon again.
            HandoffId next = HandoffId.of(UUID.randomUUID());
            incumbent.send(new Message.PrepareHandoff(next, 1, 60_000, 20_000));
            incumbent.expect(Message.Drained.class);
            incumbent.send(new Message.Abort(next, "enough"));
            assertEquals("4", ask());
        }
        try (TestSupervisor again = TestSupervisor.connect(control)) {
            assertEquals(BuildId.parse("01"), again.expect(Message.Hello.class).buildId());
        }
    }

    @Test
    void successorExitsWhenItsSupervisorIsGone() throws Exception {
        coldStart();
        Successor successor = spawnSuccessor("02", Map.of());
        successor.channel().greet(HandoffId.of(UUID.randomUUID()));
        successor.channel().close();
        successor.process().expectExit(1);
        assertEquals("2", ask());
    }

    @Test
    void secondColdStartIsToldWhoHoldsTheLock() throws Exception {
        coldStart();
        start("03", Map.of("LISTEN_FDS", "1", "LISTEN_FDNAMES", "main"), List.of(listener)).expectExit(1);
    }

    private record Successor(DaemonProcess process, TestSupervisor channel) implements AutoCloseable {
        @Override
        public void close() {
            channel.close();
        }
    }

    /** Its first answer shows that it serves, and that its control socket is in place. */
    private DaemonProcess coldStart() throws IOException {
        DaemonProcess daemon = start("01", Map.of("LISTEN_FDS", "1", "LISTEN_FDNAMES", "main"), List.of(listener));
        assertEquals("1", ask());
        return daemon;
    }

    private Successor spawnSuccessor(String build, Map<String, String> more) {
        long pair = UnixSockets.socketPair();
        Map<String, String> variables = new HashMap<>(Map.of("LISTEN_FDS", "1", "LISTEN_FDNAMES", "main",
                "HANDOFF_ROLE", "successor", "HANDOFF_SOCK_FD", "4"));
        variables.putAll(more);
        DaemonProcess process = start(build, variables, List.of(listener, Descriptors.high(pair)));
        Descriptors.close(Descriptors.high(pair));
        return new Successor(process, new TestSupervisor(Descriptors.low(pair)));
    }

    private DaemonProcess start(String build, Map<String, String> variables, List<Integer> descriptors) {
        DaemonProcess daemon = DaemonProcess.start(CounterDaemon.class, List.of(dir.toString(), build), variables,
                descriptors);
        daemons.add(daemon);
        return daemon;
    }

    /** One connection, which waits in the listener's queue while nobody accepts. */
    private String ask() throws IOException {
        try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), port)) {
            socket.setSoTimeout(20_000);
            return new BufferedReader(new InputStreamReader(socket.getInputStream(), StandardCharsets.UTF_8))
                    .readLine();
        }
    }
}
