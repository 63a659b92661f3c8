package dev.handoff.systemtest;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;

import dev.handoff.codec.MessageKind;
import dev.handoff.codec.event.Event;
import dev.handoff.codec.event.Gate;
import dev.handoff.codec.event.Outcome;
import dev.handoff.codec.event.Verdict;
import dev.handoff.coordinator.control.ControlReply;
import dev.handoff.coordinator.control.ControlRequest;
import dev.handoff.coordinator.control.SwapOutcome;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Our coordinator over stock version 1 daemons, as real processes: the rows of the protocol page's failure table that need no
 * restarted coordinator.
 */
class StockHandoffTest {

    /** Long enough for a loaded machine to start a JVM, short enough to wait for. */
    private static final String SHORT_DEADLINE = "deadline_secs = 4\ndrain_grace_secs = 3\n";

    @TempDir
    private Path directory;

    @Test
    void swapsAStockDaemonAndLosesNothing() throws Exception {
        try (Rig rig = Rig.ofStock(directory, "")) {
            int before = rig.awaitServing(0);
            assertEquals("OK 1", rig.line("APPEND one"));
            ControlReply.SwapEnded swap = rig.swap(Rig.stockBinary(directory, "second"));
            assertEquals(SwapOutcome.COMMITTED, swap.outcome(), swap.toString());
            rig.assertEnded(swap, Outcome.COMMITTED);
            assertEquals("one", rig.line("GET 1"));
            assertEquals("OK 2", rig.line("APPEND two"));
            int after = rig.awaitServing(before);
            assertNotEquals(before, after);
            assertEquals(Integer.toString(after), rig.line("PID"));
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"successor-before-hello", "successor-after-hello"})
    void spendsNoDrainOnASuccessorThatDiesEarly(String point) throws Exception {
        try (Rig rig = Rig.ofStock(directory, "", "--drain-ms", "2000")) {
            int before = rig.awaitServing(0);
            ControlReply.SwapEnded swap = rig.swap(Rig.stockBinary(directory, "second", "--exit-at", point));
            rig.assertRolledBackAndServing(swap, before);
            assertTrue(rig.trace().stream().noneMatch(line -> line.contains("sealed")), rig.trace().toString());
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"successor-after-begin", "successor-after-lock", "successor-before-ready"})
    void resumesTheSealedIncumbentWhenTheSuccessorDies(String point) throws Exception {
        try (Rig rig = Rig.ofStock(directory, "")) {
            int before = rig.awaitServing(0);
            assertEquals("OK 1", rig.line("APPEND one"));
            ControlReply.SwapEnded swap = rig.swap(Rig.stockBinary(directory, "second", "--exit-at", point));
            rig.assertRolledBackAndServing(swap, before);
            assertEquals("one", rig.line("GET 1"));
            rig.assertReapedBeforeResume();
        }
    }

    @Test
    void killsASuccessorThatIsNotReadyByTheDeadline() throws Exception {
        try (Rig rig = Rig.ofStock(directory, SHORT_DEADLINE)) {
            int before = rig.awaitServing(0);
            ControlReply.SwapEnded swap = rig
                    .swap(Rig.stockBinary(directory, "second", "--hang-at", "successor-after-lock"));
            rig.assertRolledBackAndServing(swap, before);
            rig.assertReapedBeforeResume();
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"--unhealthy", "--revisions-behind=1", "--wrong-id"})
    void refusesAReadyThatFailsAGate(String fault) throws Exception {
        try (Rig rig = Rig.ofStock(directory, "")) {
            int before = rig.awaitServing(0);
            assertEquals("OK 1", rig.line("APPEND one"));
            Path bad = Rig.stockBinary(directory, "second", fault.split("="));
            ControlReply.SwapEnded swap = rig.swap(bad);
            rig.assertRolledBackAndServing(swap, before);
            // The control path is the dead successor's now: only the kept session reaches the incumbent.
            ControlReply.SwapEnded next = rig.swap(Rig.stockBinary(directory, "third"));
            assertEquals(SwapOutcome.COMMITTED, next.outcome(), next.toString());
            assertEquals("one", rig.line("GET 1"));
        }
    }

    @Test
    void refusesASuccessorThatIsReadyWithoutTheLock() throws Exception {
        // The coordinator looks at another directory's lock than the daemon's: nobody holds that one.
        try (Rig rig = Rig.ofStock(directory, "data_dir = \"elsewhere\"\n")) {
            int before = rig.awaitServing(0);
            ControlReply.SwapEnded swap = rig.swap(Rig.stockBinary(directory, "second"));
            rig.assertRolledBackAndServing(swap, before);
            assertTrue(swap.reason().orElseThrow().contains("lock"), swap.toString());
        }
    }

    @Test
    void commitsASuccessorThatTheKernelSaysHoldsTheLock() throws Exception {
        try (Rig rig = Rig.ofStock(directory, "data_dir = \"data\"\n")) {
            ControlReply.SwapEnded swap = rig.swap(Rig.stockBinary(directory, "second"));
            assertEquals(SwapOutcome.COMMITTED, swap.outcome(), swap.toString());
            assertEquals(Verdict.PASSED, rig.judged(Gate.LOCK));
        }
    }

    @Test
    void keepsTheIncumbentWhenItsSealFails() throws Exception {
        try (Rig rig = Rig.ofStock(directory, "", "--fail-seal", "1")) {
            int before = rig.awaitServing(0);
            ControlReply.SwapEnded swap = rig.swap(Rig.stockBinary(directory, "second"));
            rig.assertRolledBackAndServing(swap, before);
            assertTrue(swap.reason().orElseThrow().contains("seal failed"), swap.toString());
            ControlReply.SwapEnded next = rig.swap(Rig.stockBinary(directory, "third"));
            assertEquals(SwapOutcome.COMMITTED, next.outcome(), next.toString());
        }
    }

    @Test
    void saysThatAnIncumbentWhoseDrainFailedMayBeDeaf() throws Exception {
        try (Rig rig = Rig.ofStock(directory, "", "--fail-drain", "1")) {
            int before = rig.awaitServing(0);
            ControlReply.SwapEnded swap = rig.swap(Rig.stockBinary(directory, "second"));
            assertEquals(SwapOutcome.ROLLED_BACK, swap.outcome(), swap.toString());
            assertTrue(swap.reason().orElseThrow().contains("may not accept clients again"), swap.toString());
            assertEquals(before, rig.status().incumbentPid().orElseThrow());
        }
    }

    @Test
    void restartsAnIncumbentThatMayBeDeafWhereThePolicySaysSo() throws Exception {
        try (Rig rig = Rig.ofStock(directory, "restart_unresponsive = true\n", "--fail-drain", "1")) {
            int before = rig.awaitServing(0);
            assertEquals("OK 1", rig.line("APPEND one"));
            ControlReply.SwapEnded swap = rig.swap(Rig.stockBinary(directory, "second"));
            assertEquals(SwapOutcome.ROLLED_BACK, swap.outcome(), swap.toString());
            int after = rig.awaitServing(before);
            assertEquals(Integer.toString(after), rig.line("PID"));
            assertEquals("one", rig.line("GET 1"));
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"incumbent-in-drain", "incumbent-after-drained", "incumbent-in-seal",
        "incumbent-after-lock-released"})
    void goesForwardWhenTheIncumbentDiesBeforeItHasSealed(String point) throws Exception {
        try (Rig rig = Rig.ofStock(directory, "", "--exit-at", point)) {
            int before = rig.awaitServing(0);
            assertEquals("OK 1", rig.line("APPEND one"));
            ControlReply.SwapEnded swap = rig.swap(Rig.stockBinary(directory, "second"));
            assertEquals(SwapOutcome.COMMITTED, swap.outcome(), swap.toString());
            assertEquals(Verdict.NOT_APPLICABLE, rig.judged(Gate.REVISION));
            assertNotEquals(before, rig.awaitServing(before));
            assertEquals("one", rig.line("GET 1"));
            assertEquals("OK 2", rig.line("APPEND two"));
        }
    }

    @Test
    void startsFromColdWhenBothDie() throws Exception {
        try (Rig rig = Rig.ofStock(directory, "", "--exit-at", "incumbent-in-seal")) {
            int before = rig.awaitServing(0);
            assertEquals("OK 1", rig.line("APPEND one"));
            ControlReply.SwapEnded swap = rig
                    .swap(Rig.stockBinary(directory, "second", "--exit-at", "successor-after-lock"));
            assertEquals(SwapOutcome.ROLLED_BACK, swap.outcome(), swap.toString());
            rig.awaitServing(before);
            assertEquals("one", rig.line("GET 1"));
        }
    }

    @Test
    void goesOnWhenTheIncumbentDiesAfterItHasSealed() throws Exception {
        try (Rig rig = Rig.ofStock(directory, "", "--exit-at", "incumbent-after-seal-complete")) {
            assertEquals("OK 1", rig.line("APPEND one"));
            ControlReply.SwapEnded swap = rig.swap(Rig.stockBinary(directory, "second"));
            assertEquals(SwapOutcome.COMMITTED, swap.outcome(), swap.toString());
            assertEquals(Verdict.PASSED, rig.judged(Gate.REVISION));
            assertEquals("one", rig.line("GET 1"));
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"incumbent-in-drain", "incumbent-in-seal"})
    void abortsTheSuccessorWhenTheIncumbentHangs(String point) throws Exception {
        try (Rig rig = Rig.ofStock(directory, SHORT_DEADLINE, "--hang-at", point)) {
            int before = rig.awaitServing(0);
            ControlReply.SwapEnded swap = rig.swap(Rig.stockBinary(directory, "second"));
            assertEquals(SwapOutcome.ROLLED_BACK, swap.outcome(), swap.toString());
            assertTrue(swap.reason().orElseThrow().contains("unconfirmed"), swap.toString());
            ControlReply.ServiceStatus status = rig.status();
            assertEquals(before, status.incumbentPid().orElseThrow());
            assertTrue(status.state().startsWith("unconfirmed"), status.toString());
        }
    }

    @Test
    void waitsForADrainThatTookTooLongAndSaysSo() throws Exception {
        try (Rig rig = Rig.ofStock(directory, "drain_grace_secs = 1\n", "--drain-ms", "3500")) {
            int before = rig.awaitServing(0);
            ControlReply.SwapEnded swap = rig.swap(Rig.stockBinary(directory, "second"));
            rig.assertRolledBackAndServing(swap, before);
            assertTrue(swap.reason().orElseThrow().contains("drain took longer"), swap.toString());
            assertTrue(rig.log().events().stream().anyMatch(event -> event instanceof Event.MessageSending sending
                    && sending.message().kind() == MessageKind.ABORT), "the incumbent was told");
        }
    }

    @Test
    void refusesASecondHandoffAndAbortsTheFirstOnRequest() throws Exception {
        try (Rig rig = Rig.ofStock(directory, "", "--drain-ms", "1500")) {
            int before = rig.awaitServing(0);
            Path second = Rig.stockBinary(directory, "second");
            CompletableFuture<ControlReply.SwapEnded> first = rig.swapLater(second);
            rig.log().await("the drain", Rig.PATIENCE_MS, event -> event instanceof Event.MessageSending sending
                    && sending.message().kind() == MessageKind.PREPARE_HANDOFF);
            ControlReply.Busy busy = assertInstanceOf(ControlReply.Busy.class,
                    rig.ask(new ControlRequest.Swap(Optional.empty(), Optional.of(second.toString()), Optional.empty()))
                            .getLast());
            assertEquals("awaiting_drained", busy.phase());
            assertInstanceOf(ControlReply.Aborted.class,
                    rig.ask(new ControlRequest.Abort(Optional.empty())).getLast());
            rig.assertRolledBackAndServing(first.get(), before);
            assertInstanceOf(ControlReply.NotAborted.class,
                    rig.ask(new ControlRequest.Abort(Optional.empty())).getLast());
        }
    }

    @Test
    void restartsADaemonThatDiesOutsideAHandoff() throws Exception {
        try (Rig rig = Rig.ofStock(directory, "")) {
            int before = rig.awaitServing(0);
            assertEquals("OK 1", rig.line("APPEND one"));
            dev.handoff.posix.Processes.kill(before, dev.handoff.posix.Signals.SIGKILL);
            int after = rig.awaitServing(before);
            assertEquals("one", rig.line("GET 1"));
            assertNotEquals(before, after);
        }
    }

    @Test
    void answersTheRustSupervisorsLine() throws Exception {
        try (Rig rig = Rig.ofStock(directory, "")) {
            Path second = Rig.stockBinary(directory, "second");
            String ok = rig.askLine("handoff " + second, false).getFirst();
            assertTrue(ok.matches("ok: handoff_id=[0-9a-f-]{36} committed=true abort_reason=None"), ok);
            Path bad = Rig.stockBinary(directory, "bad", "--unhealthy");
            String aborted = rig.askLine("handoff " + bad, false).getFirst();
            assertTrue(
                    aborted.matches("ok: handoff_id=[0-9a-f-]{36} committed=false abort_reason=Some\\(\".+\"\\)"),
                    aborted);
            String missing = rig.askLine("handoff /nowhere/at/all", false).getFirst();
            assertTrue(missing.contains("committed=false") && missing.contains("/nowhere/at/all"), missing);
            assertTrue(rig.askLine("handoff", false).getFirst().startsWith("ok: "));
        }
    }
}
