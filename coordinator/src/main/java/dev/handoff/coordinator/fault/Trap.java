package dev.handoff.coordinator.fault;

import java.nio.file.Path;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.IntPredicate;

import dev.handoff.codec.Side;
import dev.handoff.codec.event.Event;
import dev.handoff.coordinator.core.Effect;
import dev.handoff.coordinator.core.Fold;
import dev.handoff.coordinator.core.Service;
import dev.handoff.coordinator.core.State;
import dev.handoff.coordinator.fault.Step.Moment;
import dev.handoff.posix.Processes;

/**
 * Waits for the step of the next fault and then does what it says. It looks into the {@link FaultFile} when it is made, which
 * is before a recovery's first step, and whenever a swap is asked for. Loop thread only. For one service.
 *
 * <p>
 * Invariant: the step goes on only once the victim is dead or stopped, its descriptors and locks gone with it, so that what
 * comes of a fault does not hang on who is faster.
 */
final class Trap {

    /** A killed process with a large heap takes a moment; one that takes so long is stuck in the kernel. */
    private static final long GONE_NS = TimeUnit.SECONDS.toNanos(30);

    private static final long LOOK_NS = TimeUnit.MICROSECONDS.toNanos(200);

    private final FaultFile file;
    private final Fold live;
    private Optional<Fault> next;
    private long incumbent;
    private long successor;

    /** @param live the state as it is at each step */
    Trap(Path file, Fold live) {
        this.file = new FaultFile(file);
        this.live = live;
        this.next = this.file.next();
    }

    /** The event is about to be appended. */
    void before(Event event) {
        if (event instanceof Event.SwapRequested) {
            next = file.next();
            successor = 0;
        }
        if (next.isEmpty()) {
            return;
        }
        learn(live.state().services().get(event.stamp().service()));
        if (event instanceof Event.Spawned spawned && spawned.role() == Side.SUCCESSOR) {
            successor = spawned.pid();
        } else if (event instanceof Event.ProcessExited exited) {
            // Reaped: the number may be another process's by now.
            incumbent = incumbent == exited.pid() ? 0 : incumbent;
            successor = successor == exited.pid() ? 0 : successor;
        }
        reached(StepNames.of(event), Moment.BEFORE);
    }

    /** The event is appended, and nothing has followed from it. */
    void after(Event event) {
        if (next.isPresent()) {
            reached(StepNames.of(event), Moment.AFTER);
        }
    }

    /** The effect is about to be run. */
    void before(Effect effect) {
        if (next.isPresent()) {
            reached(StepNames.of(effect), Moment.BEFORE);
        }
    }

    /** The effect was run, or set going. */
    void after(Effect effect) {
        if (next.isPresent()) {
            reached(StepNames.of(effect), Moment.AFTER);
        }
    }

    private void learn(Service service) {
        if (service == null) {
            return;
        }
        if (service.state() instanceof State.InHandoff flight) {
            incumbent = flight.incumbent().alive() ? flight.incumbent().daemon().pid() : 0;
            if (flight instanceof State.WithSuccessor with) {
                successor = with.successor().alive() ? with.successor().daemon().pid() : 0;
            }
        } else if (service.state() instanceof State.Serving serving && successor == 0) {
            incumbent = serving.incumbent().daemon().pid();
        }
    }

    private void reached(String what, Moment moment) {
        Fault fault = next.orElseThrow();
        if (fault.step().moment() != moment || !fault.step().what().equals(what)) {
            return;
        }
        long pid = switch (fault.victim()) {
            case COORDINATOR -> Processes.ownPid();
            case INCUMBENT -> incumbent;
            case SUCCESSOR -> successor;
        };
        if (pid > 0) {
            strike(fault, (int) pid);
        }
    }

    private void strike(Fault fault, int pid) {
        next = Optional.empty();
        file.take();
        Processes.kill(pid, fault.act().signal());
        if (fault.victim() == Fault.Victim.COORDINATOR) {
            return; // only a stopped one comes here, once it was let go on
        }
        IntPredicate done = switch (fault.act()) {
            // The first thread of many may be gone before those that still hold what the process has open.
            case KILL -> victim -> !Processes.isAlive(victim) && Processes.threadCount(victim) <= 1;
            case STOP -> Processes::isStopped;
        };
        long endNs = System.nanoTime() + GONE_NS;
        while (!done.test(pid)) {
            if (System.nanoTime() - endNs > 0) {
                throw new IllegalStateException(fault + ": pid " + pid + " takes no notice");
            }
            LockSupport.parkNanos(LOOK_NS);
        }
    }
}
