package dev.handoff.cli.replay;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;

import dev.handoff.replay.verify.Finding;
import dev.handoff.replay.verify.Rule;
import dev.handoff.replay.verify.Verdict;
import dev.handoff.replay.verify.VerdictText;
import dev.handoff.replay.verify.Verification;
import dev.handoff.simulator.FaultProfile;
import dev.handoff.simulator.Simulation;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** What a coordinator writes is sound, whatever happens to it; what a broken one writes is not. */
class SimulatedJournalsTest {

    private static final int HANDOFFS = 400;

    private static List<Verdict> verdicts(FaultProfile profile, Optional<String> mutant, List<Boolean> damaged) {
        List<Verdict> verdicts = new ArrayList<>();
        var _ = new Simulation(new Simulation.Options(4, HANDOFFS, profile, mutant, false), _ -> {})
                .judgedBy((_, isDamaged, journal) -> {
                    damaged.add(isDamaged);
                    verdicts.add(Verification.of(journal, Optional::empty, _ -> {}));
                }).run();
        return verdicts;
    }

    @ParameterizedTest
    @EnumSource(FaultProfile.class)
    void everyUndamagedWorldsJournalIsSound(FaultProfile profile) {
        List<Boolean> damaged = new ArrayList<>();
        List<Verdict> verdicts = verdicts(profile, Optional.empty(), damaged);
        int judged = 0;
        for (int i = 0; i < verdicts.size(); i++) {
            Verdict verdict = verdicts.get(i);
            assertTrue(damaged.get(i) || verdict.sound(), () -> String.join("\n", VerdictText.of(verdict)));
            judged += damaged.get(i) ? 0 : 1;
        }
        assertTrue(judged > verdicts.size() / 4, judged + " of " + verdicts.size());
    }

    private static void assertCaught(String mutant, Set<Rule> rules) {
        Verdict last = verdicts(FaultProfile.ALL, Optional.of(mutant), new ArrayList<>()).getLast();
        assertFalse(last.sound(), mutant);
        Set<Rule> found = last.findings().stream().map(Finding::rule).collect(Collectors.toSet());
        assertTrue(found.containsAll(rules), mutant + ": " + last.findings());
    }

    @Test
    void aCoordinatorThatBreaksARuleIsFoundByItsJournal() {
        assertCaught("begin-before-seal-complete", Set.of(Rule.SEAL_BEFORE_BEGIN, Rule.ONE_WRITER));
        assertCaught("resume-before-reap", Set.of(Rule.REAP_BEFORE_RESUME, Rule.ONE_WRITER));
        assertCaught("seal-repeated-unfenced", Set.of(Rule.ORDERED));
    }
}
