package dev.handoff.simulator;

import java.util.Optional;

import dev.handoff.codec.HandoffId;
import dev.handoff.codec.event.Event;
import dev.handoff.journal.JournalReader;

/** Lives through a scenario. */
final class Life {

    private final Scenario scenario;
    private final World world;

    Life(Scenario scenario, Mutant mutant, Optional<Trace> trace, RunHash hash) {
        this.scenario = scenario;
        this.world = new World(scenario.seed(), scenario.profile(), mutant, trace, hash);
        trace.ifPresent(lines -> lines.of(world));
    }

    /**
     * To its end.
     *
     * @throws Violation
     *             if a rule is broken on the way; the tally has what came before
     */
    void live(Tally tally) {
        Handoffs handoffs = new Handoffs(world);
        try {
            handoffs.begin(scenario.first());
            for (Scenario.Step step : scenario.steps()) {
                world.dice().reseed(step.seed());
                tally.ended(handoffs.run(step.id(), step.plan(), step.expectedBuild(), step.faults(),
                        step.healAfterNs()));
            }
        } catch (Handoffs.Lost _) {
            world.say(() -> "the service is given up; whoever serves is not supervised");
        } catch (Violation violation) {
            world.say(violation::getMessage);
            throw violation;
        } catch (RuntimeException broken) {
            // What no code foresaw would end the process: that is a violation too.
            world.say(() -> "broken: " + broken);
            Violation violation = new Violation("no-surprise", broken.toString());
            violation.initCause(broken);
            throw violation;
        } finally {
            tally.crashes(world.crashes());
        }
    }

    /** How a handoff ended, or null. */
    Event.HandoffEnded endOf(HandoffId id) {
        return world.safety().endOf(id);
    }

    /** Everything in the journal, from its first record on. */
    JournalReader journal() {
        return world.storage().reader();
    }

    /** Whether the journal's disk lost or spoilt something of it. */
    boolean isJournalDamaged() {
        return world.safety().isJournalDamaged();
    }

    /** How many points the last handoff had, to its rest. */
    long points() {
        return world.points().count();
    }
}
