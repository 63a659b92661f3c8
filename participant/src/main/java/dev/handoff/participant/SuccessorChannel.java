package dev.handoff.participant;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutionException;

import dev.handoff.codec.HandoffId;
import dev.handoff.codec.ShardRevisions;
import dev.handoff.participant.session.SessionTerms;
import dev.handoff.participant.session.SessionTimes;
import dev.handoff.participant.session.SuccessorAction;
import dev.handoff.participant.session.SuccessorInput;
import dev.handoff.participant.session.SuccessorSession;
import dev.handoff.posix.Epoll;
import dev.handoff.posix.Errno;
import dev.handoff.posix.EventFd;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Drives a {@link SuccessorSession} on its control channel: one thread of its own reads, writes, takes the lock and keeps the
 * heartbeat while the daemon's main thread warms up and opens its state.
 */
final class SuccessorChannel {

    private static final Logger LOG = LoggerFactory.getLogger(SuccessorChannel.class);

    private static final long CHANNEL = 1;
    private static final long WAKE = 2;

    private final int fd;
    private final SessionTerms terms;
    private final SessionClock clock;
    private final ParticipantConfig config;
    private final ConnectionIntake intake;
    private final Queue<SuccessorInput> inputs = new ConcurrentLinkedQueue<>();
    private final CompletableFuture<HandoffId> handshake = new CompletableFuture<>();
    private final CompletableFuture<DataDirLock> locked = new CompletableFuture<>();
    private final CompletableFuture<Boolean> incumbent = new CompletableFuture<>();

    // Guarded by this: whether the daemon's main thread waits here, and so hears of the end by an exception.
    private boolean daemonWaits;
    private ParticipantEndedException ended;

    // Set before the session's thread can need them: the input queue orders the two threads.
    private volatile ControlSocket socketToPlace;
    private EventFd wake;

    SuccessorChannel(int fd, Generation generation, ConnectionIntake intake) {
        this.fd = fd;
        this.intake = intake;
        this.terms = generation.terms();
        this.clock = generation.clock();
        this.config = generation.config();
    }

    /** Starts the thread, which ends with the session. */
    void start() throws ParticipantEndedException {
        try {
            wake = EventFd.open();
        } catch (IOException e) {
            intake.close();
            throw new ParticipantEndedException(1, e.getMessage(), e);
        }
        Thread.ofPlatform().name("handoff-successor").daemon().start(this::run);
    }

    /** Where the incumbent's connections arrive. */
    ConnectionIntake intake() {
        return intake;
    }

    HandoffId awaitHandshake() throws ParticipantEndedException {
        return await(handshake);
    }

    DataDirLock awaitLock() throws ParticipantEndedException {
        return await(locked);
    }

    /** Returns when a healthy {@code Ready} is written and {@code socket} in place. */
    void becomeIncumbent(ControlSocket socket, List<String> listeningOn, ShardRevisions revisions)
            throws ParticipantEndedException {
        socketToPlace = socket;
        opened(new SuccessorInput.Opened(listeningOn, true, revisions));
    }

    /** Never returns normally. */
    void reportUnhealthy(List<String> listeningOn, ShardRevisions revisions) throws ParticipantEndedException {
        opened(new SuccessorInput.Opened(listeningOn, false, revisions));
    }

    /** Waits before it says so: the answer may be the end of the handoff, and come at once. */
    private void opened(SuccessorInput.Opened input) throws ParticipantEndedException {
        beginToWait();
        post(input);
        await(incumbent);
    }

    /** The daemon itself gives up: the channel closes, which tells the supervisor. */
    void giveUp() {
        synchronized (this) {
            daemonWaits = true;
        }
        post(new SuccessorInput.Lost("the daemon gave up"));
    }

    private void post(SuccessorInput input) {
        inputs.add(input);
        wake.signal();
    }

    private synchronized void beginToWait() throws ParticipantEndedException {
        if (ended != null) {
            throw ended;
        }
        daemonWaits = true;
    }

    private <T> T await(CompletableFuture<T> stage) throws ParticipantEndedException {
        beginToWait();
        try {
            T value = stage.get();
            synchronized (this) {
                // The handoff may have ended between the stage and this line; from here on onAbandoned tells of it.
                if (ended != null) {
                    throw ended;
                }
                daemonWaits = false;
            }
            return value;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new ParticipantEndedException(1, "interrupted while waiting for the supervisor", e);
        } catch (ExecutionException e) {
            if (e.getCause() instanceof ParticipantEndedException reason) {
                throw reason;
            }
            throw new ParticipantEndedException(1, "the session's thread failed: " + e.getCause(), e);
        }
    }

    // ---- the session's thread

    private void run() {
        try (SocketBytes socket = new SocketBytes(fd); EventFd signals = wake; Epoll epoll = Epoll.open(2)) {
            epoll.add(signals.fd(), Epoll.EPOLLIN, WAKE);
            epoll.add(fd, Epoll.EPOLLIN, CHANNEL);
            new Drive(socket, signals, epoll).untilOver();
        } catch (IOException | RuntimeException | Error e) {
            // Nobody else would hear of it: the daemon's main thread waits for this one.
            LOG.error("the session with the supervisor failed", e);
            end(new ParticipantEndedException(1, "the session with the supervisor failed: " + e, e));
        }
    }

    private void end(ParticipantEndedException reason) {
        boolean tell;
        // First: the daemon's main thread may go its way as soon as it can see the reason.
        intake.close();
        synchronized (this) {
            ended = reason;
            tell = !daemonWaits;
        }
        handshake.completeExceptionally(reason);
        locked.completeExceptionally(reason);
        incumbent.completeExceptionally(reason);
        if (tell) {
            config.onAbandoned().accept(reason);
        }
    }

    private final class Drive {
        private final SocketBytes socket;
        private final EventFd signals;
        private final Epoll epoll;
        private final SuccessorSession session = new SuccessorSession(terms);
        private DataDirLock lock;
        private boolean over;
        private boolean writeWanted;

        Drive(SocketBytes socket, EventFd signals, Epoll epoll) {
            this.socket = socket;
            this.signals = signals;
            this.epoll = epoll;
        }

        void untilOver() {
            carryOut(session.connected(clock.nowMs()));
            while (!over) {
                flush();
                if (over) {
                    return;
                }
                int count = epoll.await(timeoutMs());
                for (int i = 0; i < count && !over; i++) {
                    if (epoll.token(i) == WAKE) {
                        signals.drain();
                    } else {
                        read();
                    }
                }
                SuccessorInput input = inputs.poll();
                while (input != null && !over) {
                    carryOut(session.happened(input, clock.nowMs()));
                    input = inputs.poll();
                }
                if (!over && clock.nowMs() >= session.dueAtMs()) {
                    carryOut(session.timePassed(clock.nowMs()));
                }
            }
        }

        private int timeoutMs() {
            long due = session.dueAtMs();
            return due == SessionTimes.NEVER ? -1 : (int) Math.clamp(due - clock.nowMs(), 0L, 60_000L);
        }

        private void read() {
            ByteBuffer bytes = socket.read();
            carryOut(bytes == null
                    ? session.happened(new SuccessorInput.Lost("the supervisor closed the channel"), clock.nowMs())
                    : session.received(bytes, clock.nowMs()));
        }

        private void flush() {
            while (!over && session.outgoing().hasRemaining()) {
                int written = socket.write(session.outgoing());
                if (written < 0) {
                    carryOut(session.happened(new SuccessorInput.Lost(
                            "the supervisor is gone: " + Errno.message(written)), clock.nowMs()));
                } else if (written == 0) {
                    break;
                } else {
                    carryOut(session.wrote(written, clock.nowMs()));
                }
            }
            if (!over && writeWanted != session.outgoing().hasRemaining()) {
                writeWanted = !writeWanted;
                epoll.modify(fd, writeWanted ? Epoll.EPOLLIN | Epoll.EPOLLOUT : Epoll.EPOLLIN, CHANNEL);
            }
        }

        private void carryOut(List<SuccessorAction> actions) {
            for (SuccessorAction action : actions) {
                switch (action) {
                    // The session queues these itself.
                    case SuccessorAction.Send _ -> {
                    }
                    case SuccessorAction.WarmUp(HandoffId handoffId) -> handshake.complete(handoffId);
                    case SuccessorAction.TakeLock() -> takeLock();
                    case SuccessorAction.OpenState() -> locked.complete(lock);
                    case SuccessorAction.CloseChannel() -> socket.closeAfterReading();
                    case SuccessorAction.BecomeIncumbent() -> {
                        over = true;
                        place();
                        incumbent.complete(true);
                    }
                    case SuccessorAction.ExitFailed(String reason) -> {
                        over = true;
                        end(new ParticipantEndedException(1, reason));
                    }
                }
            }
        }

        private void takeLock() {
            SuccessorInput outcome = switch (DataDirLock.take(config.dataDir())) {
                case DataDirLock.Taken(DataDirLock taken) -> {
                    lock = taken;
                    yield new SuccessorInput.LockTaken();
                }
                case DataDirLock.HeldBy holder -> new SuccessorInput.LockNotTaken(holder.toString());
                case DataDirLock.Unusable(String reason) -> new SuccessorInput.LockNotTaken("unusable: " + reason);
            };
            carryOut(session.happened(outcome, clock.nowMs()));
        }

        private void place() {
            try {
                socketToPlace.place();
            } catch (IOException e) {
                // The supervisor may have committed us already: serve, and let the incumbent's loop try again.
                LOG.error("cannot put the control socket in place, will try again: {}", e.toString());
            }
        }
    }
}
