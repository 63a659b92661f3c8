package dev.handoff.simulator;

import java.util.Optional;
import java.util.TreeSet;

import dev.handoff.codec.Fingerprint;
import dev.handoff.codec.HandoffId;
import dev.handoff.codec.Side;
import dev.handoff.codec.event.Event;
import dev.handoff.codec.event.ExitStatus;
import dev.handoff.coordinator.core.Effect;
import dev.handoff.coordinator.loop.Effects;
import dev.handoff.coordinator.loop.LoopAgent;
import dev.handoff.coordinator.loop.Session;
import dev.handoff.posix.Errno;

/** Does in the simulated world what the core orders; what the shell gives to a worker comes back after a while here too. */
final class SimulatedEffects implements Effects {

    private static final long CONNECT_AGAIN_NS = 5_000_000;
    private static final Fingerprint NO_HASH = Fingerprint.of(new byte[Fingerprint.BYTES]);

    private final World world;
    private final CoordinatorProcess process;
    private final SimulatedWire wire;
    private final SimulatedTimers timers;
    private final JournalTap tap;
    private final TreeSet<Long> watched = new TreeSet<>();
    private long spawned;

    SimulatedEffects(World world, CoordinatorProcess process, SimulatedWire wire, SimulatedTimers timers,
            JournalTap tap) {
        this.world = world;
        this.process = process;
        this.wire = wire;
        this.timers = timers;
        this.tap = tap;
    }

    @Override
    public void run(Effect effect, LoopAgent loop) {
        switch (effect) {
            case Effect.SendToIncumbent e -> loop.send(e.service(), e.session(), Side.INCUMBENT, e.message());
            case Effect.SendToSuccessor e -> loop.send(e.service(), e.session(), Side.SUCCESSOR, e.message());
            case Effect.Connect e -> connect(e);
            case Effect.CloseSession e -> wire.close(e.service(), e.session());
            case Effect.ResolveBinary e -> resolve(e);
            case Effect.SpawnSuccessor e -> spawnSuccessor(e, loop);
            case Effect.SpawnIncumbent e -> spawnIncumbent(e, loop);
            case Effect.Terminate e -> signal(e.daemon().pid(), false);
            case Effect.Kill e -> signal(e.daemon().pid(), true);
            case Effect.ArmTimer e -> timers.arm(e.service(), e.kind(), e.dueNs());
            case Effect.CancelTimer e -> timers.cancel(e.service(), e.kind());
            case Effect.Fence e -> loop.fence(e.service(), e.session());
            case Effect.LookAtLock e -> loop.afterwards(() -> {
                Daemon holder = world.data().holder();
                long pid = holder == null ? 0 : holder.pid();
                loop.happened(stamp -> new Event.LockSeen(stamp, pid), e.service(), e.handoffId());
            });
            case Effect.Respond _,Effect.Exit _ -> {
                // Nobody waits for an answer here, and nobody asks the coordinator to stop.
            }
            case Effect.Note e -> {
                var _ = loop.decided(e.decision());
            }
        }
    }

    // ---- Connecting

    private void connect(Effect.Connect order) {
        Session session = wire.awaitConnection(order.service(), order.session(), Side.INCUMBENT);
        long endNs = world.agenda().nowNs() + order.withinMs() * 1_000_000;
        process.after(world.wakeUpNs(), () -> tryToConnect(order, session, endNs));
    }

    private void tryToConnect(Effect.Connect order, Session session, long endNs) {
        if (session.abandoned()) {
            return;
        }
        SocketEnd end = world.control().connect(process.pid());
        if (end != null) {
            process.hold(end);
            if (end.peerPid() == order.expectedPid()) {
                park(order, session, end);
                return;
            }
            process.close(end);
        }
        if (world.agenda().nowNs() > endNs) {
            int errno = world.control().connectErrno();
            process.input(loop -> connectFailed(session, errno,
                    errno == 0 ? "another process answers" : Errno.name(errno), loop));
            return;
        }
        process.after(CONNECT_AGAIN_NS, () -> tryToConnect(order, session, endNs));
    }

    private void park(Effect.Connect order, Session session, SocketEnd end) {
        if (order.park()) {
            world.points().reached(process, "Park");
            world.keeper().park(CoordinatorProcess.nameOf(session), end);
            world.points().reached(process, "Park.after");
        }
        process.after(world.wakeUpNs(), () -> process.input(loop -> connected(session, end, loop)));
    }

    private void connected(Session session, SocketEnd end, LoopAgent loop) {
        if (wire.session(session.token()) != session) {
            end.shutdown();
            process.unpark(session.service(), session);
            process.close(end);
            return;
        }
        wire.connected(session, end);
        loop.happened(stamp -> new Event.SessionConnected(stamp, session.number(), end.peerPid()), session.service(),
                loop.handoffIdOf(session.service()));
        if (wire.session(session.token()) == session) {
            wire.watch(session);
        }
    }

    private void connectFailed(Session session, int errno, String reason, LoopAgent loop) {
        if (wire.session(session.token()) != session) {
            return;
        }
        wire.close(session.service(), session.number());
        loop.happened(stamp -> new Event.ConnectFailed(stamp, session.number(), errno, reason), session.service(),
                loop.handoffIdOf(session.service()));
    }

    // ---- Starting processes

    private void resolve(Effect.ResolveBinary order) {
        String path = order.requested().isEmpty() ? order.inUse() : order.requested();
        process.after(world.wakeUpNs(), () -> process.input(loop -> loop.happened(
                stamp -> new Event.BinaryResolved(stamp, path, 1, 1, NO_HASH), order.service(), order.handoffId())));
    }

    private void spawnIncumbent(Effect.SpawnIncumbent order, LoopAgent loop) {
        loop.happened(stamp -> new Event.SpawnOrdered(stamp, Side.INCUMBENT, order.binary()), order.service(),
                HandoffId.NONE);
        spawn(order.service(), HandoffId.NONE, Side.INCUMBENT, order.binary(), Optional.empty(), 0);
    }

    private void spawnSuccessor(Effect.SpawnSuccessor order, LoopAgent loop) {
        loop.happened(stamp -> new Event.SpawnOrdered(stamp, Side.SUCCESSOR, order.binary()), order.service(),
                order.handoffId());
        SocketEnd mine = SocketEnd.pair(world, process.pid(), process.pid());
        SocketEnd theirs = mine.peer();
        process.hold(mine);
        process.hold(theirs);
        Session session = wire.awaitConnection(order.service(), order.session(), Side.SUCCESSOR);
        wire.connected(session, mine);
        wire.watch(session);
        process.after(world.wakeUpNs(), () -> {
            if (!session.abandoned()) {
                world.points().reached(process, "Park");
                world.keeper().park(CoordinatorProcess.nameOf(session), mine);
                world.points().reached(process, "Park.after");
            }
            spawn(order.service(), order.handoffId(), Side.SUCCESSOR, order.binary(), Optional.of(theirs),
                    order.session());
        });
    }

    private void spawn(int service, HandoffId handoffId, Side role, String binary, Optional<SocketEnd> channel,
            long session) {
        process.after(world.wakeUpNs(), () -> {
            world.points().reached(process, "Spawn");
            if (world.points().spawnFails()) {
                channel.ifPresent(process::close);
                process.input(loop -> loop.happened(
                        stamp -> new Event.SpawnFailed(stamp, role, Errno.EAGAIN, "no process to be had"), service,
                        handoffId));
                return;
            }
            spawned++;
            world.safety().journaled(tap.spawns() >= spawned, "a process is started that is not in the journal");
            Daemon daemon = world.spawn(binary, channel, CoordinatorProcess.mark(service, role, session));
            channel.ifPresent(process::close);
            world.points().reached(process, "Spawn.after");
            process.after(world.wakeUpNs(), () -> process.input(loop -> {
                watch(daemon.pid());
                loop.happened(stamp -> new Event.Spawned(stamp, role, daemon.pid(), daemon.startTicks()), service,
                        handoffId);
            }));
        });
    }

    // ---- Processes

    /** Watches a process by a pidfd; one that has ended is seen at once. */
    void watch(long pid) {
        watched.add(pid);
        if (world.processes().living(pid) == null) {
            process.processEnded(pid);
        }
    }

    boolean watches(long pid) {
        return watched.contains(pid);
    }

    private void signal(long pid, boolean kill) {
        if (world.processes().living(pid) instanceof Daemon daemon && watched.contains(pid)) {
            if (kill) {
                daemon.die(new ExitStatus.Signaled(9));
            } else {
                daemon.terminate();
            }
        }
    }

    @Override
    public void processEnded(long pid, LoopAgent loop) {
        if (!watched.remove(pid)) {
            return;
        }
        int service = World.SERVICE;
        loop.readAllOf(service);
        ExitStatus status = world.exitStatus(pid);
        loop.happened(stamp -> new Event.ProcessExited(stamp, pid, status), service, loop.handoffIdOf(service));
    }
}
