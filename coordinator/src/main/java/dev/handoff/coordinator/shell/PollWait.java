package dev.handoff.coordinator.shell;

import java.io.IOException;
import java.util.concurrent.atomic.AtomicBoolean;

import com.lmax.disruptor.AlertException;
import com.lmax.disruptor.Sequence;
import com.lmax.disruptor.SequenceBarrier;
import com.lmax.disruptor.WaitStrategy;
import dev.handoff.coordinator.config.LoopWait;
import dev.handoff.posix.Epoll;
import dev.handoff.posix.Errno;
import dev.handoff.posix.EventFd;

/**
 * How the loop waits: for its ring, and in the same breath for sockets, processes and timers, whose news it puts into the ring
 * itself. A thread of its own for those would cost every frame one more wake-up. Sockets are watched edge-triggered: a frame that is
 * only half there would wake a level-triggered wait without end.
 *
 * <p>
 * {@link #waitFor} is the loop thread's, {@link #signalAllWhenBlocking} any producer's, watching and forgetting any thread's.
 */
final class PollWait implements WaitStrategy, AutoCloseable {

    /** Marks a token as a pid; session tokens hold a service number there, which is far smaller. */
    private static final long PROCESS = 1L << 62;

    private static final long WOKEN = -1;
    private static final int READING = Epoll.EPOLLIN | Epoll.EPOLLRDHUP | Epoll.EPOLLET;
    private static final int EVENTS_A_TURN = 256;
    private static final int NOT_AT_ALL = 0;

    private final LoopWait how;
    private final LoopTimers timers;
    private final Epoll epoll;
    private final EventFd wakeUp;
    /** Whoever publishes while this is set has to wake the loop. */
    private final AtomicBoolean asleep = new AtomicBoolean();
    private Inbox inbox;
    /** Of the events that were found last, the next one to go into the ring. */
    private int next;
    private int found;

    PollWait(LoopWait how, LoopTimers timers) throws IOException {
        this.how = how;
        this.timers = timers;
        this.epoll = Epoll.open(EVENTS_A_TURN);
        this.wakeUp = EventFd.open();
        // Edge-triggered, so that nobody has to read it: each signal is an edge.
        int added = epoll.add(wakeUp.fd(), Epoll.EPOLLIN | Epoll.EPOLLET, WOKEN);
        if (added < 0) {
            throw new IOException("cannot watch an eventfd: " + Errno.message(added));
        }
    }

    /** Where news goes; of the ring that waits by this. Before the loop starts. */
    void tell(Inbox ring) {
        inbox = ring;
    }

    /** Watches a session's socket; 0 or the negative errno. */
    int watchSession(int fd, long token) {
        return epoll.add(fd, READING, token);
    }

    /** Tells also when the socket takes bytes again, or no longer; 0 or the negative errno. */
    int watchWritable(int fd, long token, boolean wanted) {
        return epoll.modify(fd, wanted ? READING | Epoll.EPOLLOUT : READING, token);
    }

    /** Watches a pidfd, which becomes readable when the process ends; 0 or the negative errno. */
    int watchProcess(int pidfd, long pid) {
        return epoll.add(pidfd, Epoll.EPOLLIN | Epoll.EPOLLET, PROCESS | pid);
    }

    void forget(int fd) {
        epoll.remove(fd);
    }

    /** Looks at sockets and timers each time, so that a ring that never empties does not hide them. */
    @Override
    @SuppressWarnings("ThreadPriorityCheck") // "yielding" says so
    public long waitFor(long sequence, Sequence cursor, Sequence published, SequenceBarrier barrier)
            throws AlertException {
        if (published.get() >= sequence) {
            look(NOT_AT_ALL);
        }
        while (published.get() < sequence) {
            barrier.checkAlert();
            switch (how) {
                case BLOCKING -> sleep(sequence, published, barrier);
                case YIELDING -> {
                    look(NOT_AT_ALL);
                    Thread.yield();
                }
                case BUSY_SPIN -> {
                    look(NOT_AT_ALL);
                    Thread.onSpinWait();
                }
            }
        }
        return published.get();
    }

    /** Says that it sleeps before it looks at the ring a last time: who publishes later sees that, and wakes it. */
    private void sleep(long sequence, Sequence published, SequenceBarrier barrier) {
        asleep.set(true);
        if (published.get() < sequence && !barrier.isAlerted()) {
            look(timers.waitMs());
        } else {
            asleep.set(false);
        }
    }

    @Override
    public void signalAllWhenBlocking() {
        if (asleep.getAndSet(false)) {
            wakeUp.signal();
        }
    }

    /** Puts what there is into the ring; what finds no room there goes first the next time, when the loop has made some. */
    private void look(int timeoutMs) {
        if (next == found) {
            int count = epoll.await(timeoutMs);
            if (count < 0 && count != -Errno.EINTR) {
                throw new IllegalStateException("waiting for sockets failed: " + Errno.message(count));
            }
            next = 0;
            found = Math.max(0, count);
        }
        // What it publishes itself need not wake it.
        asleep.set(false);
        while (next < found && told(epoll.token(next), epoll.events(next))) {
            next++;
        }
        timers.tellDue(inbox);
    }

    /** False where the ring is full. What was told twice for that does no harm. */
    private boolean told(long token, int events) {
        if (token == WOKEN) {
            return true;
        }
        if ((token & PROCESS) == PROCESS) {
            return inbox.offerProcessEnded(token & ~PROCESS);
        }
        return ((events & ~Epoll.EPOLLOUT) == 0 || inbox.offerReadable(token))
                && ((events & Epoll.EPOLLOUT) == 0 || inbox.offerWritable(token));
    }

    /** After the loop has ended. */
    @Override
    public void close() {
        epoll.close();
        wakeUp.close();
    }
}
