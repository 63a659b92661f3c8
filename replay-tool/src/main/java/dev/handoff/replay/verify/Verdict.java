package dev.handoff.replay.verify;

import java.util.List;
import java.util.Map;

import dev.handoff.journal.ReplayEnd;

/**
 * What {@link Verification} has to say of a journal.
 *
 * @param findings  the first of what contradicts something; what follows the first may be its consequence
 * @param found     how many there are
 * @param warnings  what is odd and takes nothing away
 * @param asked     how often each of the protocol's rules was asked
 * @param intervals how many times a process became the writer
 * @param build     that wrote the newest snapshot, or empty
 */
public record Verdict(Checked checked, List<Finding> findings, long found, List<String> warnings, Map<Rule, Long> asked,
        long intervals, String build, ReplayEnd end) {

    public Verdict {
        findings = List.copyOf(findings);
        warnings = List.copyOf(warnings);
        asked = Map.copyOf(asked);
    }

    /** Nothing is lost, and nothing contradicts anything. */
    public boolean sound() {
        return found == 0 && end instanceof ReplayEnd.Intact;
    }

    /** How often a rule was asked. */
    public long asked(Rule rule) {
        return asked.getOrDefault(rule, 0L);
    }
}
