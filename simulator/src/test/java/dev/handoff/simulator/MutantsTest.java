package dev.handoff.simulator;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** A simulation that catches nothing proves nothing. */
class MutantsTest {

    private static final long HANDOFFS = 10_000;

    /** Which rule finds which mutant. */
    private static final Map<String, String> RULES = Map.of(
            "effect-before-append", "journal-before-effect",
            "consume-before-append", "journal-before-effect",
            "unlock-before-seal", "seal-before-unlock",
            "begin-before-seal-complete", "seal-before-begin",
            "ready-ungated", "gates-before-commit",
            "seal-repeated-unfenced", "sealed-once",
            "resume-before-reap", "reap-before-resume",
            "drop-high-water", "replay-is-live",
            "store-forgets", "goes-on",
            "drained-unsynced", "sync-before-drained");

    private final List<String> out = new ArrayList<>();

    static Stream<String> names() {
        return Mutants.descriptions().keySet().stream();
    }

    private Simulation.Result run(String mutant) {
        return new Simulation(
                new Simulation.Options(1, HANDOFFS, FaultProfile.ALL, Optional.of(mutant), false), out::add).run();
    }

    @ParameterizedTest
    @MethodSource("names")
    void areCaughtByTheRuleTheyBreak(String name) {
        assertEquals(Optional.of(RULES.get(name)), run(name).failure());
    }

    @Test
    void areAllNamed() {
        assertEquals(RULES.keySet(), Mutants.descriptions().keySet());
    }

    @Test
    void areShownByATraceOfAHandoffOrTwoWithWhatMattersInIt() {
        run("seal-repeated-unfenced");

        assertTrue(out.getFirst().startsWith("VIOLATION of sealed-once: stock"), out.getFirst());
        String said = String.join("\n", out);
        assertTrue(said.contains("KILL_COORDINATOR at point"), said);
        assertTrue(said.contains("MessageSending session="), said);
        assertTrue(out.stream().filter(line -> line.contains("SwapRequested")).count() <= 2, said);
    }
}
