package dev.handoff.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

class HandoffCommandTest {

    @Test
    void helpGoesToStdoutAndSucceeds() {
        CommandRun run = CommandRun.of("--help");
        assertEquals(0, run.exit());
        assertTrue(run.out().startsWith("Usage: handoff"), run.out());
        assertEquals("", run.err());
    }

    @Test
    void versionIsTheBuildsOwn() {
        CommandRun run = CommandRun.of("--version");
        assertEquals(0, run.exit());
        assertTrue(run.out().matches("handoff \\d+\\.\\d+\\.\\d+\\S* \\(Java 25\\S*\\)\\R"), run.out());
    }

    @Test
    void unknownCommandIsOneLineAndExitsTwo() {
        CommandRun run = CommandRun.of("xyzzy");
        assertEquals(2, run.exit());
        assertEquals("handoff: unknown command 'xyzzy' ('handoff --help' shows usage)\n", run.err());
        assertEquals("", run.out());
    }

    @Test
    void unknownOptionIsOneLineAndExitsTwo() {
        CommandRun run = CommandRun.of("--frobnicate");
        assertEquals(2, run.exit());
        assertEquals("handoff: unknown option '--frobnicate' ('handoff --help' shows usage)\n", run.err());
    }

    @Test
    void noCommandIsOneLineAndExitsTwo() {
        CommandRun run = CommandRun.of();
        assertEquals(2, run.exit());
        assertEquals(1, run.err().lines().count(), run.err());
    }
}
