package dev.handoff.systemtest;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.function.Predicate;

import dev.handoff.codec.MessageKind;
import dev.handoff.codec.Side;
import dev.handoff.codec.event.Event;
import dev.handoff.codec.event.Gate;
import dev.handoff.codec.event.Verdict;
import dev.handoff.coordinator.control.ControlReply;
import dev.handoff.coordinator.control.ControlRequest;
import dev.handoff.coordinator.control.SwapOutcome;
import dev.handoff.posix.Processes;
import dev.handoff.posix.Signals;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Our coordinator over daemons on our library, and over one of ours and a stock one, as real processes: the rows of the
 * protocol page's failure table that need no restarted coordinator.
 */
class ParticipantHandoffTest {

    /** Long enough for a loaded machine to start a JVM, short enough to wait for. */
    private static final String SHORT_DEADLINE = "deadline_secs = 4\ndrain_grace_secs = 3\n";

    /** The heartbeat gap, and as much again for a loaded machine; far below every other limit. */
    private static final long HEARTBEAT_GAP_SEEN_NS = 10_000_000_000L;

    @TempDir
    private Path directory;

    @ParameterizedTest
    @CsvSource({"OURS,OURS", "STOCK,OURS", "OURS,STOCK"})
    void swapsAndLosesNothing(Kind incumbent, Kind successor) throws Exception {
        try (Rig rig = Rig.of(directory, incumbent.binary(directory, "first"), "data_dir = \"data\"\n")) {
            int before = rig.awaitServing(0);
            assertEquals("OK 1", rig.line("APPEND one"));
            rig.assertCommitted(rig.swap(successor.binary(directory, "second")));
            assertEquals(Verdict.PASSED, rig.judged(Gate.HEALTH));
            assertEquals(Verdict.PASSED, rig.judged(Gate.REVISION));
            assertEquals(Verdict.PASSED, rig.judged(Gate.LOCK));
            assertEquals("one", rig.line("GET 1"));
            assertEquals("OK 2", rig.line("APPEND two"));
            int after = rig.awaitServing(before);
            assertEquals(Integer.toString(after), rig.line("PID"));
            rig.assertCommitted(rig.swap(incumbent.binary(directory, "third")));
            assertEquals("two", rig.line("GET 2"));
        }
    }

    @Test
    void aSuccessorKnowsWhenHelloIsDueAndStandsBackUntilItSaysIt() throws Exception {
        int processors = Runtime.getRuntime().availableProcessors();
        // Half of it is how long it would stand back by itself.
        try (Rig rig = Rig.ofOurs(directory, "hello_secs = 600\n")) {
            int before = rig.awaitServing(0);
            rig.assertCommitted(rig.swap(Rig.ourBinary(directory, "second")));
            int after = rig.awaitServing(before);
            List<String> said = rig.trace().stream().filter(line -> line.startsWith(after + " ")).toList();
            assertTrue(said.stream().anyMatch(line -> line.matches(".* hello within s: (5\\d\\d|600)")),
                    said.toString());
            assertTrue(said.stream().anyMatch(
                    line -> line.endsWith(" stands back on processors: " + (processors - processors / 2))),
                    said.toString());
            assertTrue(said.stream().anyMatch(line -> line.endsWith(" after hello on processors: " + processors)),
                    said.toString());
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"successor-before-hello", "successor-after-hello"})
    void spendsNoDrainOnASuccessorThatDiesEarly(String point) throws Exception {
        // The drain would take longer than anybody here is willing to wait.
        try (Rig rig = Rig.ofOurs(directory, "drain_grace_secs = 3000\ndeadline_secs = 4000\n", "--drain-ms",
                "3000000")) {
            int before = rig.awaitServing(0);
            ControlReply.SwapEnded swap = rig.swap(Rig.ourBinary(directory, "second", "--exit-at", point));
            rig.assertRolledBackAndServing(swap, before);
            assertTrue(rig.log().events().stream().noneMatch(Rig.sends(MessageKind.SEAL_REQUEST)));
            assertEquals(point.equals("successor-before-hello"),
                    rig.log().events().stream().noneMatch(Rig.sends(MessageKind.PREPARE_HANDOFF)));
        }
    }

    @ParameterizedTest
    @CsvSource({"OURS,OURS,successor-after-begin", "OURS,OURS,successor-before-ready",
        "STOCK,OURS,successor-after-begin", "OURS,STOCK,successor-after-lock", "OURS,STOCK,successor-before-ready"})
    void resumesTheSealedIncumbentWhenTheSuccessorDies(Kind incumbent, Kind successor, String point)
            throws Exception {
        try (Rig rig = Rig.of(directory, incumbent.binary(directory, "first"), "")) {
            int before = rig.awaitServing(0);
            assertEquals("OK 1", rig.line("APPEND one"));
            ControlReply.SwapEnded swap = rig.swap(successor.binary(directory, "second", "--exit-at", point));
            rig.assertRolledBackAndServing(swap, before);
            assertEquals("one", rig.line("GET 1"));
            rig.assertReapedBeforeResume();
            rig.assertCommitted(rig.swap(successor.binary(directory, "third")));
            assertEquals("one", rig.line("GET 1"));
        }
    }

    @Test
    void killsASuccessorThatIsNotReadyByTheDeadline() throws Exception {
        // Its library keeps the heartbeat, so that only the deadline can tell.
        try (Rig rig = Rig.ofOurs(directory, SHORT_DEADLINE)) {
            int before = rig.awaitServing(0);
            ControlReply.SwapEnded swap = rig
                    .swap(Rig.ourBinary(directory, "second", "--hang-at", "successor-after-begin"));
            rig.assertRolledBackAndServing(swap, before);
            assertTrue(swap.reason().orElseThrow().contains("4000 ms"), swap.toString());
            rig.assertReapedBeforeResume();
        }
    }

    @ParameterizedTest
    @CsvSource({"OURS,OURS,--unhealthy", "OURS,OURS,--revisions-behind=1", "STOCK,OURS,--unhealthy",
        "STOCK,OURS,--revisions-behind=1", "OURS,STOCK,--unhealthy", "OURS,STOCK,--revisions-behind=1",
        "OURS,STOCK,--wrong-id"})
    void refusesAReadyThatFailsAGate(Kind incumbent, Kind successor, String fault) throws Exception {
        try (Rig rig = Rig.of(directory, incumbent.binary(directory, "first"), "")) {
            int before = rig.awaitServing(0);
            assertEquals("OK 1", rig.line("APPEND one"));
            ControlReply.SwapEnded swap = rig.swap(successor.binary(directory, "second", fault.split("=")));
            rig.assertRolledBackAndServing(swap, before);
            // The control path may be the dead successor's, or may have been bound anew.
            rig.assertCommitted(rig.swap(successor.binary(directory, "third")));
            assertEquals("one", rig.line("GET 1"));
        }
    }

    @Test
    void refusesASuccessorThatIsReadyWithoutTheLock() throws Exception {
        // The coordinator looks at another directory's lock than the daemon's: nobody holds that one.
        try (Rig rig = Rig.ofOurs(directory, "data_dir = \"elsewhere\"\n")) {
            int before = rig.awaitServing(0);
            ControlReply.SwapEnded swap = rig.swap(Rig.ourBinary(directory, "second"));
            rig.assertRolledBackAndServing(swap, before);
            assertTrue(swap.reason().orElseThrow().contains("lock"), swap.toString());
        }
    }

    @Test
    void keepsTheIncumbentWhenItsSealFails() throws Exception {
        try (Rig rig = Rig.ofOurs(directory, "", "--fail-seal", "1")) {
            int before = rig.awaitServing(0);
            ControlReply.SwapEnded swap = rig.swap(Rig.ourBinary(directory, "second"));
            rig.assertRolledBackAndServing(swap, before);
            assertTrue(swap.reason().orElseThrow().contains("the seal was told to fail"), swap.toString());
            rig.assertCommitted(rig.swap(Rig.ourBinary(directory, "third")));
        }
    }

    @Test
    void servesOnWhenItsDrainFails() throws Exception {
        try (Rig rig = Rig.ofOurs(directory, "", "--fail-drain", "1")) {
            int before = rig.awaitServing(0);
            ControlReply.SwapEnded swap = rig.swap(Rig.ourBinary(directory, "second"));
            rig.assertRolledBackAndServing(swap, before);
            rig.assertCommitted(rig.swap(Rig.ourBinary(directory, "third")));
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"incumbent-in-drain", "incumbent-in-seal"})
    void goesForwardWhenTheIncumbentDiesInAHook(String point) throws Exception {
        try (Rig rig = Rig.ofOurs(directory, "", "--exit-at", point)) {
            assertGoesForward(rig, Verdict.NOT_APPLICABLE);
        }
    }

    @Test
    void goesForwardWhenTheIncumbentDiesBetweenDrainAndSeal() throws Exception {
        try (Rig rig = Rig.ofOurs(directory, "")) {
            signalIncumbentAt(rig, Rig.receives(MessageKind.DRAINED), Signals.SIGKILL);
            assertGoesForward(rig, Verdict.NOT_APPLICABLE);
        }
    }

    @Test
    void goesOnWhenTheIncumbentDiesAfterItHasSealed() throws Exception {
        try (Rig rig = Rig.ofOurs(directory, "")) {
            signalIncumbentAt(rig, Rig.receives(MessageKind.SEAL_COMPLETE), Signals.SIGKILL);
            assertGoesForward(rig, Verdict.PASSED);
        }
    }

    private void assertGoesForward(Rig rig, Verdict revisions) throws Exception {
        int before = rig.awaitServing(0);
        assertEquals("OK 1", rig.line("APPEND one"));
        rig.assertCommitted(rig.swap(Rig.ourBinary(directory, "second")));
        assertEquals(revisions, rig.judged(Gate.REVISION));
        assertNotEquals(before, rig.awaitServing(before));
        assertEquals("one", rig.line("GET 1"));
        assertEquals("OK 2", rig.line("APPEND two"));
    }

    @Test
    void startsFromColdWhenBothDie() throws Exception {
        try (Rig rig = Rig.ofOurs(directory, "", "--exit-at", "incumbent-in-seal")) {
            int before = rig.awaitServing(0);
            assertEquals("OK 1", rig.line("APPEND one"));
            ControlReply.SwapEnded swap = rig
                    .swap(Rig.ourBinary(directory, "second", "--exit-at", "successor-after-begin"));
            assertEquals(SwapOutcome.ROLLED_BACK, swap.outcome(), swap.toString());
            rig.awaitServing(before);
            assertEquals("one", rig.line("GET 1"));
        }
    }

    @Test
    void startsFromColdWhenTheIncumbentCannotResume() throws Exception {
        try (Rig rig = Rig.ofOurs(directory, "", "--fail-resume", "1")) {
            int before = rig.awaitServing(0);
            assertEquals("OK 1", rig.line("APPEND one"));
            ControlReply.SwapEnded swap = rig
                    .swap(Rig.ourBinary(directory, "second", "--exit-at", "successor-before-ready"));
            assertEquals(SwapOutcome.ROLLED_BACK, swap.outcome(), swap.toString());
            rig.awaitServing(before);
            assertEquals("one", rig.line("GET 1"));
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"incumbent-in-drain", "incumbent-in-seal"})
    void abortsTheSuccessorWhenTheIncumbentHangs(String point) throws Exception {
        try (Rig rig = Rig.ofOurs(directory, SHORT_DEADLINE, "--hang-at", point)) {
            int before = rig.awaitServing(0);
            ControlReply.SwapEnded swap = rig.swap(Rig.ourBinary(directory, "second"));
            assertEquals(SwapOutcome.ROLLED_BACK, swap.outcome(), swap.toString());
            assertTrue(swap.reason().orElseThrow().contains("unconfirmed"), swap.toString());
            ControlReply.ServiceStatus status = rig.status();
            assertEquals(before, status.incumbentPid().orElseThrow());
            assertTrue(status.state().startsWith("unconfirmed"), status.toString());
        }
    }

    @Test
    void waitsForADrainThatTookTooLongAndSaysSo() throws Exception {
        try (Rig rig = Rig.ofOurs(directory, "drain_grace_secs = 1\n", "--stubborn-drain-ms", "3500")) {
            int before = rig.awaitServing(0);
            ControlReply.SwapEnded swap = rig.swap(Rig.ourBinary(directory, "second"));
            rig.assertRolledBackAndServing(swap, before);
            assertTrue(swap.reason().orElseThrow().contains("drain took longer"), swap.toString());
            assertTrue(rig.log().events().stream()
                    .anyMatch(Rig.sends(MessageKind.ABORT).and(event -> sentTo(event) == Side.INCUMBENT)));
        }
    }

    private static Side sentTo(Event event) {
        return ((Event.MessageSending) event).to();
    }

    @Test
    void refusesASecondHandoffAndAbortsTheFirstOnRequest() throws Exception {
        try (Rig rig = Rig.ofOurs(directory, "", "--drain-ms", "20000")) {
            int before = rig.awaitServing(0);
            Path second = Rig.ourBinary(directory, "second");
            CompletableFuture<ControlReply.SwapEnded> first = rig.swapLater(second);
            rig.log().await("the drain", Rig.PATIENCE_MS, Rig.sends(MessageKind.PREPARE_HANDOFF));
            ControlReply.Busy busy = assertInstanceOf(ControlReply.Busy.class,
                    rig.ask(new ControlRequest.Swap(Optional.empty(), Optional.of(second.toString()), Optional.empty()))
                            .getLast());
            assertEquals("awaiting_drained", busy.phase());
            assertInstanceOf(ControlReply.Aborted.class,
                    rig.ask(new ControlRequest.Abort(Optional.empty())).getLast());
            rig.assertRolledBackAndServing(first.get(), before);
            assertTrue(rig.trace().contains(before + " drain aborted"), rig.trace().toString());
        }
    }

    // ---- Stopped, not dead: only a missing heartbeat tells

    @Test
    void givesAStoppedIncumbentUpAfterTheHeartbeatGapAndUsesItOnceItGoesOn() throws Exception {
        try (Rig rig = Rig.ofOurs(directory, "drain_grace_secs = 8\n")) {
            int before = rig.awaitServing(0);
            assertEquals("OK 1", rig.line("APPEND one"));
            signalIncumbentAt(rig, Rig.sends(MessageKind.PREPARE_HANDOFF), Signals.SIGSTOP);
            try {
                ControlReply.SwapEnded swap = rig.swap(Rig.ourBinary(directory, "second"));
                assertEquals(SwapOutcome.ROLLED_BACK, swap.outcome(), swap.toString());
                assertTrue(swap.reason().orElseThrow().contains("the incumbent was silent for too long"),
                        swap.toString());
                assertTrue(swap.reason().orElseThrow().contains("unconfirmed"), swap.toString());
                assertGivenUpWithinTheGap(rig, Rig.sends(MessageKind.PREPARE_HANDOFF));
            } finally {
                Processes.kill(before, Signals.SIGCONT);
            }
            // It finds its session closed, resumes, and takes the next one.
            rig.assertCommitted(rig.swap(Rig.ourBinary(directory, "third")));
            assertEquals("one", rig.line("GET 1"));
        }
    }

    @ParameterizedTest
    @EnumSource(names = {"DRAINED", "SEAL_COMPLETE"})
    void killsAStoppedSuccessorAfterTheHeartbeatGap(MessageKind at) throws Exception {
        // Stopped before it is told to begin, and while it should open its state.
        try (Rig rig = Rig.ofOurs(directory, "", "--seal-ms", at == MessageKind.DRAINED ? "12000" : "0")) {
            int before = rig.awaitServing(0);
            rig.log().atFirst(Rig.receives(at), _ -> {
                int successor = rig.pids().getLast();
                assertNotEquals(before, successor);
                Processes.kill(successor, Signals.SIGSTOP);
            });
            ControlReply.SwapEnded swap = rig.swap(Rig.ourBinary(directory, "second"));
            assertTrue(swap.reason().orElseThrow().contains("the successor was silent for too long"),
                    swap.toString());
            assertGivenUpWithinTheGap(rig, Rig.receives(at));
            rig.assertRolledBackAndServing(swap, before);
        }
    }

    private static void signalIncumbentAt(Rig rig, Predicate<Event> moment, int signal) throws InterruptedException {
        int incumbent = rig.awaitServing(0);
        rig.log().atFirst(moment, _ -> Processes.kill(incumbent, signal));
    }

    private static void assertGivenUpWithinTheGap(Rig rig, Predicate<Event> stopped) throws InterruptedException {
        long stoppedNs = rig.log().await("the stop", Rig.PATIENCE_MS, stopped).stamp().timeNs();
        long givenUpNs = rig.log().await("the Abort", Rig.PATIENCE_MS,
                Rig.sends(MessageKind.ABORT).and(event -> sentTo(event) == Side.SUCCESSOR)).stamp().timeNs();
        assertTrue(givenUpNs - stoppedNs < HEARTBEAT_GAP_SEEN_NS, (givenUpNs - stoppedNs) / 1_000_000 + " ms");
        assertTrue(givenUpNs - stoppedNs > 3_000_000_000L, (givenUpNs - stoppedNs) / 1_000_000 + " ms");
    }

    // ---- The daemon's own troubles

    @Test
    void neverCommitsASuccessorThatCannotBindItsControlSocket() throws Exception {
        try (Rig rig = Rig.ofOurs(directory, "")) {
            int before = rig.awaitServing(0);
            ControlReply.SwapEnded swap = rig.swap(Rig.ourBinary(directory, "second", "--control-socket",
                    directory.resolve("missing/control.sock").toString()));
            rig.assertRolledBackAndServing(swap, before);
            assertTrue(rig.log().events().stream().noneMatch(Rig.receives(MessageKind.READY)));
        }
    }

    @Test
    void handsOverAndResumesWhereNoPidfileCanBeWritten() throws Exception {
        try (Rig rig = Rig.ofOurs(directory, "")) {
            int before = rig.awaitServing(0);
            Path pidfile = directory.resolve("data/.handoff.pidfile");
            Files.delete(pidfile);
            // A directory that is not empty can be neither replaced nor removed as a file.
            Files.createDirectories(pidfile.resolve("in the way"));
            ControlReply.SwapEnded back = rig
                    .swap(Rig.ourBinary(directory, "second", "--exit-at", "successor-before-ready"));
            rig.assertRolledBackAndServing(back, before);
            rig.assertCommitted(rig.swap(Rig.ourBinary(directory, "third")));
            assertTrue(rig.line("APPEND one").startsWith("OK "));
            assertTrue(Files.isDirectory(pidfile));
        }
    }

    @Test
    void reapsAndRestartsADaemonThatIsKilled() throws Exception {
        try (Rig rig = Rig.ofOurs(directory, "")) {
            int before = rig.awaitServing(0);
            assertEquals("OK 1", rig.line("APPEND one"));
            Processes.kill(before, Signals.SIGKILL);
            int after = rig.awaitServing(before);
            assertFalse(Files.exists(Path.of("/proc/" + before)), "a zombie is left");
            assertEquals("one", rig.line("GET 1"));
            assertEquals(Integer.toString(after), rig.line("PID"));
        }
    }
}
