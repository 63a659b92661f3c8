package dev.handoff.simulator;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.Consumer;
import java.util.stream.Collectors;

import dev.handoff.codec.HandoffId;

/**
 * The same handoff again and again, each time with a death at another point: of each process, before and after every append,
 * effect, write, consumption and park of the coordinator's and every action of a daemon's; then with every pair of deaths.
 */
public final class Exhaustive {

    /**
     * Two generations of daemons.
     *
     * @param name
     *            for people, incumbent first
     */
    public record Pairing(String name, boolean stockIncumbent, boolean stockSuccessor) {

        /** All there are. */
        public static final List<Pairing> ALL = List.of(new Pairing("ours to ours", false, false),
                new Pairing("ours to stock", false, true), new Pairing("stock to ours", true, false),
                new Pairing("stock to stock", true, true));
    }

    /**
     * How it went.
     *
     * @param points
     *            of an undisturbed handoff
     * @param outcomes
     *            how many handoffs ended how, by who died
     * @param counts
     *            as of any run
     */
    public record Result(Pairing pairing, long points, long single, long pairs, Map<String, Long> outcomes,
            Simulation.Result counts) {

        public Result {
            outcomes = Collections.unmodifiableSortedMap(new TreeMap<>(outcomes));
        }

        /** The rule that was broken, or empty. */
        public Optional<String> failure() {
            return counts.failure();
        }

        /** For people. */
        public String line() {
            return pairing.name() + ": " + points + " crash points, " + single + " single crashes, " + pairs
                    + " pairs; by who died (S, O, N): " + outcomes;
        }
    }

    private static final List<Fault.Kind> VICTIMS = List.of(Fault.Kind.KILL_COORDINATOR, Fault.Kind.KILL_INCUMBENT,
            Fault.Kind.KILL_SUCCESSOR);
    private static final Map<Fault.Kind, String> WORDS = Map.of(Fault.Kind.KILL_COORDINATOR, "S",
            Fault.Kind.KILL_INCUMBENT, "O", Fault.Kind.KILL_SUCCESSOR, "N");
    private static final long AWAY_NS = 5_000_000;
    private static final long UNTIL_NS = 30_000_000_000L;
    private static final HandoffId ID = new HandoffId(0, 1);

    private final Pairing pairing;
    private final long seed;
    private final Mutant mutant;
    private final Consumer<String> out;
    private final RunHash hash = new RunHash();
    private final Tally tally = new Tally();
    private final TreeMap<String, Long> outcomes = new TreeMap<>();
    private long single;
    private long pairs;

    /**
     * One pairing, with everything between the points decided by {@code seed}.
     *
     * @param out
     *            gets what a person needs to know of a violation
     */
    public Exhaustive(Pairing pairing, long seed, Optional<String> mutant, Consumer<String> out) {
        this.pairing = pairing;
        this.seed = seed;
        this.mutant = mutant.map(name -> Mutants.named(name).orElseThrow()).orElse(Mutant.NONE);
        this.out = out;
    }

    /** Every pairing, one death and two, until a rule is broken. Says what each came to. */
    public static Simulation.Result runAll(long seed, Optional<String> mutant, Consumer<String> out) {
        Simulation.Result all = Simulation.Result.of(new Tally(), seed, new RunHash().value(), Optional.empty());
        for (Pairing pairing : Pairing.ALL) {
            Result result = new Exhaustive(pairing, seed, mutant, out).run(true);
            out.accept(result.line());
            all = all.and(result.counts());
            if (all.failure().isPresent()) {
                break;
            }
        }
        return all;
    }

    /**
     * Runs it on this thread.
     *
     * @param withPairs
     *            whether two deaths are tried as well as one
     */
    public Result run(boolean withPairs) {
        long points = 0;
        try {
            points = live(List.of());
            for (Fault.Kind victim : VICTIMS) {
                for (long point = 1; point <= points; point++) {
                    Fault first = new Fault(point, victim, AWAY_NS, 0);
                    long followed = live(List.of(first));
                    single++;
                    if (withPairs) {
                        second(first, followed);
                    }
                }
            }
        } catch (Violation violation) {
            return result(points, Optional.of(violation.rule()));
        }
        return result(points, Optional.empty());
    }

    private void second(Fault first, long points) {
        for (Fault.Kind victim : VICTIMS) {
            for (long point = first.atPoint() + 1; point <= points; point++) {
                var _ = live(List.of(first, new Fault(point, victim, AWAY_NS, 0)));
                pairs++;
            }
        }
    }

    private Result result(long points, Optional<String> failure) {
        return new Result(pairing, points, single, pairs, outcomes,
                Simulation.Result.of(tally, seed, hash.value(), failure));
    }

    /** Gives the number of points that the handoff had. */
    private long live(List<Fault> faults) {
        DaemonPlan next = DaemonPlan.plain(1, pairing.stockSuccessor());
        Scenario scenario = new Scenario(seed, FaultProfile.NONE, DaemonPlan.plain(0, pairing.stockIncumbent()),
                List.of(new Scenario.Step(1, next, "", new ArrayList<>(faults), UNTIL_NS, seed)));
        Life life = new Life(scenario, mutant, Optional.empty(), hash);
        try {
            life.live(tally);
        } catch (Violation violation) {
            report(scenario, violation);
            throw violation;
        }
        String outcome = life.endOf(ID).outcome().wireName();
        outcomes.merge(whoDies(faults) + outcome, 1L, Long::sum);
        return life.points();
    }

    private static String whoDies(List<Fault> faults) {
        return faults.stream().map(fault -> WORDS.get(fault.kind()) + " ").sorted().collect(Collectors.joining());
    }

    private void report(Scenario scenario, Violation violation) {
        out.accept("VIOLATION of " + violation.getMessage());
        out.accept("in " + pairing.name() + " with " + scenario.steps().getFirst().faults() + ":");
        Trace trace = new Trace();
        try {
            new Life(scenario, mutant, Optional.of(trace), new RunHash()).live(new Tally());
        } catch (Violation again) {
            out.accept(again.rule().equals(violation.rule()) ? "" : "(this time it was " + again.rule() + ")");
        }
        trace.lines().forEach(out);
    }
}
