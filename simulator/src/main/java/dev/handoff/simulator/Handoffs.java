package dev.handoff.simulator;

import java.util.ArrayList;
import java.util.List;

import dev.handoff.codec.HandoffId;
import dev.handoff.codec.event.Event;
import dev.handoff.codec.event.Outcome;
import dev.handoff.coordinator.core.Service;
import dev.handoff.coordinator.core.State;

/**
 * Leads a world through handoffs, one after the other: asks for a swap, lets what is due go wrong, then heals the world and
 * demands that the handoff ends, the service serves, and nothing is left behind, all within a bounded time.
 */
final class Handoffs {

    /** The service was given up, as it had to be: the world ends here. */
    static final class Lost extends RuntimeException {
        private static final long serialVersionUID = 1L;

        private Lost() {
            super("given up", null, false, false);
        }
    }

    /**
     * What became of one handoff.
     *
     * @param recovered
     *            whether a coordinator went on with what another had left
     */
    record Ended(Outcome outcome, boolean recovered) {}

    private static final long MS = 1_000_000;
    /** Well beyond what all budgets of a handoff, its rollback and a cold start come to. */
    private static final long MOST_AWAY_NS = 2_500 * MS;
    private static final long PROGRESS_NS = 300_000 * MS;

    private final World world;
    private long doubted;

    Handoffs(World world) {
        this.world = world;
    }

    /** Starts the machine with this generation, and waits until it serves. */
    void begin(DaemonPlan first) {
        world.plan(first);
        world.boot();
        settle("the first start");
    }

    /** One handoff to this generation, with these faults; {@code healAfterNs} bounds the time in which they strike. */
    Ended run(HandoffId id, DaemonPlan next, String expectedBuild, List<Fault> faults, long healAfterNs) {
        world.plan(next);
        world.calm(false);
        world.begin(id);
        world.points().begin(faults);
        world.say(() -> "handoff " + id.leastSignificantBits() + " to " + (next.stock() ? "stock g" : "ours g")
                + next.generation() + ", " + faults);
        boolean mustCommit = isUndisturbed(next, expectedBuild, faults);
        for (int i = 0; i < 3; i++) {
            world.agenda().after(world.dice().spread(MS / 10, 100 * MS), world.clients()::arrive);
        }
        request(id, next.binary(), expectedBuild);
        long healNs = world.agenda().nowNs() + healAfterNs;
        long endedNs = 0;
        while (world.agenda().nowNs() < healNs && world.agenda().runNext(healNs)) {
            if (endedNs == 0 && world.safety().endOf(id) != null) {
                endedNs = world.agenda().nowNs();
                healNs = Math.min(healNs, endedNs + world.dice().spread(MS, 1_000 * MS));
            }
        }
        world.heal();
        awaitEnd(id, next, expectedBuild);
        settle("handoff " + id.leastSignificantBits());
        Event.HandoffEnded end = world.safety().endOf(id);
        if (mustCommit && end.outcome() != Outcome.COMMITTED) {
            throw new Violation("goes-on", "handoff " + id.leastSignificantBits() + " ended as " + end.outcome()
                    + ", and nothing but the coordinator's death happened to it: " + end.reason());
        }
        return new Ended(end.outcome(), world.isTakenOver());
    }

    /** Whether nothing happens to this handoff but that coordinators die, and others follow long before anybody gives it up. */
    private boolean isUndisturbed(DaemonPlan next, String expectedBuild, List<Fault> faults) {
        // Who serves, not who was committed last: after a damaged journal the coordinator adopts whoever holds the lock.
        if (!(service() != null && service().state() instanceof State.Serving serving)
                || !(world.processes().living(serving.incumbent().daemon().pid()) instanceof Daemon incumbent)) {
            return false;
        }
        long awayNs = 0;
        for (Fault fault : faults) {
            if (fault.kind() != Fault.Kind.KILL_COORDINATOR) {
                return false;
            }
            awayNs += fault.durationNs();
        }
        return next.isSound() && incumbent.plan().isSound() && awayNs < MOST_AWAY_NS
                && (expectedBuild.isEmpty() || expectedBuild.equals(next.build().toString()))
                && doubted != incumbent.pid();
    }

    private void request(HandoffId id, String binary, String expectedBuild) {
        CoordinatorProcess coordinator = world.coordinator();
        coordinator.after(0, () -> coordinator.input(loop -> loop.happened(
                stamp -> new Event.SwapRequested(stamp, coordinator.nextRequest(), 0, 1, binary, expectedBuild),
                World.SERVICE, id)));
    }

    /** A request that died with its coordinator is made again, once the service can take it. */
    private void awaitEnd(HandoffId id, DaemonPlan next, String expectedBuild) {
        long limitNs = world.agenda().nowNs() + PROGRESS_NS;
        while (world.safety().endOf(id) == null) {
            giveUpIfNothingIsKnown();
            if (world.coordinator().isUp() && isServing() && !isInFlight(id)) {
                request(id, next.binary(), expectedBuild);
            }
            if (!world.agenda().runNext(limitNs)) {
                throw new Violation("progress", "handoff " + id.leastSignificantBits()
                        + " has not ended long after the last fault: " + describe());
            }
        }
    }

    /**
     * Without a journal, and with a configuration that does not say where the lock lies, a daemon whose control path was taken
     * over by one that died cannot be found: the coordinator says so and gives up, and never starts a second writer.
     */
    private void giveUpIfNothingIsKnown() {
        if (world.safety().isJournalDamaged() && !world.policy().lockGate() && world.coordinator().isUp()
                && service().state() instanceof State.Failed) {
            throw new Lost();
        }
    }

    private Service service() {
        return world.coordinator().fold().state().services().get(World.SERVICE);
    }

    private boolean isServing() {
        Service service = service();
        return service != null && service.state() instanceof State.Serving;
    }

    private boolean isInFlight(HandoffId id) {
        return service().state().handoffId().equals(id);
    }

    // ---- At rest

    private void settle(String after) {
        long limitNs = world.agenda().nowNs() + PROGRESS_NS;
        String missing = missing();
        while (!missing.isEmpty()) {
            giveUpIfNothingIsKnown();
            if (!world.agenda().runNext(limitNs)) {
                throw new Violation("progress",
                        "long after the last fault, after " + after + ", " + missing + ": " + describe());
            }
            missing = missing();
        }
        if (!(service().state() instanceof State.Serving serving)
                || !(world.processes().living(serving.incumbent().daemon().pid()) instanceof Daemon daemon)
                || isExcused(serving, daemon)) {
            return;
        }
        world.clients().probe();
        while (!world.clients().probed()) {
            if (!world.agenda().runNext(limitNs)) {
                throw new Violation("progress", "after " + after + " nobody serves a client: " + describe());
            }
        }
        world.coordinator().compareWithReplay();
    }

    /** What is not yet as it is between two handoffs, or nothing. */
    private String missing() {
        CoordinatorProcess coordinator = world.coordinator();
        if (coordinator == null || !coordinator.isUp() || service() == null) {
            return "no coordinator is up";
        }
        Service service = service();
        if (!(service.state() instanceof State.Serving serving)) {
            return "the service does not serve";
        }
        if (!service.departing().isEmpty()) {
            return "an old incumbent has not left";
        }
        SimulatedProcess process = world.processes().living(serving.incumbent().daemon().pid());
        if (!(process instanceof Daemon daemon)) {
            return "the incumbent is dead";
        }
        if (!isExcused(serving, daemon) && !(daemon.accepts() && daemon.holdsLock())) {
            return "the incumbent does not accept";
        }
        if (world.processes().living().size() != 2) {
            return "processes are left over: " + world.processes().living();
        }
        return leaks(serving, coordinator);
    }

    /**
     * A stock daemon whose drain failed may stay deaf: the coordinator says so, once; the next handoff that asks nothing of it says
     * no more, and neither does a coordinator that lost its journal.
     */
    private boolean isExcused(State.Serving serving, Daemon daemon) {
        if (!serving.doubt().isEmpty()) {
            doubted = daemon.pid();
        }
        boolean forgotten = world.safety().isJournalDamaged() && daemon.isLeftDrained();
        return doubted == daemon.pid() || daemon.isSilentlyDeaf() || forgotten;
    }

    private String leaks(State.Serving serving, CoordinatorProcess coordinator) {
        int kept = serving.incumbent().connected() ? 1 : 0;
        List<String> names = new ArrayList<>(world.keeper().names());
        if (coordinator.sessions() != kept || names.size() > kept) {
            return "sockets are left over: " + coordinator.sessions() + " in the coordinator, " + names
                    + " in the store";
        }
        return coordinator.held().size() == kept
                ? ""
                : "the coordinator holds " + coordinator.held().size() + " sockets";
    }

    private String describe() {
        Service service = world.coordinator() == null || world.coordinator().fold() == null ? null : service();
        return "coordinator " + (world.coordinator().isUp() ? "up" : "down") + ", service "
                + (service == null ? "unknown" : service.state() + " timers " + service.timers()) + ", processes "
                + world.processes().living() + ", lock " + world.data().holder();
    }
}
