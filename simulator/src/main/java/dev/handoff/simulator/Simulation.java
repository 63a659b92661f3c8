package dev.handoff.simulator;

import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.function.Consumer;

import dev.handoff.journal.JournalReader;

/**
 * A run: worlds one after the other, each with its own seed, until so many handoffs are through or a rule is broken. The first
 * world's seed is the run's, so a world that fails can be run alone.
 */
public final class Simulation {

    /**
     * What to run.
     *
     * @param mutant
     *            a name of {@link Mutants}, or empty
     * @param trace
     *            whether everything that happens is printed
     */
    public record Options(long seed, long handoffs, FaultProfile profile, Optional<String> mutant, boolean trace) {}

    /**
     * How it went.
     *
     * @param hash
     *            over all events
     * @param failure
     *            the rule that was broken, or empty
     */
    public record Result(long handoffs, long committed, long rolledBack, long indeterminate, long recovered,
            long crashes, long seed, long hash, Optional<String> failure) {

        static Result of(Tally tally, long seed, long hash, Optional<String> failure) {
            return new Result(tally.handoffs(), tally.committed(), tally.rolledBack(), tally.indeterminate(),
                    tally.recovered(), tally.crashes(), seed, hash, failure);
        }

        /** This run, and another after it. */
        Result and(Result more) {
            RunHash both = new RunHash();
            both.mix(hash);
            both.mix(more.hash);
            return new Result(handoffs + more.handoffs, committed + more.committed, rolledBack + more.rolledBack,
                    indeterminate + more.indeterminate, recovered + more.recovered, crashes + more.crashes, seed,
                    both.value(), failure.or(more::failure));
        }

        /** How many rules were broken: the first ends the run. */
        public int violations() {
            return failure.isPresent() ? 1 : 0;
        }

        /** The last line of the output; the rate is the only thing in it that the seed does not decide. */
        public String line(double seconds) {
            return String.format(Locale.ROOT,
                    "handoffs=%d committed=%d rolled_back=%d recovered=%d crashes=%d violations=%d seed=%d hash=%016x"
                            + " rate=%.0f/s",
                    handoffs, committed, rolledBack, recovered, crashes, violations(), seed, hash,
                    handoffs / Math.max(seconds, 1e-9));
        }
    }

    /** Looks at the journal that a world leaves behind. */
    @FunctionalInterface
    public interface JournalJudge {

        /**
         * A world has ended.
         *
         * @param seed
         *            of this world
         * @param damaged
         *            whether its disk lost or spoilt something of the journal
         */
        void judge(long seed, boolean damaged, JournalReader journal);
    }

    private final Options options;
    private final Consumer<String> out;
    private final Mutant mutant;
    private JournalJudge judge = (_, _, _) -> {};

    /**
     * @param out
     *            gets the trace, and what a person needs to know of a violation
     */
    public Simulation(Options options, Consumer<String> out) {
        this.options = options;
        this.out = out;
        this.mutant = options.mutant().map(name -> Mutants.named(name).orElseThrow()).orElse(Mutant.NONE);
    }

    /** Has every world's journal looked at, also of the one in which a rule is broken. */
    public Simulation judgedBy(JournalJudge journalJudge) {
        judge = journalJudge;
        return this;
    }

    /** Runs it on this thread. */
    public Result run() {
        RunHash hash = new RunHash();
        Tally tally = new Tally();
        for (long number = 0; tally.handoffs() < options.handoffs(); number++) {
            long seed = number == 0 ? options.seed() : Dice.seedOf(options.seed(), number);
            Scenario scenario = Scenario.draw(seed, options.profile(), options.handoffs() - tally.handoffs());
            Optional<Trace> trace = options.trace() ? Optional.of(new Trace()) : Optional.empty();
            Life life = new Life(scenario, mutant, trace, hash);
            try {
                life.live(tally);
            } catch (Violation violation) {
                report(scenario, violation);
                return result(tally, hash, Optional.of(violation.rule()));
            } finally {
                trace.ifPresent(lines -> lines.lines().forEach(out));
                try (JournalReader journal = life.journal()) {
                    judge.judge(seed, life.isJournalDamaged(), journal);
                }
            }
        }
        return result(tally, hash, Optional.empty());
    }

    private Result result(Tally tally, RunHash hash, Optional<String> failure) {
        return Result.of(tally, options.seed(), hash.value(), failure);
    }

    private void report(Scenario scenario, Violation violation) {
        Shrunk shrunk = Shrunk.of(scenario, violation, mutant);
        out.accept("VIOLATION of " + violation.getMessage());
        out.accept("in the world of seed " + scenario.seed() + ", with " + scenario.steps().size() + " handoffs and "
                + scenario.faults() + " faults; the same with " + shrunk.scenario().steps().size() + " and "
                + shrunk.scenario().faults() + ":");
        List<String> lines = shrunk.trace();
        lines.forEach(out);
        if (violation.getCause() != null) {
            for (StackTraceElement frame : violation.getCause().getStackTrace()) {
                out.accept("    at " + frame);
            }
        }
    }
}
