package dev.handoff.systemtest;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.util.List;

import dev.handoff.codec.HandoffId;
import dev.handoff.coordinator.control.ControlReply;
import dev.handoff.coordinator.control.SwapOutcome;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The coordinator is killed and started again: the same handoff goes on, with stock daemons that know nothing of it. */
class CoordinatorKilledTest {

    @TempDir
    private Path directory;

    private Path stock(String name, String... arguments) throws Exception {
        return Rig.stockBinary(directory, name, arguments);
    }

    @Test
    void theHandoffCommitsUnderItsIdHoweverOftenTheCoordinatorDies() throws Exception {
        Path first = stock("first", "--drain-ms", "800", "--seal-ms", "2500");
        try (CoordinatorProcess coordinator = CoordinatorProcess.of(directory, first, true)) {
            coordinator.start();
            int before = coordinator.awaitServing();
            String[] steps = {"Effect.SpawnSuccessor.before", "MessageSending.PrepareHandoff.after",
                "MessageReceived.Drained.before", "MessageSending.SealRequest.after",
                "MessageReceived.SealComplete.after", "MessageSending.Begin.before", "MessageReceived.Ready.after"};
            coordinator.dieAt(steps);
            HandoffId id = coordinator.swap(stock("second"));
            for (int i = 0; i < steps.length; i++) {
                coordinator.awaitDeath();
                coordinator.start();
            }
            ControlReply.LastHandoff end = coordinator.awaitEnded(id);
            assertEquals(SwapOutcome.COMMITTED, end.outcome(), () -> end + "\n" + coordinator.said());
            assertNotEquals(before, coordinator.awaitServing());
            assertEquals(1, seals(coordinator, before), coordinator.trace()::toString);
            Resources.awaitSame("only the listener stays parked", List.of("listener.svc/main"),
                    () -> List.copyOf(coordinator.store().held().keySet()));
        }
    }

    @Test
    void aSealThatBeginsAndEndsWhileNobodyCoordinatesIsTheOnlyOne() throws Exception {
        Path first = stock("first", "--seal-ms", "1000");
        try (CoordinatorProcess coordinator = CoordinatorProcess.of(directory, first, true)) {
            coordinator.start();
            int before = coordinator.awaitServing();
            coordinator.dieAt("Effect.SendToIncumbent.SealRequest.after");
            HandoffId id = coordinator.swap(stock("second"));
            coordinator.awaitDeath();
            Resources.awaitSame("the incumbent seals on its own", 1L, () -> seals(coordinator, before));
            coordinator.start();
            assertEquals(SwapOutcome.COMMITTED, coordinator.awaitEnded(id).outcome(), coordinator::said);
            assertEquals(1, seals(coordinator, before));
        }
    }

    private static long seals(CoordinatorProcess coordinator, int incumbent) {
        return coordinator.trace().stream()
                .filter(line -> line.startsWith(incumbent + " ") && line.contains("sealed")).count();
    }

    @Test
    void aSuccessorThatWasStartedAMomentBeforeIsFoundAgain() throws Exception {
        try (CoordinatorProcess coordinator = CoordinatorProcess.of(directory, stock("first"), true)) {
            coordinator.start();
            coordinator.awaitServing();
            coordinator.dieAt("Spawned.successor.before");
            HandoffId id = coordinator.swap(stock("second"));
            coordinator.awaitDeath();
            coordinator.start();
            assertEquals(SwapOutcome.COMMITTED, coordinator.awaitEnded(id).outcome(), coordinator::said);
            assertEquals(2, coordinator.trace().stream().map(line -> line.split(" ", 2)[0]).distinct().count(),
                    "no second successor was started");
        }
    }

    @Test
    void aDaemonStartedFromColdAMomentBeforeIsNotStartedTwice() throws Exception {
        try (CoordinatorProcess coordinator = CoordinatorProcess.of(directory, stock("first"), true)) {
            coordinator.dieAt("Spawned.incumbent.before");
            coordinator.start();
            coordinator.awaitDeath();
            coordinator.start();
            coordinator.awaitServing();
            assertEquals(1, coordinator.trace().stream().map(line -> line.split(" ", 2)[0]).distinct().count());
        }
    }

    @Test
    void withoutItsJournalTheDaemonIsAdoptedAndNoSecondOneStarted() throws Exception {
        Path first = stock("first", "--drain-ms", "300");
        try (CoordinatorProcess coordinator = CoordinatorProcess.of(directory, first, true)) {
            coordinator.start();
            int daemon = coordinator.awaitServing();
            coordinator.dieAt("MessageSending.SealRequest.after");
            coordinator.swap(stock("second"));
            coordinator.awaitDeath();
            coordinator.loseJournal();
            coordinator.start();
            assertEquals(daemon, coordinator.awaitServing(), coordinator::said);
            Resources.awaitSame("the successor exits", List.of(daemon), coordinator::daemons);
            Resources.awaitSame("only the listener stays parked", List.of("listener.svc/main"),
                    () -> List.copyOf(coordinator.store().held().keySet()));
            ControlReply.SwapEnded swap = assertInstanceOf(ControlReply.SwapEnded.class,
                    coordinator.lastWord(stock("third")));
            assertEquals(SwapOutcome.COMMITTED, swap.outcome(), coordinator::said);
        }
    }

    @Test
    void withoutAStoreTheDaemonIsAdoptedAndASwapRefusedWithWhatToDo() throws Exception {
        try (CoordinatorProcess coordinator = CoordinatorProcess.of(directory, stock("first"), false)) {
            coordinator.start();
            int daemon = coordinator.awaitServing();
            coordinator.kill();
            coordinator.start();
            assertEquals(daemon, coordinator.awaitServing());
            assertEquals(List.of(daemon), coordinator.daemons());
            String notes = coordinator.status().notes().toString();
            assertTrue(notes.contains("no descriptor store"), notes);
            ControlReply reply = coordinator.lastWord(stock("second"));
            if (notes.contains("cannot be swapped")) {
                ControlReply.Refused refused = assertInstanceOf(ControlReply.Refused.class, reply);
                assertTrue(refused.reason().contains("stop the daemon"), refused.reason());
            } else {
                // Where this process may trace its descendants, the listener was taken out of the daemon.
                assertEquals(SwapOutcome.COMMITTED,
                        assertInstanceOf(ControlReply.SwapEnded.class, reply).outcome(), coordinator::said);
            }
        }
    }
}
