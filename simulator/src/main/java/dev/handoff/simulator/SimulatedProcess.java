package dev.handoff.simulator;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;

import dev.handoff.codec.event.ExitStatus;

/** A process: it runs steps, may be stopped and continued, and dies once. */
abstract class SimulatedProcess {

    private final World world;
    private final long pid;
    private final long startTicks;
    private final List<SocketEnd> held = new ArrayList<>(2);
    private final ArrayDeque<Runnable> deferred = new ArrayDeque<>(0);
    private boolean alive = true;
    private boolean stopped;
    private ExitStatus status;

    SimulatedProcess(World world) {
        this.world = world;
        this.pid = world.processes().nextPid();
        this.startTicks = world.agenda().nowMs() / 10;
    }

    World world() {
        return world;
    }

    long pid() {
        return pid;
    }

    long startTicks() {
        return startTicks;
    }

    boolean alive() {
        return alive;
    }

    boolean stopped() {
        return stopped;
    }

    /** How it ended, or null. */
    ExitStatus status() {
        return status;
    }

    /** Runs a step of this process now, or once it continues; not at all when it is dead. */
    final void run(Runnable step) {
        if (!alive) {
            return;
        }
        if (stopped) {
            deferred.add(step);
            return;
        }
        SimulatedProcess before = world.running();
        world.running(this);
        try {
            step.run();
        } catch (Killed killed) {
            if (alive) {
                throw killed;
            }
        } finally {
            world.running(before);
        }
    }

    /** Runs a step later. */
    final void after(long delayNs, Runnable step) {
        world.agenda().after(delayNs, () -> run(step));
    }

    /** SIGSTOP. What it does now is done to its end first. */
    final void stop() {
        stopped = alive;
    }

    /** SIGCONT: what it missed comes in order. */
    final void resume() {
        stopped = false;
        Runnable step = deferred.poll();
        while (step != null) {
            run(step);
            step = stopped ? null : deferred.poll();
        }
    }

    /** Ends it, by itself or by a signal. Its descriptors are closed, its lock is freed, its parent is told. */
    final void die(ExitStatus how) {
        if (!alive) {
            return;
        }
        alive = false;
        stopped = false;
        deferred.clear();
        status = how;
        for (SocketEnd end : List.copyOf(held)) {
            end.unwatch();
            end.release();
        }
        held.clear();
        died();
        world.processes().ended(this);
        if (equals(world.running())) {
            throw new Killed();
        }
    }

    /** What else goes with the process. */
    abstract void died();

    /** This process has a descriptor of the socket now. */
    final void hold(SocketEnd end) {
        end.hold();
        held.add(end);
    }

    /** It closes that descriptor. */
    final void close(SocketEnd end) {
        if (held.remove(end)) {
            end.unwatch();
            end.release();
        }
    }

    final List<SocketEnd> held() {
        return held;
    }
}
