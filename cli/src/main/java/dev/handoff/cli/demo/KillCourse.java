package dev.handoff.cli.demo;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.SplittableRandom;

import dev.handoff.cli.Wording;
import dev.handoff.coordinator.control.ControlReply.Status;
import dev.handoff.coordinator.control.SwapOutcome;
import dev.handoff.coordinator.fault.Fault.Victim;
import dev.handoff.coordinator.fault.HandoffSteps.Listed;
import dev.handoff.coordinator.fault.Step;

/**
 * Swaps under load in which somebody is killed: one undisturbed swap shows which steps there are, then each gets its own. The
 * demo's thread.
 */
final class KillCourse {

    /** A step that an undisturbed handoff has can be missed, since not all of them come in the same order each time. */
    private static final int TRIES = 3;

    /** So many writes are acknowledged between two swaps: a daemon that is killed has served. */
    private static final int WRITES_BETWEEN = 200;

    /** A coordinator that dies again sooner is started again later, as one that crashes at each start would be. */
    private static final long HEALTHY_MS = 1_100;

    private final DemoDirectory directory;
    private final KillPlan plan;
    private final CoordinatorProcess process;
    private final Load load;
    private final Progress progress;
    private final Swapper swapper;
    private final Census census;
    private final Killer killer;
    private final SplittableRandom random = new SplittableRandom();
    private final List<Swap> swaps = new ArrayList<>();
    private final List<Kill> kills = new ArrayList<>();
    private final List<String> problems = new ArrayList<>();
    private long longestNs;

    KillCourse(DemoDirectory directory, KillPlan plan, CoordinatorProcess process, Load load, Progress progress) {
        this.directory = directory;
        this.plan = plan;
        this.process = process;
        this.load = load;
        this.progress = progress;
        this.swapper = new Swapper(directory);
        this.census = new Census(process, directory);
        this.killer = new Killer(directory, plan, swapper, census);
    }

    /** Swaps and kills until all is done or something is wrong. */
    Course run() throws DemoFailure, InterruptedException {
        try {
            Status _ = census.settle();
            directory.writeBuild(1);
            Swap undisturbed = swapper.swap(1);
            swaps.add(undisturbed);
            progress.say("swap 1, undisturbed: " + undisturbed.outcome().word() + undisturbed.reason()
                    .map(reason -> ": " + reason).orElse(""));
            Status _ = census.settle();
            longestNs = undisturbed.totalNs()
                    .orElseThrow(() -> new DemoFailure("not even the undisturbed swap came to its end"));
            load.tally().killing(plan.victim() != Victim.COORDINATOR);
            if (plan.at() instanceof At.AnyTime) {
                atAnyTime();
            } else {
                atSteps(targets(killer.steps(undisturbed.handoffId().orElseThrow())));
            }
        } catch (DemoFailure e) {
            if (kills.isEmpty()) {
                throw e;
            }
            problems.add(e.getMessage());
        } finally {
            load.stop();
        }
        return new Course(swaps, kills, problems);
    }

    private List<Step> targets(List<Listed> steps) throws DemoFailure {
        return switch (plan.at()) {
            case At.Every _ -> steps.stream().filter(listed -> !listed.ofEffect()).map(Listed::step).toList();
            case At.Effects _ -> steps.stream().filter(Listed::ofEffect).map(Listed::step).toList();
            case At.Random _ -> random.ints(plan.swaps(), 0, steps.size()).mapToObj(i -> steps.get(i).step()).toList();
            case At.Named named -> {
                Step step = resolve(named.step(), steps);
                List<Step> same = new ArrayList<>();
                for (int i = 0; i < plan.swaps(); i++) {
                    same.add(step);
                }
                yield same;
            }
            case At.Listing _,At.AnyTime _ -> throw new IllegalStateException(plan.at() + " names no steps");
        };
    }

    /** A step that may be missing from an undisturbed handoff's is taken by its word. */
    private Step resolve(Step asked, List<Listed> steps) throws DemoFailure {
        List<Step> fitting = steps.stream().map(Listed::step).filter(step -> step.moment() == asked.moment()
                && (step.what().equals(asked.what()) || step.what().startsWith(asked.what() + "."))).toList();
        List<Step> exact = fitting.stream().filter(asked::equals).toList();
        if (!exact.isEmpty()) {
            return asked;
        }
        if (fitting.size() > 1) {
            throw new DemoFailure("--at " + asked + " may be any of " + fitting);
        }
        return fitting.isEmpty() ? asked : fitting.getFirst();
    }

    private void atSteps(List<Step> targets) throws DemoFailure, InterruptedException {
        for (int i = 0; i < targets.size(); i++) {
            Step step = targets.get(i);
            int current = i + 1;
            progress.show(() -> state("kill " + current + " of " + targets.size() + ", " + step));
            boolean reached = false;
            for (int attempt = 1; attempt <= TRIES && !reached; attempt++) {
                int number = nextBuild();
                List<LoadClient.Spell> before = load.spells();
                Pauses.Window window = load.pauses().begin(System.nanoTime());
                Killer.Disturbed disturbed = killer.atStep(number, step);
                window.end(System.nanoTime());
                countCarried(disturbed, before);
                reached = take(disturbed, window, "kill " + current + " of " + targets.size());
            }
            if (!reached) {
                problems.add("no swap came to the step " + step);
                progress.say("kill " + current + " of " + targets.size() + ": no swap came to the step " + step);
            }
        }
    }

    private void atAnyTime() throws DemoFailure, InterruptedException {
        for (int i = 1; i <= plan.swaps(); i++) {
            int current = i;
            progress.show(() -> state("kill " + current + " of " + plan.swaps()));
            int number = nextBuild();
            List<LoadClient.Spell> before = load.spells();
            Pauses.Window window = load.pauses().begin(System.nanoTime());
            Killer.Disturbed disturbed = killer.atAnyTime(number, longestNs * 5 / 4);
            window.end(System.nanoTime());
            countCarried(disturbed, before);
            boolean _ = take(disturbed, window, "kill " + current + " of " + plan.swaps());
        }
    }

    private void countCarried(Killer.Disturbed disturbed, List<LoadClient.Spell> before) throws DemoFailure {
        if (disturbed.swap().outcome() == SwapOutcome.COMMITTED) {
            load.countCarried(before);
        }
    }

    private int nextBuild() throws DemoFailure, InterruptedException {
        if (plan.victim() == Victim.COORDINATOR) {
            process.pause(HEALTHY_MS);
        }
        load.awaitWrites(WRITES_BETWEEN);
        int number = swaps.size() + 1;
        directory.writeBuild(number);
        return number;
    }

    /** Whether somebody was killed at all. */
    private boolean take(Killer.Disturbed disturbed, Pauses.Window window, String which) {
        swaps.add(disturbed.swap().seenBy(window.longestNs(), Phases.NONE));
        disturbed.problems().forEach(problem -> problems.add(which + ": " + problem));
        disturbed.kill().ifPresent(kill -> {
            kills.add(kill);
            progress.say(which + ": " + describe(kill));
        });
        return disturbed.kill().isPresent();
    }

    private static String describe(Kill kill) {
        StringBuilder line = new StringBuilder(kill.victim() + " at " + kill.step() + ": " + kill.outcome());
        if (!kill.outcome().equals(kill.expected().outcome())) {
            line.append(", but expected was ").append(kill.expected().outcome());
        }
        if (!kill.resumedId().equals(kill.handoffId())) {
            line.append(", but another handoff than ").append(kill.handoffId().map(Object::toString).orElse("none"));
        } else if (kill.handoffId().isPresent()) {
            line.append(", the same handoff");
            kill.resumeNs().ifPresent(ns -> line.append(" after ").append(Wording.duration(ns)));
        }
        return line.append(kill.seals() == 1 ? ", sealed once" : kill.seals() > 1 ? ", sealed " + kill.seals() : "")
                .toString();
    }

    private String state(String doing) {
        Tally tally = load.tally();
        return String.format(Locale.ROOT, "%s  %,d requests  %d failed  %d reset  %d lost", doing,
                tally.requests(), tally.failed(), tally.reset(), tally.lostWrites());
    }
}
