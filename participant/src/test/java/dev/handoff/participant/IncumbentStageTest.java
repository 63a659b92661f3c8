package dev.handoff.participant;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

import dev.handoff.codec.BuildId;
import dev.handoff.codec.Fingerprint;
import dev.handoff.codec.HandoffId;
import dev.handoff.codec.Message;
import dev.handoff.codec.ShardRevisions;
import dev.handoff.posix.Descriptors;
import dev.handoff.posix.UnixSockets;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The blocking face on real sockets, a real lock and real threads, in one process. */
@Timeout(60)
class IncumbentStageTest {

    private static final HandoffId A = HandoffId.parse("aaaaaaaa-aaaa-aaaa-aaaa-aaaaaaaaaaaa");
    private static final HandoffId B = HandoffId.parse("bbbbbbbb-bbbb-bbbb-bbbb-bbbbbbbbbbbb");
    private static final SealResult SEALED = new SealResult.Sealed(ShardRevisions.of(4),
            Fingerprint.of(new byte[Fingerprint.BYTES]));

    @TempDir
    Path dir;

    private final Hooks hooks = new Hooks();
    private final CompletableFuture<Served> served = new CompletableFuture<>();
    private Path control;
    private IncumbentStage stage;

    /** Each hook says that it runs and waits for its outcome. */
    private static final class Hooks implements Drainable {
        private final BlockingQueue<String> begun = new ArrayBlockingQueue<>(16);
        private final BlockingQueue<Object> outcomes = new ArrayBlockingQueue<>(16);
        private volatile DrainDeadline deadline;

        @Override
        public DrainReport drain(DrainDeadline until) throws Exception {
            deadline = until;
            return (DrainReport) outcome("drain");
        }

        @Override
        public SealResult seal(SealProgress progress) throws Exception {
            progress.sealed(1, 2, 3);
            return (SealResult) outcome("seal");
        }

        @Override
        public void resumeAfterAbort(AbortedAt at) throws Exception {
            outcome("resume " + at);
        }

        private Object outcome(String name) throws Exception {
            begun.add(name);
            Object outcome = outcomes.take();
            if (outcome instanceof Exception failure) {
                throw failure;
            }
            return outcome;
        }

        void end(String name, Object outcome) throws InterruptedException {
            assertEquals(name, begun.poll(20, TimeUnit.SECONDS));
            outcomes.add(outcome);
        }
    }

    @BeforeEach
    void serve() throws Exception {
        // Deeper than the 107 bytes that sockaddr_un holds.
        control = Files.createDirectories(dir.resolve("d".repeat(80)).resolve("e".repeat(60))).resolve("sock");
        stage = coldStart(Map.of());
        Thread.ofPlatform().daemon().start(() -> {
            try {
                served.complete(stage.serve(hooks));
            } catch (ParticipantEndedException | RuntimeException e) {
                served.completeExceptionally(e);
            }
        });
    }

    @AfterEach
    void stop() throws Exception {
        stage.stop();
        served.get(20, TimeUnit.SECONDS);
        stage.close();
    }

    private IncumbentStage coldStart(Map<String, String> variables) throws ParticipantEndedException {
        return assertInstanceOf(ColdStart.class, Participant.start(config(), variables)).takeLock().ready(List.of("x"),
                ShardRevisions.of(0));
    }

    private ParticipantConfig config() {
        return ParticipantConfig.of(dir, control, BuildId.parse("01"));
    }

    private TestSupervisor drained() throws InterruptedException {
        TestSupervisor supervisor = TestSupervisor.greeted(control, A);
        supervisor.send(new Message.PrepareHandoff(A, 1, 60_000, 20_000));
        hooks.end("drain", new DrainReport(3, true));
        assertEquals(new Message.Drained(3, true), supervisor.expect(Message.Drained.class));
        return supervisor;
    }

    private TestSupervisor sealed() throws InterruptedException {
        TestSupervisor supervisor = drained();
        supervisor.send(new Message.SealRequest(A));
        hooks.end("seal", SEALED);
        supervisor.expect(Message.SealProgress.class);
        supervisor.expect(Message.SealComplete.class);
        return supervisor;
    }

    @Test
    void releasesTheLockBeforeItSaysSoAndEndsWithTheCommit() throws Exception {
        try (TestSupervisor supervisor = sealed()) {
            DataDirLock.Taken successor = assertInstanceOf(DataDirLock.Taken.class, DataDirLock.take(dir));
            supervisor.send(new Message.Commit(A));
            supervisor.expectClosed();
            assertEquals(new Served.Committed(A), served.get(20, TimeUnit.SECONDS));
            successor.lock().release();
        }
    }

    @Test
    void answersWhileAHookRunsAndRunsNoneTwice() throws Exception {
        try (TestSupervisor supervisor = drained()) {
            supervisor.send(new Message.SealRequest(A));
            assertEquals("seal", hooks.begun.poll(20, TimeUnit.SECONDS));
            supervisor.expect(Message.SealProgress.class);
            supervisor.send(new Message.SealRequest(A));
            supervisor.send(new Message.PrepareHandoff(A, 1, 60_000, 20_000));
            // The answer to the second request comes while the seal still runs.
            supervisor.expect(Message.Drained.class);
            hooks.outcomes.add(SEALED);
            Message.SealComplete first = supervisor.expect(Message.SealComplete.class);
            supervisor.send(new Message.SealRequest(A));
            assertEquals(first, supervisor.expect(Message.SealComplete.class));
            assertTrue(hooks.begun.isEmpty());
        }
        hooks.end("resume SEALED", "");
    }

    @Test
    void acceptsAgainWhenTheSupervisorDiesAfterTheDrain() throws Exception {
        drained().close();
        hooks.end("resume DRAINED", "");
        try (TestSupervisor next = TestSupervisor.greeted(control, B)) {
            next.send(new Message.Heartbeat(77));
            assertEquals(new Message.Heartbeat(77), next.expect(Message.Heartbeat.class));
        }
    }

    @Test
    void resumesWhenTheSupervisorDiesAfterTheSealAndTheLockIsFree() throws Exception {
        sealed().close();
        hooks.end("resume SEALED", "");
        TestSupervisor.greeted(control, B).close();
        assertInstanceOf(DataDirLock.HeldBy.class, DataDirLock.take(dir));
    }

    @Test
    void resumesWhenTheLockBecomesFreeWithinTwoSeconds() throws Exception {
        TestSupervisor supervisor = sealed();
        DataDirLock.Taken other = assertInstanceOf(DataDirLock.Taken.class, DataDirLock.take(dir));
        supervisor.send(new Message.ResumeAfterAbort(A));
        supervisor.close();
        other.lock().release();
        hooks.end("resume SEALED", "");
        TestSupervisor.greeted(control, B).close();
    }

    @Test
    void givesUpWhenTheSupervisorDiesAfterTheSealAndAnotherHoldsTheLock() throws Exception {
        TestSupervisor supervisor = sealed();
        DataDirLock.Taken other = assertInstanceOf(DataDirLock.Taken.class, DataDirLock.take(dir));
        supervisor.close();
        Served.GaveUp end = assertInstanceOf(Served.GaveUp.class, served.get(20, TimeUnit.SECONDS));
        assertEquals(1, end.exitCode());
        assertTrue(end.reason().contains("held by pid "), end.reason());
        other.lock().release();
    }

    @Test
    void resumesRightAfterSealFailed() throws Exception {
        try (TestSupervisor supervisor = drained()) {
            supervisor.send(new Message.SealRequest(A));
            hooks.end("seal", new IOException("disk full"));
            assertTrue(supervisor.expect(Message.SealProgress.class).shardsTotal() == 2);
            assertTrue(supervisor.expect(Message.SealFailed.class).error().contains("disk full"));
            hooks.end("resume DRAINED", "");
            assertInstanceOf(DataDirLock.HeldBy.class, DataDirLock.take(dir));
        }
    }

    @Test
    void refusesCommitBeforeTheSealAndServesOn() throws Exception {
        try (TestSupervisor supervisor = drained()) {
            supervisor.send(new Message.Commit(A));
            supervisor.expectClosed();
            hooks.end("resume DRAINED", "");
            TestSupervisor.greeted(control, B).close();
        }
    }

    @Test
    void tellsTheDrainThatItWasAborted() throws Exception {
        try (TestSupervisor supervisor = TestSupervisor.greeted(control, A)) {
            supervisor.send(new Message.PrepareHandoff(A, 1, 60_000, 20_000));
            assertEquals("drain", hooks.begun.poll(20, TimeUnit.SECONDS));
            assertFalse(hooks.deadline.passed());
            supervisor.send(new Message.Abort(A, "enough"));
            while (!hooks.deadline.aborted()) {
                Thread.onSpinWait();
            }
            assertEquals(0, hooks.deadline.remainingMs());
            hooks.outcomes.add(new DrainReport(0, true));
            hooks.end("resume DRAINED", "");
        }
    }

    @Test
    void anIdlePeerIsDroppedAndTheNextOneServed() throws Exception {
        try (TestSupervisor idle = TestSupervisor.connect(control);
                TestSupervisor next = TestSupervisor.connect(control)) {
            idle.expect(Message.Hello.class);
            idle.expectClosed();
            next.greet(B);
            next.send(new Message.Heartbeat(1));
            next.expect(Message.Heartbeat.class);
        }
    }

    @Test
    void bytesThatAreNoFrameEndTheSessionOnly() throws Exception {
        try (TestSupervisor supervisor = TestSupervisor.connect(control)) {
            supervisor.expect(Message.Hello.class);
            supervisor.sendBytes(new byte[]{1, 0, 0, 0, 9});
            supervisor.expectClosed();
        }
        TestSupervisor.greeted(control, B).close();
    }

    @Test
    void bringsBackAControlPathThatWasRemoved() throws Exception {
        Files.delete(control);
        while (!Files.exists(control)) {
            Thread.onSpinWait();
        }
        TestSupervisor.greeted(control, B).close();
    }

    @Test
    void stopLeavesNoControlSocketAndNoLock() throws Exception {
        stage.stop();
        assertEquals(new Served.Stopped(), served.get(20, TimeUnit.SECONDS));
        stage.close();
        assertFalse(Files.exists(control));
        assertInstanceOf(DataDirLock.Taken.class, DataDirLock.take(dir)).lock().release();
    }

    // ---- the successor

    private record Channel(TestSupervisor supervisor, int fd) {
        static Channel open() {
            long pair = UnixSockets.socketPair();
            return new Channel(new TestSupervisor(Descriptors.low(pair)), Descriptors.high(pair));
        }

        Map<String, String> variables() {
            return Map.of("HANDOFF_ROLE", "successor", "HANDOFF_SOCK_FD", Integer.toString(fd), "HANDOFF_HEARTBEAT_MS",
                    "20");
        }
    }

    @Test
    void successorIsToldHowLongItMayWarmUp() throws Exception {
        Map<String, String> variables = new HashMap<>(Channel.open().variables());
        variables.put("HANDOFF_HELLO_MS", "86400000");
        SuccessorStart told = assertInstanceOf(SuccessorStart.class, Participant.start(config(), variables));
        assertTrue(told.helloRemainingMs() > 80_000_000 && told.helloRemainingMs() <= 86_400_000);
        variables.put("HANDOFF_HELLO_MS", "1");
        SuccessorStart late = assertInstanceOf(SuccessorStart.class, Participant.start(config(), variables));
        assertEquals(0, late.helloRemainingMs());
        variables.remove("HANDOFF_HELLO_MS");
        SuccessorStart stock = assertInstanceOf(SuccessorStart.class, Participant.start(config(), variables));
        assertTrue(stock.helloRemainingMs() <= SuccessorStart.STOCK_HELLO_MS);
    }

    @Test
    void successorIsAbandonedWhileItWarmsUp() throws Exception {
        Channel channel = Channel.open();
        CompletableFuture<ParticipantEndedException> abandoned = new CompletableFuture<>();
        channel.supervisor().send(new Message.HelloAck(1, A));
        AwaitingBegin warming = assertInstanceOf(SuccessorStart.class,
                Participant.start(config().withOnAbandoned(abandoned::complete), channel.variables())).handshake();
        assertEquals(A, warming.handoffId());
        assertTrue(channel.supervisor().expect(Message.Hello.class).capabilities().heartbeats());
        // It keeps the heartbeat while the daemon's own thread is busy here.
        channel.supervisor().expect(Message.Heartbeat.class);
        channel.supervisor().expect(Message.Heartbeat.class);
        channel.supervisor().close();
        assertEquals(1, abandoned.get(20, TimeUnit.SECONDS).exitCode());
        assertThrows(ParticipantEndedException.class, warming::begin);
    }

    @Test
    void successorExitsWhenTheLockIsHeldAtBegin() throws Exception {
        Channel channel = Channel.open();
        channel.supervisor().send(new Message.HelloAck(1, A));
        channel.supervisor().send(new Message.Begin(A));
        AwaitingBegin warming = assertInstanceOf(SuccessorStart.class, Participant.start(
                config().withOnAbandoned(reason -> {}), channel.variables())).handshake();
        ParticipantEndedException end = assertThrows(ParticipantEndedException.class, warming::begin);
        assertTrue(end.getMessage().contains("held by pid "), end.getMessage());
        channel.supervisor().expect(Message.Hello.class);
        channel.supervisor().expectClosed();
    }

    @Test
    void successorWhoseControlSocketCannotBeBoundSendsNoReady() throws Exception {
        try (TestSupervisor supervisor = sealed()) {
            Channel channel = Channel.open();
            channel.supervisor().send(new Message.HelloAck(1, A));
            channel.supervisor().send(new Message.Begin(A));
            Taken taken = Participant.start(ParticipantConfig.of(dir, dir.resolve("none/sock"), BuildId.EMPTY),
                    channel.variables()).take();
            assertThrows(ParticipantEndedException.class, () -> taken.ready(List.of(), ShardRevisions.of(4)));
            channel.supervisor().expect(Message.Hello.class);
            channel.supervisor().expectClosed();
            // It has let go of the lock, so the incumbent takes over again.
            supervisor.send(new Message.ResumeAfterAbort(A));
            hooks.end("resume SEALED", "");
        }
    }

    @RepeatedTest(20)
    void successorThatIsUnfitSaysSoAndIsRolledBack() throws Exception {
        CompletableFuture<ParticipantEndedException> abandoned = new CompletableFuture<>();
        try (TestSupervisor supervisor = sealed()) {
            Channel channel = Channel.open();
            channel.supervisor().send(new Message.HelloAck(1, A));
            channel.supervisor().send(new Message.Begin(A));
            Taken taken = Participant
                    .start(config().withOnAbandoned(abandoned::complete), channel.variables()).take();
            CompletableFuture<ParticipantEndedException> end = CompletableFuture.supplyAsync(() -> assertThrows(
                    ParticipantEndedException.class, () -> taken.unhealthy(List.of(), ShardRevisions.of(4))));
            assertFalse(channel.supervisor().expectAfterHello(Message.Ready.class).healthzOk());
            channel.supervisor().send(new Message.Abort(A, "unfit"));
            assertTrue(end.get(20, TimeUnit.SECONDS).getMessage().contains("unfit"));
            assertFalse(abandoned.isDone(), "it waits, and so hears of it by the exception alone");
            supervisor.send(new Message.ResumeAfterAbort(A));
            hooks.end("resume SEALED", "");
        }
    }
}
