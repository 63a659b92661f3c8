package dev.handoff.coordinator.shell;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.IntConsumer;

import dev.handoff.codec.HandoffId;
import dev.handoff.codec.Side;
import dev.handoff.codec.event.Event;
import dev.handoff.coordinator.core.Effect;
import dev.handoff.coordinator.core.State;
import dev.handoff.coordinator.loop.Effects;
import dev.handoff.coordinator.loop.LoopAgent;
import dev.handoff.coordinator.loop.Session;
import dev.handoff.coordinator.loop.Timers;
import dev.handoff.posix.Descriptors;
import dev.handoff.posix.Errno;
import dev.handoff.posix.ExitStatus;
import dev.handoff.posix.PeerCredentials;
import dev.handoff.posix.ProcLocks;
import dev.handoff.posix.Processes;
import dev.handoff.posix.Signals;
import dev.handoff.posix.Sockets;
import dev.handoff.posix.Spawn;
import dev.handoff.posix.UnixSockets;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Does what the core orders. What could block runs on a worker, and what comes of it returns through the ring. Loop thread
 * only.
 */
final class EffectRunner implements Effects {

    private static final Logger LOG = LoggerFactory.getLogger(EffectRunner.class);
    private static final int PRACTICE_LOOKS = 50;

    /** A daemon's control socket appears when it appears; looking costs a system call. */
    private static final long CONNECT_AGAIN_MS = 5;

    private final AtomicInteger practiceLooks = new AtomicInteger();
    private final Map<Integer, Supervised> services;
    private final SocketWire wire;
    private final Children children;
    private final Timers timers;
    private final Spawner spawner;
    private final ParkedSessions parked;
    private final Answers answers;
    private final Inbox inbox;
    private final ExecutorService workers;
    private final IntConsumer exit;

    EffectRunner(Map<Integer, Supervised> services, SocketWire wire, Children children, Timers timers, Spawner spawner,
            ParkedSessions parked, Answers answers, Inbox inbox, ExecutorService workers, IntConsumer exit) {
        this.services = services;
        this.wire = wire;
        this.children = children;
        this.timers = timers;
        this.spawner = spawner;
        this.parked = parked;
        this.answers = answers;
        this.inbox = inbox;
        this.workers = workers;
        this.exit = exit;
    }

    @Override
    public void run(Effect effect, LoopAgent loop) {
        switch (effect) {
            case Effect.SendToIncumbent e -> loop.send(e.service(), e.session(), Side.INCUMBENT, e.message());
            case Effect.SendToSuccessor e -> loop.send(e.service(), e.session(), Side.SUCCESSOR, e.message());
            case Effect.Connect e -> connect(e, loop);
            case Effect.CloseSession e -> close(e.service(), e.session());
            case Effect.ResolveBinary e -> resolve(e, loop);
            case Effect.SpawnSuccessor e -> spawnSuccessor(e, loop);
            case Effect.SpawnIncumbent e -> spawnIncumbent(e, loop);
            case Effect.Terminate e -> children.signal(e.daemon().pid(), Signals.SIGTERM);
            case Effect.Kill e -> children.signal(e.daemon().pid(), Signals.SIGKILL);
            case Effect.ArmTimer e -> timers.arm(e.service(), e.kind(), e.dueNs());
            case Effect.CancelTimer e -> timers.cancel(e.service(), e.kind());
            case Effect.Fence e -> loop.fence(e.service(), e.session());
            case Effect.LookAtLock e -> lookAtLock(e, loop);
            case Effect.Respond e -> answers.answer(e.requestId(), e.answer());
            case Effect.Note e -> {
                if (loop.decided(e.decision()) instanceof Event.HandoffEnded end) {
                    LOG.info("{}: handoff {} {}{}", services.get(end.stamp().service()).config().name(),
                            end.stamp().handoffId(), end.outcome().wireName(),
                            end.reason().isEmpty() ? "" : ": " + end.reason());
                    answers.ended(end);
                }
            }
            case Effect.Exit e -> loop.afterwards(() -> exit.accept(e.code()));
        }
    }

    // ---- Connecting -----------------------------------------------------------------------------------------------------

    private void connect(Effect.Connect order, LoopAgent loop) {
        Session session = wire.awaitConnection(order.service(), order.session(), Side.INCUMBENT);
        Path socket = services.get(order.service()).config().controlSocket();
        workers.execute(() -> connectUntil(order, session, socket, loop));
    }

    private void connectUntil(Effect.Connect order, Session session, Path socket, LoopAgent loop) {
        long endNs = System.nanoTime() + order.withinMs() * 1_000_000;
        PeerCredentials peer = new PeerCredentials();
        while (true) {
            int fd = UnixSockets.connect(socket);
            int error = fd < 0 ? fd : UnixSockets.peerCredentials(fd, peer);
            if (error >= 0 && peer.pid() == order.expectedPid()) {
                long peerPid = peer.pid();
                int held = order.park() ? parked.park(name(session), session, fd) : 0;
                if (held < 0) {
                    Descriptors.close(fd);
                    String reason = notParked(held);
                    inbox.task(() -> connectFailed(session, -held, reason, loop));
                } else {
                    inbox.task(() -> connected(session, fd, peerPid, loop));
                }
                return;
            }
            if (fd >= 0) {
                Descriptors.close(fd);
            }
            boolean mayChange = error >= 0 || error == -Errno.ENOENT || error == -Errno.ECONNREFUSED
                    || error == -Errno.EAGAIN || error == -Errno.EINTR;
            if (session.abandoned()) {
                return;
            }
            if (!mayChange || System.nanoTime() - endNs > 0) {
                String reason = socket + (error < 0
                        ? ": " + Errno.message(error)
                        : " is served by pid " + peer.pid() + ", not by pid " + order.expectedPid());
                int errno = Math.max(0, -error);
                inbox.task(() -> connectFailed(session, errno, reason, loop));
                return;
            }
            try {
                Thread.sleep(CONNECT_AGAIN_MS);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                return;
            }
        }
    }

    private void connected(Session session, int fd, long peerPid, LoopAgent loop) {
        if (wire.session(session.token()) != session) {
            // It may be parked, so its peer hears of a shutdown only.
            Sockets.shutdown(fd, Sockets.SHUT_RDWR);
            Descriptors.close(fd);
            return;
        }
        int watched = wire.connected(session, fd);
        if (watched < 0) {
            connectFailed(session, -watched, "cannot watch the session: " + Errno.message(watched), loop);
            return;
        }
        loop.happened(stamp -> new Event.SessionConnected(stamp, session.number(), peerPid), session.service(),
                loop.handoffIdOf(session.service()));
    }

    private void connectFailed(Session session, int errno, String reason, LoopAgent loop) {
        if (wire.session(session.token()) != session) {
            return;
        }
        close(session.service(), session.number());
        loop.happened(stamp -> new Event.ConnectFailed(stamp, session.number(), errno, reason), session.service(),
                loop.handoffIdOf(session.service()));
    }

    private String name(Session session) {
        return ParkedSessions.name(services.get(session.service()).config().name(), session.side(), session.number());
    }

    /** What to tell a person whose handoff the store does not allow. */
    private static String notParked(int error) {
        return "the session could not be parked with the descriptor store (" + Errno.message(error)
                + (error == -Errno.ENOSPC
                        ? "): it is full; raise FileDescriptorStoreMax to 2 for each handoff at a time and 1 for each listener"
                        : "): without it a handoff would not outlive this coordinator; look at the store, or start without one");
    }

    /** Shut down first: a session that is parked does not end by a close. */
    private void close(int service, long number) {
        Session session = wire.session(Session.token(service, number));
        wire.close(service, number);
        if (session != null) {
            parked.forget(name(session));
        }
    }

    // ---- Starting processes ---------------------------------------------------------------------------------------------

    private void resolve(Effect.ResolveBinary order, LoopAgent loop) {
        Supervised service = services.get(order.service());
        State state = loop.fold().state().services().get(order.service()).state();
        int incumbentPid = state instanceof State.InHandoff flight ? (int) flight.incumbent().daemon().pid() : 0;
        workers.execute(() -> {
            inbox.fact(order.service(), order.handoffId(),
                    switch (Binaries.look(service.config(), order.requested(), order.inUse())) {
                        case Binaries.Looked.Found found -> stamp -> new Event.BinaryResolved(stamp,
                                found.path().toString(), found.device(), found.inode(), found.sha256());
                        case Binaries.Looked.Rejected rejected ->
                            stamp -> new Event.BinaryRejected(stamp, rejected.reason());
                    });
            // For practice: clients wait while the loop looks at the lock in earnest, and a first look takes ten times as long as the
            // fiftieth, when it is compiled. So many are needed once in a process.
            while (practiceLooks.getAndIncrement() < PRACTICE_LOOKS) {
                long _ = lockHolder(service, List.of(incumbentPid));
            }
        });
    }

    private void spawnIncumbent(Effect.SpawnIncumbent order, LoopAgent loop) {
        loop.happened(stamp -> new Event.SpawnOrdered(stamp, Side.INCUMBENT, order.binary()), order.service(),
                HandoffId.NONE);
        spawn(order.service(), HandoffId.NONE, Side.INCUMBENT, Path.of(order.binary()), Optional.empty(), loop);
    }

    private void spawnSuccessor(Effect.SpawnSuccessor order, LoopAgent loop) {
        loop.happened(stamp -> new Event.SpawnOrdered(stamp, Side.SUCCESSOR, order.binary()), order.service(),
                order.handoffId());
        long pair = UnixSockets.socketPair();
        if (pair < 0) {
            int errno = (int) -pair;
            loop.afterwards(() -> loop.happened(
                    stamp -> new Event.SpawnFailed(stamp, Side.SUCCESSOR, errno,
                            "no control channel: " + Errno.message(errno)),
                    order.service(), order.handoffId()));
            return;
        }
        Session session = wire.awaitConnection(order.service(), order.session(), Side.SUCCESSOR);
        int watched = wire.connected(session, Descriptors.low(pair));
        if (watched < 0) {
            throw new IllegalStateException("cannot watch a control channel: " + Errno.message(watched));
        }
        // The loop may close its own descriptor, and another file get the number, before the worker has parked it.
        int toPark = Descriptors.duplicate(Descriptors.low(pair), 0);
        spawn(order.service(), order.handoffId(), Side.SUCCESSOR, Path.of(order.binary()),
                Optional.of(new Channel(session, toPark, Descriptors.high(pair))), loop);
    }

    /** A successor's control channel: {@code ours} to be parked and closed, {@code theirs} to be inherited and closed. */
    private record Channel(Session session, int ours, int theirs) {
        void close() {
            Descriptors.close(ours);
            Descriptors.close(theirs);
        }
    }

    private void spawn(int number, HandoffId handoffId, Side role, Path binary, Optional<Channel> channel,
            LoopAgent loop) {
        Supervised service = services.get(number);
        workers.execute(() -> {
            Optional<String> hindered = channel.isPresent()
                    ? hindered(service, channel.get())
                    : service.listeners().complete();
            if (hindered.isPresent()) {
                channel.ifPresent(Channel::close);
                inbox.fact(number, handoffId, stamp -> new Event.SpawnFailed(stamp, role, 0, hindered.get()));
                return;
            }
            Spawn.Outcome outcome = spawner.spawn(service, role, binary,
                    channel.map(with -> with.session().number()).orElse(0L),
                    channel.map(with -> OptionalInt.of(with.theirs())).orElse(OptionalInt.empty()));
            channel.ifPresent(Channel::close);
            switch (outcome) {
                case Spawn.SpawnFailed failed -> inbox.fact(number, handoffId, stamp -> new Event.SpawnFailed(stamp,
                        role, failed.errno(), failed.what() + ": " + Errno.message(failed.errno())));
                case Spawn.Spawned spawned -> {
                    // The child is unreaped, so its pid is still its own.
                    int pidfd = Processes.pidfdOpen(spawned.pid());
                    long startTicks = Processes.startTimeTicks(spawned.pid());
                    inbox.task(() -> spawned(number, handoffId, role, spawned.pid(), pidfd, startTicks, loop));
                }
            }
        });
    }

    /** Why a successor cannot be started, or nothing; its channel is parked then, before anybody uses it. */
    private Optional<String> hindered(Supervised service, Channel channel) {
        Optional<String> missing = service.listeners().missing();
        if (missing.isPresent()) {
            return missing;
        }
        int held = channel.ours() < 0
                ? channel.ours()
                : parked.park(name(channel.session()), channel.session(),
                        channel.ours());
        return held < 0 ? Optional.of(notParked(held)) : Optional.empty();
    }

    private void spawned(int number, HandoffId handoffId, Side role, int pid, int pidfd, long startTicks,
            LoopAgent loop) {
        if (pidfd < 0) {
            Processes.kill(pid, Signals.SIGKILL);
            Processes.waitFor(pid, false);
            loop.happened(stamp -> new Event.SpawnFailed(stamp, role, -pidfd,
                    "pidfd_open: " + Errno.message(pidfd)), number, handoffId);
            return;
        }
        int watched = children.add(number, pid, pidfd);
        if (watched < 0) {
            throw new IllegalStateException("cannot watch pid " + pid + ": " + Errno.message(watched));
        }
        loop.happened(stamp -> new Event.Spawned(stamp, role, pid, Math.max(0, startTicks)), number, handoffId);
    }

    /** A pidfd became readable. What the process said before it ended is read before its end is told. */
    @Override
    public void processEnded(long pid, LoopAgent loop) {
        Children.Child child = children.child((int) pid);
        if (child == null) {
            return;
        }
        loop.readAllOf(child.service());
        switch (Processes.waitFor(child.pid(), true)) {
            case ExitStatus.StillRunning _ -> timers.later(1_000_000, () -> processEnded(pid, loop));
            case ExitStatus.Exited exited -> ended(child, new dev.handoff.codec.event.ExitStatus.Exited(exited.code()),
                    loop);
            case ExitStatus.Signaled signaled ->
                ended(child, new dev.handoff.codec.event.ExitStatus.Signaled(signaled.signal()), loop);
            case ExitStatus.Unknown _ -> ended(child, new dev.handoff.codec.event.ExitStatus.Unknown(), loop);
        }
    }

    private void ended(Children.Child child, dev.handoff.codec.event.ExitStatus status, LoopAgent loop) {
        children.reaped(child.pid());
        loop.happened(stamp -> new Event.ProcessExited(stamp, child.pid(), status), child.service(),
                loop.handoffIdOf(child.service()));
    }

    private void lookAtLock(Effect.LookAtLock order, LoopAgent loop) {
        Supervised service = services.get(order.service());
        loop.afterwards(() -> {
            // Who should have it; whoever else is asked for costs a slower look.
            State state = loop.fold().state().services().get(order.service()).state();
            long pid = lockHolder(service,
                    state instanceof State.WithSuccessor with
                            ? List.of((int) with.successor().daemon().pid())
                            : List.of());
            loop.happened(stamp -> new Event.LockSeen(stamp, pid), order.service(), order.handoffId());
        });
    }

    private static long lockHolder(Supervised service, List<Integer> likely) {
        return service.config().dataDir()
                .map(dir -> Long.valueOf(ProcLocks.holderOf(FactFinder.lockFile(dir), likely))).orElse(-1L);
    }
}
