package dev.handoff.cli.demo;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

import dev.handoff.codec.HandoffId;
import dev.handoff.codec.event.Event;
import dev.handoff.codec.event.Outcome;
import dev.handoff.coordinator.control.ControlReply.LastHandoff;
import dev.handoff.coordinator.control.ControlReply.Status;
import dev.handoff.coordinator.fault.Expectation;
import dev.handoff.coordinator.fault.Fault;
import dev.handoff.coordinator.fault.Fault.Act;
import dev.handoff.coordinator.fault.Fault.Victim;
import dev.handoff.coordinator.fault.FaultFile;
import dev.handoff.coordinator.fault.HandoffSteps;
import dev.handoff.coordinator.fault.HandoffSteps.Listed;
import dev.handoff.coordinator.fault.Step;
import dev.handoff.coordinator.fault.StepNames;
import dev.handoff.posix.Processes;
import dev.handoff.posix.Signals;
import dev.handoff.replay.LiveJournal;

/**
 * Kills a process in a swap, waits until all is well again, and reads in the journal what became of the handoff. One swap at a
 * time, on the demo's thread.
 */
final class Killer {

    /** How long after a handoff's end the step may still come: the old incumbent has its time to exit. */
    private static final long STRIKE_NS = TimeUnit.SECONDS.toNanos(20);
    /** How the example daemon's line of log ends with which it begins to seal. */
    private static final String SEALING = " Hooks: sealing";

    private static final long LOOK_NS = TimeUnit.MILLISECONDS.toNanos(5);

    private final DemoDirectory directory;
    private final KillPlan plan;
    private final Swapper swapper;
    private final Census census;
    private final FaultFile faults;
    private final SplittableRandom random = new SplittableRandom();

    Killer(DemoDirectory directory, KillPlan plan, Swapper swapper, Census census) {
        this.directory = directory;
        this.plan = plan;
        this.swapper = swapper;
        this.census = census;
        this.faults = directory.faults();
    }

    /** A disturbed swap as its client saw it, what became of it, and what else was wrong. */
    record Disturbed(Swap swap, Optional<Kill> kill, List<String> problems) {}

    /** The steps of an undisturbed handoff that ended before. */
    List<Listed> steps(HandoffId undisturbed) {
        return HandoffSteps.of(LiveJournal.read(directory.journal()).events(), undisturbed).stream()
                .filter(listed -> listed.has(plan.victim())).toList();
    }

    /** Swaps to build {@code number} while the victim is killed at this step. Empty where the swap never came there. */
    Disturbed atStep(int number, Step step) throws DemoFailure {
        census.settle();
        long before = LiveJournal.read(directory.journal()).lastSequence();
        int struckBefore = faults.struck().size();
        long logged = logBytes();
        stayAway();
        faults.write(List.of(new Fault(Act.KILL, plan.victim(), step)));
        Swap swap = swapper.swap(number);
        boolean struck = awaitStruck(struckBefore);
        faults.clear();
        Status status = census.settle();
        LiveJournal journal = LiveJournal.read(directory.journal());
        if (!struck) {
            return new Disturbed(swap, Optional.empty(), journal.damage());
        }
        long struckNs = faults.struck().getLast().timeNs();
        return new Disturbed(swap, Optional.of(
                judge(step.toString(), false, journal.after(before), status, struckNs, sealsSince(logged))),
                journal.damage());
    }

    /** Swaps to build {@code number} and kills the victim, from outside, at a moment within {@code withinNs} of the request. */
    Disturbed atAnyTime(int number, long withinNs) throws DemoFailure, InterruptedException {
        int pid = (int) census.settle().coordinatorPid();
        long logged = logBytes();
        long before = LiveJournal.read(directory.journal()).lastSequence();
        stayAway();
        long[] struckNs = new long[1];
        long delayNs = random.nextLong(withinNs);
        Thread killing = Thread.ofPlatform().name("demo-kill").start(() -> {
            long atNs = System.nanoTime() + delayNs;
            for (long leftNs = delayNs; leftNs > 0; leftNs = atNs - System.nanoTime()) {
                LockSupport.parkNanos(leftNs);
            }
            struckNs[0] = nowNs();
            Processes.kill(pid, Signals.SIGKILL);
        });
        Swap swap = swapper.swap(number);
        killing.join();
        Status status = census.settle();
        LiveJournal journal = LiveJournal.read(directory.journal());
        LiveJournal since = journal.after(before);
        return new Disturbed(swap, Optional.of(judge(stepBeforeRestart(since.events()), true, since, status,
                struckNs[0], sealsSince(logged))), journal.damage());
    }

    private void stayAway() throws DemoFailure {
        if (plan.awaySeconds() > 0 && plan.victim() == Victim.COORDINATOR) {
            directory.stayAway(plan.awaySeconds());
        }
    }

    private boolean awaitStruck(int before) {
        long endNs = System.nanoTime() + STRIKE_NS;
        while (faults.struck().size() == before && System.nanoTime() - endNs < 0) {
            LockSupport.parkNanos(LOOK_NS);
        }
        return faults.struck().size() > before;
    }

    /** The last step that the journal shows before the next coordinator. */
    private static String stepBeforeRestart(List<Event> events) {
        String last = "idle";
        for (Event event : events) {
            if (isStart(event)) {
                break;
            }
            last = new Step(StepNames.of(event), Step.Moment.AFTER).toString();
        }
        return last;
    }

    /** A coordinator that takes over says what is configured before it says that it was restarted. */
    private static boolean isStart(Event event) {
        return event instanceof Event.CoordinatorRestarted || event instanceof Event.CoordinatorStarted
                || (event instanceof Event.ServiceConfigured configured && configured.takeover());
    }

    private long logBytes() throws DemoFailure {
        try {
            return Files.size(directory.log());
        } catch (IOException e) {
            throw new DemoFailure("cannot read " + directory.log() + ": " + e.getMessage(), e);
        }
    }

    /** How often a daemon has sealed its data since the log had so many bytes, by the daemons' own word. */
    private int sealsSince(long bytes) throws DemoFailure {
        try {
            byte[] all = Files.readAllBytes(directory.log());
            return (int) new String(all, (int) bytes, all.length - (int) bytes, StandardCharsets.UTF_8).lines()
                    .filter(line -> line.endsWith(SEALING)).count();
        } catch (IOException e) {
            throw new DemoFailure("cannot read " + directory.log() + ": " + e.getMessage(), e);
        }
    }

    /**
     * @param early   whether the kill may have come before the request was journaled
     * @param journal what came since before the swap
     */
    private Kill judge(String step, boolean early, LiveJournal journal, Status status, long struckNs, int seals) {
        List<Event> events = journal.events();
        Optional<HandoffId> id = events.stream().filter(Event.SwapRequested.class::isInstance).findFirst()
                .map(event -> event.stamp().handoffId());
        List<Event> handoff = id.map(journal::of).orElse(List.of());
        String outcome = id.isEmpty()
                ? Expectation.NOT_STARTED
                : handoff.stream().filter(Event.HandoffEnded.class::isInstance).map(Event.HandoffEnded.class::cast)
                        .findFirst().map(Event.HandoffEnded::outcome).map(Outcome::wireName).orElse("no_end");
        List<Event> since = since(events, struckNs);
        Optional<Event> resumed = since.stream().filter(event -> !event.stamp().handoffId().equals(HandoffId.NONE))
                .findFirst();
        Optional<HandoffId> resumedId = id.isEmpty()
                ? Optional.empty()
                : resumed.map(event -> event.stamp().handoffId())
                        .or(() -> status.services().getFirst().last().map(LastHandoff::id));
        OptionalLong resumeNs = resumed.or(() -> since.stream().findFirst())
                .map(event -> OptionalLong.of(Math.max(0, event.stamp().timeNs() - struckNs)))
                .orElse(OptionalLong.empty());
        return new Kill(step, plan.victim().word(), id, resumedId, outcome,
                Expectation.of(plan.victim(), early, handoff), resumeNs, seals);
    }

    /** What the next coordinator appended, or, where it is the same one, what it appended after the kill. */
    private List<Event> since(List<Event> events, long struckNs) {
        if (plan.victim() != Victim.COORDINATOR) {
            return events.stream().filter(event -> event.stamp().timeNs() > struckNs).toList();
        }
        for (int i = 0; i < events.size(); i++) {
            if (isStart(events.get(i))) {
                return new ArrayList<>(events.subList(i, events.size()));
            }
        }
        return List.of();
    }

    private static long nowNs() {
        Instant now = InstantSource.system().instant();
        return now.getEpochSecond() * 1_000_000_000 + now.getNano();
    }
}
