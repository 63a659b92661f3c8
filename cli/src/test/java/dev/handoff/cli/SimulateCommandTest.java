package dev.handoff.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

class SimulateCommandTest {

    @Test
    void endsWithOneLineThatSaysItAll() {
        CommandRun run = CommandRun.of("simulate", "--seed", "4", "--handoffs", "20", "--faults", "none");

        assertEquals(0, run.exit());
        String last = run.out().lines().toList().getLast();
        assertTrue(last.matches("handoffs=20 committed=20 rolled_back=0 recovered=0 crashes=0 violations=0 seed=4"
                + " hash=[0-9a-f]{16} rate=\\d+/s"), last);
    }

    @Test
    void namesTheMutants() {
        CommandRun run = CommandRun.of("simulate", "--mutant", "list");

        assertEquals(0, run.exit());
        assertTrue(run.out().contains("effect-before-append"), run.out());
        assertTrue(run.out().contains("drop-high-water"), run.out());
    }

    @Test
    void failsWhereARuleIsBroken() {
        CommandRun run = CommandRun.of("simulate", "--handoffs", "100", "--mutant", "unlock-before-seal");

        assertEquals(1, run.exit());
        assertTrue(run.out().contains("violations=1"), run.out());
    }

    @Test
    void refusesWhatItDoesNotKnowInOneLine() {
        for (String[] arguments : new String[][]{{"--faults", "wind"}, {"--mutant", "x-man"}, {"--handoffs", "0"}}) {
            CommandRun run = CommandRun.of("simulate", arguments[0], arguments[1]);

            assertEquals(2, run.exit());
            assertEquals(1, run.err().lines().count(), run.err());
            assertTrue(run.err().contains(arguments[1]), run.err());
        }
    }
}
