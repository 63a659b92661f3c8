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

    /** Names go stale: what is not among the steps of a handoff fails here, and not silently. */
    private static List<Step> named(List<Step> among, String... names) {
        return List.of(names).stream().map(name -> Step.parse(name).orElseThrow()).peek(
                step -> assertTrue(among.contains(step), () -> step + " is none of " + among)).toList();
    }
}
