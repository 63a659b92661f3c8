package dev.handoff.simulator;

import java.util.ArrayList;
import java.util.List;

import dev.handoff.codec.HandoffId;

/**
 * A world's fate, drawn from its seed before it begins: so it can be lived again, and with less in it. What is not in here, a
 * scheduler's delay or where a read ends, is thrown on the way, from a seed of the step's own.
 *
 * @param first
 *            the daemon that serves at the beginning
 */
record Scenario(long seed, FaultProfile profile, DaemonPlan first, List<Step> steps) {

    private static final long MS = 1_000_000;
    private static final int MOST_STEPS = 12;

    /** One handoff. */
    record Step(int number, DaemonPlan plan, String expectedBuild, List<Fault> faults, long healAfterNs, long seed) {
        Step {
            faults = List.copyOf(faults);
        }

        HandoffId id() {
            return new HandoffId(0, number);
        }

        Step with(List<Fault> fewer) {
            return new Step(number, plan, expectedBuild, fewer, healAfterNs, seed);
        }

        Step with(DaemonPlan other) {
            return new Step(number, other, expectedBuild, faults, healAfterNs, seed);
        }
    }

    Scenario {
        steps = List.copyOf(steps);
    }

    /** At most {@code most} handoffs. */
    static Scenario draw(long seed, FaultProfile profile, long most) {
        Dice dice = new Dice(seed);
        DaemonPlan first = DaemonPlan.plain(0, dice.perMille(500));
        int count = (int) Math.min(most, 1 + dice.below(MOST_STEPS));
        List<Step> steps = new ArrayList<>();
        for (int number = 1; number <= count; number++) {
            long stepSeed = Dice.seedOf(seed, number);
            Dice ofStep = new Dice(stepSeed);
            DaemonPlan plan = DaemonPlan.draw(number, profile, ofStep);
            int expectation = profile.misbehaves() ? ofStep.below(100) : 99;
            String expected = expectation < 2 ? "00" : expectation < 50 ? plan.build().toString() : "";
            steps.add(new Step(number, plan, expected, Fault.draw(profile, ofStep),
                    ofStep.spread(20 * MS, 30_000 * MS), stepSeed));
        }
        return new Scenario(seed, profile, first, steps);
    }

    Scenario with(List<Step> fewer) {
        return new Scenario(seed, profile, first, fewer);
    }

    int faults() {
        return steps.stream().mapToInt(step -> step.faults().size()).sum();
    }
}
