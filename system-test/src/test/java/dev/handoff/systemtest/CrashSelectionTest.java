package dev.handoff.systemtest;

import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.util.List;

import dev.handoff.coordinator.fault.Fault.Act;
import dev.handoff.coordinator.fault.Fault.Victim;
import dev.handoff.coordinator.fault.Step;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The cells of the crash matrix that are most likely to go wrong: where a message or a process is in doubt. */
class CrashSelectionTest {

    @TempDir
    private Path directory;

    @Test
    void theSameHandoffGoesOnOverStockDaemonsWhoeverIsInDoubt() throws Exception {
        coordinatorKilled(Kind.STOCK, "MessageSending.HelloAck.incumbent.after", "Effect.SpawnSuccessor.after",
                "MessageSending.PrepareHandoff.after", "MessageSending.SealRequest.after",
                "Effect.SendToIncumbent.SealRequest.after", "MessageReceived.SealComplete.before",
                "MessageSending.Begin.after", "MessageReceived.Ready.after", "MessageSending.Commit.before");
    }

    @Test
    void theSameHandoffGoesOnOverOurDaemonsWhoeverIsInDoubt() throws Exception {
        coordinatorKilled(Kind.OURS, "SwapRequested.before", "SwapRequested.after", "SpawnOrdered.successor.after",
                "MessageSending.HelloAck.successor.after", "MessageReceived.Drained.after", "LockSeen.before",
                "HandoffEnded.after");
    }

    @Test
    void aSpareTakesTheSameHandoffOn() throws Exception {
        try (CrashCells cells = CrashCells.withSpare(directory, Kind.STOCK)) {
            killCoordinator(cells, "MessageSending.PrepareHandoff.after", "MessageSending.SealRequest.after",
                    "MessageReceived.Ready.after");
        }
    }

    private void coordinatorKilled(Kind kind, String... steps) throws Exception {
        try (CrashCells cells = CrashCells.of(directory, kind)) {
            killCoordinator(cells, steps);
        }
    }

    private static void killCoordinator(CrashCells cells, String... steps) throws Exception {
        for (Step step : named(cells.steps(Victim.COORDINATOR), steps)) {
            cells.check(Act.KILL, Victim.COORDINATOR, step);
        }
    }

    @Test
    void aDaemonsDeathEndsTheHandoffAsTheProtocolHasIt() throws Exception {
        try (CrashCells cells = CrashCells.of(directory, Kind.STOCK)) {
            for (Step step : named(cells.steps(Victim.INCUMBENT), "SwapRequested.after",
                    "MessageSending.PrepareHandoff.after", "MessageSending.SealRequest.after",
                    "MessageReceived.SealComplete.after")) {
                cells.check(Act.KILL, Victim.INCUMBENT, step);
            }
            for (Step step : named(cells.steps(Victim.SUCCESSOR), "MessageReceived.Hello.successor.before",
                    "MessageSending.SealRequest.after", "MessageReceived.Ready.after", "LockSeen.before")) {
                cells.check(Act.KILL, Victim.SUCCESSOR, step);
            }
        }
    }

    @Test
    void aStoppedCoordinatorGoesOnWithItsHandoff() throws Exception {
        try (CrashCells cells = CrashCells.of(directory, Kind.STOCK)) {
            for (Step step : named(cells.steps(Victim.COORDINATOR), "MessageSending.SealRequest.after",
                    "MessageReceived.SealComplete.before")) {
                cells.check(Act.STOP, Victim.COORDINATOR, step);
            }
        }
    }

    /** Names go stale: what is not among the steps of a handoff fails here, and not silently. */
    private static List<Step> named(List<Step> among, String... names) {
        return List.of(names).stream().map(name -> Step.parse(name).orElseThrow()).peek(
                step -> assertTrue(among.contains(step), () -> step + " is none of " + among)).toList();
    }
}
