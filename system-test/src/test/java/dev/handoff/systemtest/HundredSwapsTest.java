package dev.handoff.systemtest;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;

import dev.handoff.coordinator.control.ControlReply;
import dev.handoff.coordinator.control.SwapOutcome;
import dev.handoff.posix.Descriptors;
import dev.handoff.posix.Processes;
import dev.handoff.posix.Sockets;
import dev.handoff.posix.UnixSockets;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A hundred swaps in a row, some committed, some rolled back: nothing is left of them. */
class HundredSwapsTest {

    private static final int WARM_UP = 6;
    /** Committed and rolled back in turns, by both kinds of daemons. */
    private static final int MIXED = 76;
    /** All rolled back, so that one incumbent goes through all of them. */
    private static final int ROLLED_BACK = 24;

    /** What a process holds at a moment. */
    private record Held(List<String> descriptors, List<String> threads) {
        static Held by(int pid) {
            return new Held(Resources.descriptors(pid), Resources.threads(pid));
        }
    }

    @TempDir
    private Path directory;

    @Test
    void leaveNothingBehind() throws Exception {
        Path ours = Rig.ourBinary(directory, "ours");
        Path stock = Rig.stockBinary(directory, "stock");
        List<Path> bad = List.of(deadAtOnce(), Rig.ourBinary(directory, "unhealthy", "--unhealthy"), deadAtOnce(),
                Rig.stockBinary(directory, "late", "--exit-at", "successor-before-ready"));
        try (Rig rig = Rig.of(directory, stock, "")) {
            for (int i = 0; i < WARM_UP; i++) {
                swap(rig, i, ours, stock, bad);
            }
            int own = Processes.ownPid();
            settle(rig);
            Held coordinator = Held.by(own);
            List<String> files = Resources.files(directory);

            for (int i = 0; i < MIXED; i++) {
                swap(rig, i, ours, stock, bad);
            }
            assertAsBefore(rig, coordinator, files);

            // A stock incumbent keeps its session after a rollback, ours keeps nothing.
            rig.assertCommitted(rig.swap(ours));
            settle(rig);
            int incumbent = rig.awaitServing(0);
            rollBack(rig, bad, WARM_UP);
            Held daemon = Held.by(incumbent);
            List<String> greeting = descriptorsWhileGreeting(incumbent);
            rollBack(rig, bad, ROLLED_BACK);
            assertEquals(incumbent, rig.awaitServing(0));
            Resources.awaitSame("the incumbent's descriptors", greeting,
                    () -> descriptorsWhileGreeting(incumbent));
            Resources.awaitSame("the incumbent's threads", daemon.threads(), () -> Resources.threads(incumbent));
            assertAsBefore(rig, coordinator, files);
        }
    }

    /** Six of ten are committed. */
    private static void swap(Rig rig, int number, Path ours, Path stock, List<Path> bad) throws InterruptedException {
        switch (number % 10) {
            case 1, 4, 6, 9 -> rollBack(rig, bad.get(number / 2 % bad.size()));
            case 0, 3, 7 -> rig.assertCommitted(rig.swap(ours));
            default -> rig.assertCommitted(rig.swap(stock));
        }
    }

    private static void rollBack(Rig rig, List<Path> bad, int times) {
        for (int i = 0; i < times; i++) {
            rollBack(rig, bad.get(i % bad.size()));
        }
    }

    private static void rollBack(Rig rig, Path binary) {
        ControlReply.SwapEnded swap = rig.swap(binary);
        assertEquals(SwapOutcome.ROLLED_BACK, swap.outcome(), swap.toString());
    }

    /** It serves one session at a time: once it has greeted this one, it has closed the one before. */
    private List<String> descriptorsWhileGreeting(int incumbent) {
        int session = UnixSockets.connect(directory.resolve("control.sock"));
        assertEquals(Sockets.POLLIN, Sockets.poll(session, Sockets.POLLIN, 20_000), "no Hello");
        List<String> descriptors = Resources.descriptors(incumbent);
        assertEquals(0, Descriptors.close(session));
        return descriptors;
    }

    /** The incumbent before the last commit may still be on its way out. */
    private static void settle(Rig rig) throws InterruptedException {
        int incumbent = rig.awaitServing(0);
        Resources.awaitSame("the children", List.of(incumbent), Resources::children);
        // The loop lets go of a process right after it has reaped it, and answers this afterwards.
        var _ = rig.status();
    }

    private void assertAsBefore(Rig rig, Held coordinator, List<String> files) throws InterruptedException {
        settle(rig);
        int own = Processes.ownPid();
        Resources.awaitSame("the coordinator's descriptors", coordinator.descriptors(),
                () -> Resources.descriptors(own));
        Resources.awaitSame("the coordinator's threads", coordinator.threads(), () -> Resources.threads(own));
        Resources.awaitSame("the files", files, () -> Resources.files(directory));
    }

    /** A successor that ends before it says anything, in a few milliseconds. */
    private Path deadAtOnce() throws IOException {
        Path script = Files.writeString(directory.resolve("dead"), "#!/bin/sh\nexit 3\n");
        Files.setPosixFilePermissions(script, PosixFilePermissions.fromString("rwxr-xr-x"));
        return script;
    }
}
