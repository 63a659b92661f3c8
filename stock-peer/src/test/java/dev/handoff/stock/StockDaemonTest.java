package dev.handoff.stock;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assertions.fail;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;

import dev.handoff.codec.Decoded;
import dev.handoff.codec.FrameEncoder;
import dev.handoff.codec.HandoffId;
import dev.handoff.codec.Message;
import dev.handoff.codec.ShardRevisions;
import dev.handoff.posix.Descriptors;
import dev.handoff.posix.Errno;
import dev.handoff.posix.ExitStatus;
import dev.handoff.posix.InetSockets;
import dev.handoff.posix.ProcLocks;
import dev.handoff.posix.Processes;
import dev.handoff.posix.Signals;
import dev.handoff.posix.Sockets;
import dev.handoff.posix.UnixSockets;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Real processes, handed over by the stock supervisor. */
class StockDaemonTest {

    private static final long LIMIT_SECONDS = 60;
    private static final HandoffId ID = HandoffId.parse("00000000-0000-4000-8000-000000000001");

    @TempDir
    private Path directory;
    private Path trace;
    private Path control;
    private int listener;
    private int port;
    private final List<Integer> pids = new ArrayList<>();
    private int scripts;

    @BeforeEach
    void listen() {
        trace = directory.resolve("trace");
        control = directory.resolve("control.sock");
        listener = InetSockets.listen(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 128);
        port = InetSockets.localPort(listener);
    }

    @AfterEach
    void end() {
        for (int pid : pids) {
            Processes.kill(pid, Signals.SIGKILL);
            Processes.waitFor(pid, false);
        }
        Descriptors.close(listener);
    }

    @Test
    void handoffsUnderLoadLoseNoAcknowledgedWriteAndFailNoRequest() throws Exception {
        int first = startCold();
        AtomicBoolean stop = new AtomicBoolean();
        Queue<String> acknowledged = new ConcurrentLinkedQueue<>();
        Queue<String> failures = new ConcurrentLinkedQueue<>();
        List<Thread> clients = new ArrayList<>();
        for (int c = 0; c < 3; c++) {
            String name = "client" + c;
            clients.add(Thread.ofPlatform().start(() -> {
                for (int i = 0; !stop.get(); i++) {
                    String text = name + "-" + i;
                    try {
                        String reply = request("APPEND " + text);
                        (reply.startsWith("OK ") ? acknowledged : failures).add(reply.substring(3) + " " + text);
                    } catch (IOException e) {
                        failures.add(text + ": " + e);
                    }
                }
            }));
        }
        int incumbent = first;
        for (int i = 0; i < 2; i++) {
            StockSupervisor.Outcome.Committed committed = assertInstanceOf(StockSupervisor.Outcome.Committed.class,
                    handOff(10_000));
            assertEquals(new ExitStatus.Exited(0), end(incumbent));
            incumbent = committed.successorPid();
            pids.add(incumbent);
            awaitTrace(incumbent + " serving");
        }
        int before = acknowledged.size();
        await(() -> acknowledged.size() > before);
        stop.set(true);
        for (Thread client : clients) {
            client.join();
        }

        assertEquals(List.of(), List.copyOf(failures));
        List<String> onDisk = Files.readAllLines(directory.resolve("data").resolve(StockLog.FILE));
        assertTrue(onDisk.containsAll(acknowledged), "an acknowledged write is not on disk");
        assertEquals(acknowledged.size(), onDisk.size());
        assertEquals(Integer.toString(incumbent), request("PID"));
        assertEquals(Integer.toString(onDisk.size()), request("COUNT"));
    }

    @Test
    void aFailedSealLeavesTheIncumbentServing() throws Exception {
        int pid = startCold("--fail-seal", "1");
        request("APPEND a");
        StockSupervisor.Outcome.RolledBack rolledBack = assertInstanceOf(StockSupervisor.Outcome.RolledBack.class,
                handOff(10_000));
        assertEquals("seal failed: the seal was told to fail", rolledBack.reason());
        awaitTrace(pid + " resumed 1");
        assertEquals("OK 2", request("APPEND b"));
        assertInstanceOf(StockSupervisor.Outcome.Committed.class, committed(handOff(10_000)));
    }

    @Test
    void aFailedDrainLeavesTheIncumbentDeaf() throws Exception {
        int pid = startCold("--fail-drain", "1");
        assertInstanceOf(StockSupervisor.Outcome.BrokenOff.class, handOff(10_000));
        awaitTrace(pid + " session closed: the drain failed: the drain was told to fail");
        assertEquals(pid, ProcLocks.holderOf(directory.resolve("data").resolve(StockLock.LOCK_FILE)));
        assertFalse(Files.readString(trace).contains(" resume"));
        try (Socket client = new Socket(InetAddress.getLoopbackAddress(), port)) {
            client.getOutputStream().write("PID\n".getBytes(StandardCharsets.US_ASCII));
            client.setSoTimeout(300);
            assertThrows(SocketTimeoutException.class, () -> client.getInputStream().read());
        }
    }

    @Test
    void aSuccessorThatDiesAfterBeginIsRolledBack() throws Exception {
        int pid = startCold();
        request("APPEND a");
        assertInstanceOf(StockSupervisor.Outcome.RolledBack.class,
                handOff(10_000, "--exit-at", StockPoint.SUCCESSOR_AFTER_LOCK.argument()));
        awaitTrace(pid + " resumed 1");
        assertEquals("OK 2", request("APPEND b"));
    }

    @Test
    void aSuccessorThatServedButSentNoReadyIsRolledBackAndItsWritesAreKept() throws Exception {
        int pid = startCold();
        Thread client = Thread.ofPlatform().start(() -> {
            awaitTrace("hangs at " + StockPoint.SUCCESSOR_BEFORE_READY.argument());
            try {
                assertEquals("OK 1", request("APPEND by the successor"));
            } catch (IOException e) {
                throw new AssertionError(e);
            }
        });
        assertInstanceOf(StockSupervisor.Outcome.RolledBack.class,
                handOff(6_000, "--hang-at", StockPoint.SUCCESSOR_BEFORE_READY.argument()));
        client.join();
        awaitTrace(pid + " resumed 1");
        assertEquals("by the successor", request("GET 1"));
        assertEquals(Integer.toString(pid), request("PID"));
    }

    @Test
    void anIncumbentThatDiesInItsSealCostsTheSuccessorToo() throws Exception {
        int pid = startCold("--exit-at", StockPoint.INCUMBENT_IN_SEAL.argument());
        assertInstanceOf(StockSupervisor.Outcome.BrokenOff.class, handOff(10_000));
        assertEquals(new ExitStatus.Exited(StockDaemon.EXIT_AT_POINT), end(pid));
    }

    @Test
    void badReadysAreSaidAsTheyAre() throws Exception {
        startCold();
        request("APPEND a");
        request("APPEND b");
        StockSupervisor.Outcome.Committed committed = committed(
                handOff(10_000, "--unhealthy", "--revisions-behind", "1"));
        assertFalse(committed.ready().healthzOk());
        assertEquals(ShardRevisions.of(1), committed.ready().advertisedRevisionPerShard());
    }

    @Test
    void aReadyWithAnotherIdIsRolledBack() throws Exception {
        int pid = startCold();
        assertInstanceOf(StockSupervisor.Outcome.RolledBack.class, handOff(10_000, "--wrong-id"));
        awaitTrace(pid + " resumed 0");
    }

    @Test
    void aSealedIncumbentWhoseSupervisorVanishesResumes() throws Exception {
        int pid = startCold();
        try (Raw supervisor = new Raw(control)) {
            supervisor.seal();
            assertEquals(0, ProcLocks.holderOf(directory.resolve("data").resolve(StockLock.LOCK_FILE)));
            assertEquals("ERR sealed", supervisor.appendOnTheOldConnection());
        }
        awaitTrace(pid + " resumed 0");
        assertEquals("OK 1", request("APPEND a"));
    }

    @Test
    void aSealedIncumbentThatCannotHaveTheLockExits() throws Exception {
        int pid = startCold();
        StockLock taken = new StockLock(directory.resolve("data"));
        try (Raw supervisor = new Raw(control)) {
            supervisor.seal();
            assertEquals(LockOutcome.TAKEN, taken.take());
        }
        assertEquals(new ExitStatus.Exited(1), end(pid));
        taken.release();
    }

    @Test
    void aHookReadsNothingAndAnswersBeforeItReadsOn() throws Exception {
        startCold("--drain-ms", "300");
        try (Raw supervisor = new Raw(control)) {
            supervisor.handshake();
            supervisor.write(new Message.PrepareHandoff(ID, 1, 10_000, 10_000));
            awaitTrace(" drain");
            supervisor.write(new Message.Heartbeat(1));
            assertTrue(Sockets.bytesUnsent(supervisor.fd) > 0, "the fence is still unread");
            assertInstanceOf(Message.Drained.class, supervisor.read());
            assertInstanceOf(Message.Heartbeat.class, supervisor.read());
            assertEquals(0, Sockets.bytesUnsent(supervisor.fd));
        }
    }

    @Test
    void aLongHookIsAccompaniedByHeartbeats() throws Exception {
        startCold("--seal-ms", "4500");
        try (Raw supervisor = new Raw(control)) {
            supervisor.handshake();
            supervisor.write(new Message.PrepareHandoff(ID, 1, 10_000, 10_000));
            assertInstanceOf(Message.Drained.class, supervisor.read());
            supervisor.write(new Message.SealRequest(ID));
            Message.Heartbeat first = assertInstanceOf(Message.Heartbeat.class, supervisor.read());
            Message.Heartbeat second = assertInstanceOf(Message.Heartbeat.class, supervisor.read());
            assertTrue(second.tsMs() - first.tsMs() >= 2_000);
            assertInstanceOf(Message.SealComplete.class, supervisor.read());
        }
    }

    @Test
    void listenersOfAnotherPidAreIgnored() throws Exception {
        StockSupervisor.Plan plan = plan(10_000);
        Map<String, String> environment = new HashMap<>(plan.environment());
        environment.put("LISTEN_PID", "1");
        int pid = StockSupervisor.startCold(new StockSupervisor.Plan(control, plan.binary(), List.of(), environment,
                plan.listenerNames(), plan.listeners(), 1, 1, 1));
        pids.add(pid);
        awaitTrace(pid + " listeners 0");
    }

    @Test
    void aSecondColdStartFindsTheLockHeld() throws Exception {
        startCold();
        int second = StockSupervisor.startCold(plan(10_000));
        pids.add(second);
        assertEquals(new ExitStatus.Exited(1), end(second));
        awaitTrace(second + " exit 1: the lock could not be taken: HELD");
    }

    @Test
    void aDrainThatTakesTooLongBreaksTheHandoffOff() throws Exception {
        startCold("--hang-at", StockPoint.INCUMBENT_IN_DRAIN.argument());
        assertInstanceOf(StockSupervisor.Outcome.BrokenOff.class,
                StockSupervisor.performHandoff(plan(1_000, 200)), "no Drained in time");
    }

    private int startCold(String... arguments) throws IOException {
        int pid = StockSupervisor.startCold(plan(1, arguments));
        pids.add(pid);
        awaitTrace(pid + " serving");
        return pid;
    }

    private StockSupervisor.Outcome handOff(long deadlineMs, String... arguments) throws IOException {
        return StockSupervisor.performHandoff(plan(deadlineMs, arguments));
    }

    private StockSupervisor.Outcome.Committed committed(StockSupervisor.Outcome outcome) {
        StockSupervisor.Outcome.Committed committed = assertInstanceOf(StockSupervisor.Outcome.Committed.class,
                outcome);
        pids.add(committed.successorPid());
        return committed;
    }

    private StockSupervisor.Plan plan(long deadlineMs, String... arguments) throws IOException {
        return plan(deadlineMs, deadlineMs, arguments);
    }

    private StockSupervisor.Plan plan(long deadlineMs, long drainGraceMs, String... arguments) throws IOException {
        List<String> all = new ArrayList<>(List.of("--data-dir", directory.resolve("data").toString(),
                "--control-socket", control.toString(), "--trace", trace.toString()));
        all.addAll(List.of(arguments));
        Path script = StockLauncher.write(directory.resolve("stock" + scripts++), all);
        return new StockSupervisor.Plan(control, script, List.of(), Map.of("PATH", "/usr/bin:/bin"), List.of("log"),
                List.of(listener), 60_000, deadlineMs, drainGraceMs);
    }

    private ExitStatus end(int pid) {
        int pidfd = Processes.pidfdOpen(pid);
        assertEquals(Sockets.POLLIN,
                Sockets.poll(pidfd, Sockets.POLLIN, (int) TimeUnit.SECONDS.toMillis(LIMIT_SECONDS)),
                "process " + pid + " did not end");
        Descriptors.close(pidfd);
        pids.removeIf(running -> running == pid);
        return Processes.waitFor(pid, false);
    }

    private String request(String line) throws IOException {
        try (Socket client = new Socket(InetAddress.getLoopbackAddress(), port)) {
            client.getOutputStream().write((line + "\n").getBytes(StandardCharsets.ISO_8859_1));
            String reply = new BufferedReader(
                    new InputStreamReader(client.getInputStream(), StandardCharsets.ISO_8859_1)).readLine();
            if (reply == null) {
                throw new IOException("no reply");
            }
            return reply;
        }
    }

    private void awaitTrace(String event) {
        await(() -> {
            try {
                return Files.exists(trace) && Files.readString(trace).contains(event);
            } catch (IOException e) {
                throw new AssertionError(e);
            }
        });
    }

    private static void await(BooleanSupplier condition) {
        long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(LIMIT_SECONDS);
        while (!condition.getAsBoolean()) {
            if (System.nanoTime() > end) {
                fail("waited for " + LIMIT_SECONDS + " s in vain");
            }
            LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(2));
        }
    }

    /** A supervisor led step by step. */
    private final class Raw implements AutoCloseable {
        private final int fd;
        private final ControlStream stream;
        private final FrameReader reader = new FrameReader();
        private Socket client;

        Raw(Path control) {
            fd = UnixSockets.connect(control);
            assertTrue(fd >= 0, () -> Errno.message(fd));
            stream = new ControlStream(fd);
        }

        void handshake() {
            assertInstanceOf(Message.Hello.class, read());
            write(new Message.HelloAck(1, ID));
        }

        /** With a client connected beforehand, which the drain leaves alone when its grace ends. */
        void seal() throws IOException {
            client = new Socket(InetAddress.getLoopbackAddress(), port);
            client.getOutputStream().write("COUNT\n".getBytes(StandardCharsets.US_ASCII));
            assertEquals('0', client.getInputStream().read());
            assertEquals('\n', client.getInputStream().read());
            handshake();
            write(new Message.PrepareHandoff(ID, 1, 10_000, 50));
            assertEquals(new Message.Drained(1, true), read());
            write(new Message.SealRequest(ID));
            assertInstanceOf(Message.SealComplete.class, read());
        }

        String appendOnTheOldConnection() throws IOException {
            client.getOutputStream().write("APPEND x\n".getBytes(StandardCharsets.US_ASCII));
            return new BufferedReader(new InputStreamReader(client.getInputStream(), StandardCharsets.US_ASCII))
                    .readLine();
        }

        void write(Message message) {
            assertTrue(stream.write(new FrameEncoder().encode(message)));
        }

        Message read() {
            while (true) {
                int count = stream.read(reader.bytesWanted(), (int) TimeUnit.SECONDS.toMillis(LIMIT_SECONDS));
                assertTrue(count > 0, "the incumbent left or is silent");
                if (reader.take(stream.bytes(), count) instanceof Decoded.Frame frame) {
                    return frame.message();
                }
            }
        }

        @Override
        public void close() throws IOException {
            stream.close();
            if (client != null) {
                client.close();
            }
        }
    }
}
