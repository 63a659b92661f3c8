package dev.handoff.cli;

import static org.junit.jupiter.api.Assertions.assertDoesNotThrow;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;

import org.junit.jupiter.api.Test;
import picocli.CommandLine;
import picocli.CommandLine.Model.UsageMessageSpec;

class HandoffCommandTest {

    @Test
    void helpGoesToStdoutAndSucceeds() {
        CommandRun run = CommandRun.of("--help");
        assertEquals(0, run.exit());
        assertTrue(run.out().startsWith("Usage: handoff"), run.out());
        assertEquals("", run.err());
    }

    /** Picocli prints a line that it cannot format as it stands, and says so to whoever asked. */
    @Test
    void noCommandsHelpHasALineThatCannotBeFormatted() {
        assertFormats(HandoffCommand.commandLine());
    }

    private static void assertFormats(CommandLine command) {
        UsageMessageSpec usage = command.getCommandSpec().usageMessage();
        for (String[] lines : List.of(usage.header(), usage.description(), usage.footer())) {
            for (String line : lines) {
                assertDoesNotThrow(() -> String.format(line), () -> command.getCommandName() + ": " + line);
            }
        }
        command.getSubcommands().values().forEach(HandoffCommandTest::assertFormats);
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
