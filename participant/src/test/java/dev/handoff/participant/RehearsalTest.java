package dev.handoff.participant;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;

import dev.handoff.posix.Processes;
import org.junit.jupiter.api.Test;

class RehearsalTest {

    private static final long LIMIT_NS = 20_000_000_000L;

    @Test
    void handsOverAndLeavesNothingBehind() throws IOException {
        Set<Thread> before = threads();
        // The first one opens what stays open: random numbers, the JDK's own channels.
        rehearsed();
        awaitEnd(before);
        int descriptors = Processes.fdCount(Processes.ownPid());

        assertEquals(10, rehearsed().done());

        awaitEnd(before);
        assertEquals(descriptors, Processes.fdCount(Processes.ownPid()));
        assertEquals(List.of(), left());
    }

    @Test
    void removesWhatAKilledProcessLeft() throws IOException {
        // No process has this pid: it is above the kernel's limit, 2^22.
        Path old = Files.createDirectory(Rehearsal.parent().resolve("handoff-rehearsal-99999999-1"));
        Files.createFile(old.resolve("control"));
        rehearsed();
        assertFalse(Files.exists(old));
    }

    @Test
    void endsSoonWhereNobodyCanWait() {
        Set<Thread> before = threads();
        Rehearsal rehearsal = Rehearsal.start();
        rehearsal.await(System.nanoTime());
        rehearsal.await(System.nanoTime() + LIMIT_NS);
        assertTrue(rehearsal.done() < 10);
        awaitEnd(before);
    }

    private static Rehearsal rehearsed() {
        Rehearsal rehearsal = Rehearsal.start();
        rehearsal.await(System.nanoTime() + LIMIT_NS);
        return rehearsal;
    }

    private static List<Path> left() throws IOException {
        try (Stream<Path> files = Files.list(Rehearsal.parent())) {
            return files.filter(file -> file.getFileName().toString()
                    .startsWith("handoff-rehearsal-" + Processes.ownPid() + "-")).toList();
        }
    }

    private static Set<Thread> threads() {
        return Thread.getAllStackTraces().keySet().stream().filter(thread -> thread.getName().startsWith("handoff-"))
                .collect(Collectors.toSet());
    }

    /** The last ones are on their way out. */
    private static void awaitEnd(Set<Thread> others) {
        Set<Thread> rest = threads();
        rest.removeAll(others);
        for (Thread thread : rest) {
            try {
                thread.join(20_000);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
            assertFalse(thread.isAlive(), thread.getName());
        }
    }
}
