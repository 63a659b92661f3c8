package dev.handoff.simulator;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * A failing scenario made as small as it can be while the same rule is broken: without handoffs, faults and slow or failing
 * daemons that do not matter.
 *
 * @param trace
 *            what happens in it, from the last handoff's request on
 */
record Shrunk(Scenario scenario, List<String> trace) {

    static Shrunk of(Scenario failing, Violation violation, Mutant mutant) {
        Scenario smallest = failing;
        boolean smaller = true;
        while (smaller) {
            smaller = false;
            for (Scenario candidate : smallerOnes(smallest)) {
                if (breaks(candidate, violation.rule(), mutant)) {
                    smallest = candidate;
                    smaller = true;
                    break;
                }
            }
        }
        Trace trace = new Trace();
        try {
            new Life(smallest, mutant, Optional.of(trace), new RunHash()).live(new Tally());
        } catch (Violation expected) {
            return new Shrunk(smallest, trace.lines());
        }
        throw new IllegalStateException("a scenario broke " + violation.rule() + " once, and not the next time");
    }

    private static boolean breaks(Scenario scenario, String rule, Mutant mutant) {
        try {
            new Life(scenario, mutant, Optional.empty(), new RunHash()).live(new Tally());
            return false;
        } catch (Violation violation) {
            return violation.rule().equals(rule);
        }
    }

    /** Those with one thing less, the largest things first. */
    private static List<Scenario> smallerOnes(Scenario scenario) {
        List<Scenario> smaller = new ArrayList<>();
        List<Scenario.Step> steps = scenario.steps();
        for (int half = steps.size() / 2; half >= 1; half /= 2) {
            smaller.add(scenario.with(steps.subList(half, steps.size())));
            smaller.add(scenario.with(steps.subList(0, steps.size() - half)));
        }
        for (int i = 0; i < steps.size(); i++) {
            List<Scenario.Step> fewer = new ArrayList<>(steps);
            fewer.remove(i);
            if (!fewer.isEmpty()) {
                smaller.add(scenario.with(fewer));
            }
        }
        for (int i = 0; i < steps.size(); i++) {
            Scenario.Step step = steps.get(i);
            for (int f = 0; f < step.faults().size(); f++) {
                List<Fault> fewer = new ArrayList<>(step.faults());
                fewer.remove(f);
                smaller.add(scenario.with(replaced(steps, i, step.with(fewer))));
            }
            DaemonPlan plain = DaemonPlan.plain(step.plan().generation(), step.plan().stock());
            if (!plain.equals(step.plan())) {
                smaller.add(scenario.with(replaced(steps, i, step.with(plain))));
            }
        }
        return smaller;
    }

    private static List<Scenario.Step> replaced(List<Scenario.Step> steps, int index, Scenario.Step step) {
        List<Scenario.Step> changed = new ArrayList<>(steps);
        changed.set(index, step);
        return changed;
    }
}
