package dev.handoff.systemtest;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

import dev.handoff.cli.SwapCall;
import dev.handoff.cli.SwapCall.End;
import dev.handoff.codec.HandoffId;
import dev.handoff.codec.event.Event;
import dev.handoff.codec.event.Outcome;
import dev.handoff.coordinator.control.ControlReply;
import dev.handoff.coordinator.control.ControlReply.Status;
import dev.handoff.coordinator.fault.Expectation;
import dev.handoff.coordinator.fault.Fault;
import dev.handoff.coordinator.fault.Fault.Act;
import dev.handoff.coordinator.fault.Fault.Victim;
import dev.handoff.coordinator.fault.HandoffSteps;
import dev.handoff.coordinator.fault.HandoffSteps.Listed;
import dev.handoff.coordinator.fault.Step;
import dev.handoff.posix.Processes;
import dev.handoff.posix.Signals;
import dev.handoff.replay.LiveJournal;

/**
 * Cells of the crash matrix, one after the other on one system of real processes under load: in each a swap is asked for, and one
 * process is killed, or stopped for a while, at one step of it. One thread.
 */
final class CrashCells implements AutoCloseable {

    /** How often a step may be missed that an undisturbed handoff had. */
    private static final int TRIES = 3;

    private static final long STRIKE_NS = TimeUnit.SECONDS.toNanos(20);
    private static final long BACK_NS = TimeUnit.SECONDS.toNanos(60);
    private static final long LOOK_NS = TimeUnit.MILLISECONDS.toNanos(5);

    /** How long a stopped coordinator stays so: the time is what is tried here, and it is within the hold and every patience. */
    private static final long STOPPED_NS = TimeUnit.SECONDS.toNanos(1);

    private final KeptSystem system;
    private final LineLoad load;
    private final Kind kind;
    private final List<Listed> steps;
    private int swaps;
    /** Whether some daemon was killed or stopped, so that its connections may have been cut. */
    private boolean daemonStruck;

    private CrashCells(KeptSystem system, LineLoad load, Kind kind) throws IOException {
        this.system = system;
        this.load = load;
        this.kind = kind;
        HandoffId undisturbed = swap();
        Status _ = system.settle();
        this.steps = HandoffSteps.of(system.journal().events(), undisturbed);
    }

    /** Starts a system of daemons of this kind, and learns the steps from a first swap. */
    static CrashCells of(Path directory, Kind kind) throws IOException {
        return of(KeptSystem.start(directory, kind.binary(directory, "build-0")), kind);
    }

    /** As above, below a keeper whose spare stands by at each strike. */
    static CrashCells withSpare(Path directory, Kind kind) throws IOException {
        return of(KeptSystem.startWithSpare(directory, kind.binary(directory, "build-0")), kind);
    }

    private static CrashCells of(KeptSystem system, Kind kind) throws IOException {
        LineLoad load = new LineLoad(system.port());
        boolean made = false;
        try {
            CrashCells cells = new CrashCells(system, load, kind);
            made = true;
            return cells;
        } finally {
            if (!made) {
                load.close();
                system.close();
            }
        }
    }

    /** The steps at which this victim can be struck. */
    List<Step> steps(Victim victim) {
        return steps.stream().filter(listed -> listed.has(victim)).map(Listed::step).toList();
    }

    /** Asks for a swap as {@code handoff swap} does and waits for its end; the handoff's id. */
    private HandoffId swap() throws IOException {
        swaps++;
        Path binary = kind.binary(system.directory(), "build-" + swaps);
        SwapCall call = new SwapCall(system.triggerSocket(), Optional.empty(), Optional.of(binary), BACK_NS);
        return switch (call.run()) {
            case End.Told(ControlReply.SwapEnded ended) -> ended.handoffId().orElseThrow();
            case End.Learnt(ControlReply.SwapEnded ended, long _) -> ended.handoffId().orElseThrow();
            case End.Told(ControlReply other) -> throw new AssertionError(other);
            case End.Unknown unknown -> throw new AssertionError(unknown);
            case End.NotReached(String why) -> throw new AssertionError(why);
        };
    }

    /** One cell: strikes, and checks what the protocol promises. */
    void check(Act act, Victim victim, Step step) throws IOException {
        daemonStruck |= victim != Victim.COORDINATOR;
        for (int attempt = 1; attempt <= TRIES; attempt++) {
            if (strike(act, victim, step)) {
                return;
            }
        }
        throw new AssertionError("no swap came to the step " + step);
    }

    private boolean strike(Act act, Victim victim, Step step) throws IOException {
        Status before = system.settle();
        long records = system.journal().lastSequence();
        long seals = seals();
        int struckBefore = system.faults().struck().size();
        system.faults().write(List.of(new Fault(act, victim, step)));
        Thread letGoOn = Thread.ofPlatform().name("let-go-on").start(() -> {
            if (act == Act.STOP && victim == Victim.COORDINATOR && awaitStruck(struckBefore)) {
                LockSupport.parkNanos(STOPPED_NS);
                Processes.kill((int) before.coordinatorPid(), Signals.SIGCONT);
            }
        });
        Optional<Integer> spare = system.spare();
        HandoffId told = swap();
        boolean struck = awaitStruck(struckBefore);
        system.faults().clear();
        join(letGoOn);
        Status after = system.settle();
        if (!struck) {
            return false;
        }
        if (act == Act.KILL && victim == Victim.COORDINATOR) {
            spare.ifPresent(pid -> assertEquals((long) pid, after.coordinatorPid(), "the spare goes on"));
        }
        judge(act, victim, told, system.journal().after(records), after);
        assertTrue(seals() - seals <= 1, () -> "sealed more than once:\n" + String.join("\n", system.trace()));
        return true;
    }

    private void judge(Act act, Victim victim, HandoffId told, LiveJournal journal, Status after) {
        List<HandoffId> ids = journal.events().stream().filter(Event.SwapRequested.class::isInstance)
                .map(event -> event.stamp().handoffId()).toList();
        assertEquals(List.of(told), ids, "handoffs that were begun");
        List<Event> handoff = journal.of(told);
        List<String> ends = handoff.stream().filter(Event.HandoffEnded.class::isInstance)
                .map(event -> ((Event.HandoffEnded) event).outcome().wireName()).toList();
        Expectation expected = Expectation.of(victim, false, handoff);
        assertEquals(List.of(expected.outcome()), ends, () -> "the end of the handoff; " + system.log());
        assertEquals(told, after.services().getFirst().last().orElseThrow().id());
        journal.events().forEach(event -> assertTrue(event.stamp().handoffId().equals(HandoffId.NONE)
                || event.stamp().handoffId().equals(told), () -> "another handoff: " + event));
        if (act == Act.KILL && victim == Victim.COORDINATOR) {
            assertEquals(1, journal.events().stream().filter(Event.CoordinatorRestarted.class::isInstance).count());
        }
        if (expected.outcome().equals(Outcome.COMMITTED.wireName()) && victim == Victim.COORDINATOR) {
            assertEquals(List.of(), load.failures(), "a client noticed");
        }
    }

    private boolean awaitStruck(int before) {
        long endNs = System.nanoTime() + STRIKE_NS;
        while (system.faults().struck().size() == before && System.nanoTime() - endNs < 0) {
            LockSupport.parkNanos(LOOK_NS);
        }
        return system.faults().struck().size() > before;
    }

    private static void join(Thread thread) {
        try {
            thread.join();
        } catch (InterruptedException e) {
            throw new IllegalStateException("nobody interrupts a test", e);
        }
    }

    /** How often a daemon has begun to seal. */
    private long seals() {
        return system.trace().stream().filter(line -> line.endsWith(" seal")).count();
    }

    /** Nothing acknowledged is lost over all cells, and no process is left. */
    @Override
    public void close() {
        load.close();
        system.close();
        try {
            load.assertNothingLost(system.directory().resolve("data"));
        } catch (IOException e) {
            throw new AssertionError(e);
        }
        if (!daemonStruck) {
            assertEquals(new ArrayList<>(), load.failures());
        }
        assertTrue(Files.exists(system.directory().resolve("journal")));
    }
}
