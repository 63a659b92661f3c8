package dev.handoff.simulator;

import java.util.ArrayDeque;
import java.util.Optional;

import dev.handoff.codec.Fingerprint;
import dev.handoff.codec.ShardRevisions;
import dev.handoff.codec.event.ExitStatus;

/**
 * A process of the supervised program: it accepts clients, writes to the data directory, and takes part in handoffs. What it
 * does there is its subclasses' matter, which drive the real sessions; this is the program behind them, and it keeps the
 * contract that the protocol page asks of one.
 */
abstract class Daemon extends SimulatedProcess {

    private static final Fingerprint FINGERPRINT = Fingerprint.of(new byte[Fingerprint.BYTES]);
    private static final long STEP_NS = 100_000;

    private final DaemonPlan plan;
    private final Optional<SocketEnd> channel;
    private final String mark;
    private final DataDirectory data;
    private final ArrayDeque<Long> inFlight = new ArrayDeque<>(2);
    private ControlSocket.Listener control;
    private boolean accepting;
    private boolean sealed;
    private boolean behind;
    private int revision;
    private boolean hasty;
    private int hook;
    private int drains;
    private int seals;
    private int resumes;

    /**
     * @param channel
     *            its control channel, empty for a cold start
     * @param mark
     *            what its environment says of the order it was spawned by
     */
    Daemon(World world, DaemonPlan plan, Optional<SocketEnd> channel, String mark) {
        super(world);
        this.plan = plan;
        this.channel = channel;
        this.mark = mark;
        this.data = world.data();
        channel.ifPresent(this::hold);
        world.listener().hold(pid());
    }

    /** Its first step. */
    final void begin() {
        after(plan.startNs(), () -> {
            if (channel.isPresent()) {
                startAsSuccessor(channel.get());
            } else {
                startCold();
            }
        });
    }

    private void startCold() {
        if (!tryLock()) {
            exit(1, "the lock is held");
        }
        after(plan.openNs(), () -> {
            open();
            control = world().control().bindBeside(this);
            world().control().place(control);
            startAccepting();
            serveAsIncumbent();
        });
    }

    abstract void startAsSuccessor(SocketEnd end);

    /** The control socket is in place: supervisors may come. */
    abstract void serveAsIncumbent();

    /** A supervisor has connected and waits to be accepted. */
    abstract void supervisorWaits();

    /** The control path may no longer lead here. */
    abstract void lookAtControlPath();

    // ---- What it is

    final DaemonPlan plan() {
        return plan;
    }

    final String mark() {
        return mark;
    }

    final boolean accepts() {
        return accepting;
    }

    /** A stock daemon only logs that its resume hook failed after its session's end, and nobody can tell from outside. */
    final boolean isSilentlyDeaf() {
        return plan.stock() && resumes > 0 && resumes <= plan.failedResumes();
    }

    /** Whether it is a stock daemon whose drain failed, after which it does not accept again by itself. */
    final boolean isLeftDrained() {
        return plan.stock() && drains > 0 && drains <= plan.failedDrains();
    }

    /** Whether it has sealed in this handoff. */
    final boolean hasSealed() {
        return sealed;
    }

    /** Another handoff begins. */
    final void forgetSeal() {
        sealed = false;
    }

    /** Whether its {@code Ready} said less than it had found. */
    final boolean isBehind() {
        return behind;
    }

    final boolean holdsLock() {
        return data.isHeldBy(this);
    }

    final Optional<ControlSocket.Listener> control() {
        return Optional.ofNullable(control);
    }

    final void bindControl() {
        control = world().control().bindBeside(this);
    }

    final void placeControl() {
        world().control().place(control);
    }

    final boolean inPlace() {
        return world().control().leadsTo(control);
    }

    /** Another socket is bound and put in place, where the path does not lead here. */
    final void restoreControl() {
        if (!inPlace()) {
            control.close();
            bindControl();
            placeControl();
        }
    }

    // ---- The lock and the data

    final boolean tryLock() {
        reached("TakeLock");
        boolean taken = data.tryLock(this);
        reached("LockTried");
        return taken;
    }

    final void unlock() {
        reached("ReleaseLock");
        data.unlock(this);
        reached("LockReleased");
    }

    final void open() {
        revision = data.open(this);
        reached("Opened");
    }

    final int revision() {
        return revision;
    }

    final ShardRevisions revisions() {
        return ShardRevisions.of(revision);
    }

    final Fingerprint fingerprint() {
        return FINGERPRINT;
    }

    /** What a successor says of itself once it has opened its state. */
    final ShardRevisions advertised() {
        int advertised = Math.max(0, revision - plan.behind());
        behind = advertised < revision;
        return ShardRevisions.of(advertised);
    }

    // ---- Hooks

    /** Runs a hook that takes this long. Whatever ends it first counts. */
    final void hook(long durationNs, Runnable end) {
        hook++;
        int mine = hook;
        after(durationNs, () -> {
            if (hook == mine) {
                hook++;
                end.run();
            }
        });
    }

    /** The drain: accept no more, finish what is in flight, fsync. Whether it worked. */
    final boolean drained() {
        drains++;
        if (!hasty) {
            finishAll();
        }
        if (drains <= plan.failedDrains()) {
            return false;
        }
        data.sync();
        return true;
    }

    final void stopAccepting() {
        accepting = false;
    }

    /** {@code Drained} is about to be said. */
    final void saysDrained() {
        world().safety().drained(this, data.isSynced(), inFlight.isEmpty());
    }

    /** The seal's beginning. */
    final void sealing() {
        world().safety().seals(this, holdsLock());
    }

    /** The seal: flush, fsync, close. Whether it worked. */
    final boolean sealEnded() {
        seals++;
        if (seals <= plan.failedSeals()) {
            return false;
        }
        data.close(this);
        sealed = true;
        return true;
    }

    /** Reads the directory again where it was closed, and accepts. Whether it worked. */
    final boolean resumed() {
        resumes++;
        if (resumes <= plan.failedResumes()) {
            return false;
        }
        if (!data.isOpen(this)) {
            open();
        }
        startAccepting();
        return true;
    }

    // ---- Clients

    final void startAccepting() {
        accepting = true;
        world().clients().accepts(this);
    }

    /** Accepts whoever waits. */
    final void acceptClients() {
        while (accepting && !stopped()) {
            Long write = world().listener().accept();
            if (write == null) {
                return;
            }
            inFlight.add(write);
            after(world().dice().spread(STEP_NS, 20 * STEP_NS), this::finishOne);
        }
    }

    /** What is in flight is not waited for by the drain that begins. */
    final void leaveInFlight() {
        hasty = true;
        world().clients().arrive();
    }

    private void finishOne() {
        Long write = inFlight.poll();
        if (write != null) {
            finish(write);
        }
    }

    private void finishAll() {
        for (Long write = inFlight.poll(); write != null; write = inFlight.poll()) {
            finish(write);
        }
    }

    /** Write, fsync, acknowledge: in this order. */
    private void finish(long write) {
        data.write(this, revision, write);
        int at = revision;
        revision++;
        data.sync();
        data.acknowledge(at, write);
        world().clients().acknowledged(write);
    }

    // ---- The end

    final void exit(int code, String reason) {
        world().note(this, () -> "exits with " + code + ": " + reason);
        die(new ExitStatus.Exited(code));
    }

    /** SIGTERM. */
    final void terminate() {
        after(world().wakeUpNs(), () -> die(new ExitStatus.Signaled(15)));
    }

    @Override
    final void died() {
        data.died(this);
        if (control != null) {
            world().control().ownerDied(control);
        }
        world().listener().release(pid());
        world().clients().broken(inFlight);
        world().daemonDied(this);
    }

    final void reached(String what) {
        world().points().reached(this, what);
    }

    @Override
    public String toString() {
        return (plan.stock() ? "stock" : "ours") + " g" + plan.generation() + " pid " + pid();
    }
}
