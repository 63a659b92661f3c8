package dev.handoff.participant;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;

import dev.handoff.codec.HandoffId;
import dev.handoff.participant.session.IncumbentAction;
import dev.handoff.participant.session.IncumbentInput;
import dev.handoff.participant.session.IncumbentSession;
import dev.handoff.participant.session.IncumbentState;
import dev.handoff.participant.session.SessionTerms;
import dev.handoff.participant.session.SessionTimes;
import dev.handoff.posix.Epoll;
import dev.handoff.posix.Errno;
import dev.handoff.posix.EventFd;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.slf4j.event.Level;

/**
 * Drives the incumbent's sessions, one at a time, on the thread that made it; the daemon's hooks run on another one, and their
 * outcomes come back through a queue.
 */
final class IncumbentLoop implements AutoCloseable {

    private static final Logger LOG = LoggerFactory.getLogger(IncumbentLoop.class);

    private static final long WAKE = 1;
    private static final long LISTENER = 2;
    private static final long SESSION = 3;
    /** How often the control path is looked at, and a waiting supervisor noticed, while nothing is in flight. */
    private static final long LOOK_EVERY_MS = 1_000;

    private final ParticipantConfig config;
    private final SessionTerms terms;
    private final SessionClock clock;
    private final Level story;
    private final boolean rehearsed;
    private final DataDirLock lock;
    private final ControlSocket control;
    private final ConnectionIntake intake;
    private final Drainable drainable;
    private final StopSignal stop;
    private final EventFd wake;
    private final Epoll epoll;
    private final ExecutorService hooks = Executors
            .newSingleThreadExecutor(Thread.ofPlatform().name("handoff-hook").daemon().factory());
    private final Queue<IncumbentInput> inputs = new ConcurrentLinkedQueue<>();

    private IncumbentSession session;
    private SocketBytes peer;
    private boolean writeWanted;
    private boolean listening;
    private DrainClock drainClock;
    // Made by the hooks' thread before the drain's outcome is posted, which the session's thread awaits to look at it.
    private volatile ConnectionOffer offer;
    private long lookAtMs;
    private Served served;

    private IncumbentLoop(Generation generation, DataDirLock lock, ControlSocket control, ConnectionIntake intake,
            Drainable drainable, StopSignal stop, EventFd wake, Epoll epoll) {
        this.config = generation.config();
        this.terms = generation.terms();
        this.clock = generation.clock();
        this.story = generation.story();
        this.rehearsed = generation.rehearsed();
        this.lock = lock;
        this.control = control;
        this.intake = intake;
        this.drainable = drainable;
        this.stop = stop;
        this.wake = wake;
        this.epoll = epoll;
    }

    static IncumbentLoop open(Generation generation, DataDirLock lock, ControlSocket control, ConnectionIntake intake,
            Drainable drainable, StopSignal stop) throws IOException {
        EventFd wake = EventFd.open();
        Epoll epoll;
        try {
            epoll = Epoll.open(4);
        } catch (IOException e) {
            wake.close();
            throw e;
        }
        epoll.add(wake.fd(), Epoll.EPOLLIN, WAKE);
        return new IncumbentLoop(generation, lock, control, intake, drainable, stop, wake, epoll);
    }

    Served untilOver() {
        stop.wakeWith(wake::signal);
        listen();
        while (served == null) {
            int count = epoll.await(timeoutMs());
            boolean listenerReady = false;
            boolean peerReady = false;
            for (int i = 0; i < count; i++) {
                switch ((int) epoll.token(i)) {
                    case (int) WAKE -> wake.drain();
                    case (int) LISTENER -> listenerReady = true;
                    default -> peerReady = true;
                }
            }
            if (stop.raised()) {
                served = new Served.Stopped();
                break;
            }
            if (peerReady && peer != null) {
                read();
            }
            outcomes();
            if (listenerReady && session == null) {
                accept();
            }
            if (session != null && clock.nowMs() >= session.dueAtMs()) {
                carryOut(session.timePassed(clock.nowMs()));
            }
            flush();
            look();
        }
        return served;
    }

    // ---- the connection

    private void accept() {
        int fd = control.accept();
        if (fd < 0) {
            LOG.warn("a supervisor could not be accepted: {}", Errno.message(fd));
            return;
        }
        deafen();
        peer = new SocketBytes(fd);
        writeWanted = false;
        epoll.add(fd, Epoll.EPOLLIN, SESSION);
        session = new IncumbentSession(terms);
        carryOut(session.connected(clock.nowMs()));
    }

    private void read() {
        ByteBuffer bytes = peer.read();
        carryOut(bytes == null
                ? session.happened(new IncumbentInput.Lost("the supervisor closed the session"), clock.nowMs())
                : session.received(bytes, clock.nowMs()));
    }

    private void flush() {
        while (peer != null && session.outgoing().hasRemaining()) {
            int written = peer.write(session.outgoing());
            if (written == 0) {
                break;
            }
            if (written > 0) {
                session.wrote(written, clock.nowMs());
                continue;
            }
            // What the supervisor said before it went still counts, a Commit most of all.
            ByteBuffer unread = peer.read();
            while (peer != null && unread != null && unread.hasRemaining()) {
                carryOut(session.received(unread, clock.nowMs()));
                unread = peer == null ? null : peer.read();
            }
            if (peer != null) {
                carryOut(session.happened(new IncumbentInput.Lost(
                        "the supervisor is gone: " + Errno.message(written)), clock.nowMs()));
            }
        }
        if (peer != null && writeWanted != session.outgoing().hasRemaining()) {
            writeWanted = !writeWanted;
            epoll.modify(peer.fd(), writeWanted ? Epoll.EPOLLIN | Epoll.EPOLLOUT : Epoll.EPOLLIN, SESSION);
        }
    }

    private void outcomes() {
        IncumbentInput input = inputs.poll();
        while (input != null) {
            if (session != null) {
                carryOut(session.happened(input, clock.nowMs()));
            }
            input = inputs.poll();
        }
    }

    /** While nothing is in flight: is the control path still ours, does another supervisor wait? */
    private void look() {
        if (served != null || clock.nowMs() < lookAtMs || !idle()) {
            return;
        }
        lookAtMs = clock.nowMs() + LOOK_EVERY_MS;
        restoreControlSocket();
        if (session != null && control.someoneWaits()) {
            carryOut(session.happened(new IncumbentInput.AnotherWaits(), clock.nowMs()));
        }
    }

    private boolean idle() {
        return session == null || session.state() instanceof IncumbentState.AwaitingPrepare
                || session.state() instanceof IncumbentState.AwaitingHelloAck;
    }

    private int timeoutMs() {
        long due = session == null ? SessionTimes.NEVER : session.dueAtMs();
        if (idle()) {
            due = Math.min(due, lookAtMs);
        }
        return due == SessionTimes.NEVER ? -1 : (int) Math.clamp(due - clock.nowMs(), 0L, 60_000L);
    }

    private void listen() {
        if (!listening) {
            listening = true;
            epoll.add(control.fd(), Epoll.EPOLLIN, LISTENER);
        }
    }

    private void deafen() {
        if (listening) {
            listening = false;
            epoll.remove(control.fd());
        }
    }

    private void restoreControlSocket() {
        boolean wasListening = listening;
        deafen();
        try {
            if (control.restore()) {
                LOG.info("the control path {} leads here again", config.controlSocket());
            }
        } catch (IOException e) {
            LOG.error("the control path {} does not lead here, will try again: {}", config.controlSocket(),
                    e.toString());
        }
        if (wasListening) {
            listen();
        }
    }

    // ---- the session's orders

    private void carryOut(List<IncumbentAction> actions) {
        for (IncumbentAction action : actions) {
            switch (action) {
                // The session queues these itself.
                case IncumbentAction.Send _ -> {
                }
                case IncumbentAction.RunDrain(HandoffId handoffId, long successorPid, long graceMs) -> {
                    DrainClock deadline = new DrainClock(clock, graceMs);
                    drainClock = deadline;
                    hooks.execute(() -> post(drain(handoffId, successorPid, deadline)));
                }
                case IncumbentAction.AbortDrain() -> drainClock.abort();
                case IncumbentAction.RunSeal _ -> hooks.execute(() -> post(seal()));
                case IncumbentAction.ReleaseLock() -> {
                    lock.release();
                    if (offer != null) {
                        ConnectionOffer offered = offer;
                        hooks.execute(() -> offered.run(story));
                    }
                }
                case IncumbentAction.TakeLock() -> takeLock();
                case IncumbentAction.RunResume(AbortedAt at) -> {
                    withdraw();
                    hooks.execute(() -> post(resume(at)));
                }
                case IncumbentAction.RestoreControlSocket() -> restoreControlSocket();
                case IncumbentAction.CloseSession(String reason) -> {
                    LOG.atLevel(story).log("the supervisor's session is closed: {}", reason);
                    epoll.remove(peer.fd());
                    peer.closeAfterReading();
                    peer = null;
                }
                case IncumbentAction.AcceptAgain() -> {
                    session = null;
                    listen();
                }
                case IncumbentAction.ExitCommitted(var handoffId) -> {
                    served = new Served.Committed(handoffId);
                    boolean carried = offer != null && offer.release();
                    if (!rehearsed) {
                        StandingBack.forGood(carried);
                    }
                    control.closeAfterCommit();
                }
                case IncumbentAction.ExitFailed(String reason) -> served = new Served.GaveUp(reason);
            }
        }
    }

    private void takeLock() {
        IncumbentInput outcome = switch (DataDirLock.take(config.dataDir())) {
            case DataDirLock.Taken(DataDirLock taken) -> {
                lock.adopt(taken);
                yield new IncumbentInput.LockTaken();
            }
            case DataDirLock.HeldBy holder -> new IncumbentInput.LockNotTaken(holder.toString());
            case DataDirLock.Unusable(String reason) -> new IncumbentInput.LockNotTaken("unusable: " + reason);
        };
        carryOut(session.happened(outcome, clock.nowMs()));
    }

    /** The hooks' thread may be offering, which ends now; what runs there next finds every connection to be this process's. */
    private void withdraw() {
        if (offer != null) {
            offer.withdraw();
            hooks.execute(offer::close);
            offer = null;
        }
    }

    private void post(IncumbentInput input) {
        inputs.add(input);
        wake.signal();
    }

    // ---- the hooks' thread. A hook is the daemon's code and may throw anything: that is its outcome, not ours.

    private IncumbentInput drain(HandoffId handoffId, long successorPid, DrainClock deadline) {
        ConnectionOffer made = ConnectionOffer.to(config.controlSocket(), successorPid, handoffId);
        offer = made;
        deadline.successorTakes(made != null);
        // Half the grace: the drain itself needs some.
        intake.awaitSettled(deadline.remainingMs() / 2);
        try {
            DrainReport report = drainable.drain(deadline);
            if (made != null) {
                made.drained(report);
            } else if (!report.carried().isEmpty()) {
                LOG.error("{} connections cannot be carried: this successor takes none", report.carried().size());
            }
            return new IncumbentInput.DrainEnded(report);
        } catch (Exception | Error e) {
            LOG.error("the drain failed", e);
            return new IncumbentInput.DrainFailed(e.toString());
        }
    }

    private IncumbentInput seal() {
        try {
            return new IncumbentInput.SealEnded(drainable.seal(
                    (sealed, total, revision) -> post(new IncumbentInput.SealProgressed(sealed, total, revision))));
        } catch (Exception | Error e) {
            LOG.error("the seal failed", e);
            return new IncumbentInput.SealEnded(new SealResult.NotSealed(e.toString(), ""));
        }
    }

    private IncumbentInput resume(AbortedAt at) {
        try {
            drainable.resumeAfterAbort(at);
            return new IncumbentInput.Resumed();
        } catch (Exception | Error e) {
            LOG.error("the daemon could not resume", e);
            return new IncumbentInput.ResumeFailed(e.toString());
        }
    }

    /** Leaves the control socket and the lock to {@link IncumbentStage}; a hook that runs is left to end by itself. */
    @Override
    public void close() {
        // A hook that is still running may post once more: nobody reads it, and the wake-up must not hit a reused descriptor.
        stop.wakeWith(() -> {});
        if (offer != null) {
            hooks.execute(offer::close);
        }
        // Behind the hook that may be running.
        hooks.execute(wake::close);
        hooks.shutdown();
        if (peer != null) {
            peer.close();
        }
        epoll.close();
    }
}
