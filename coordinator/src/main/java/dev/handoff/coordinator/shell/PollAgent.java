package dev.handoff.coordinator.shell;

import java.io.IOException;

import dev.handoff.posix.Epoll;
import dev.handoff.posix.Errno;
import dev.handoff.posix.EventFd;

/**
 * The thread that waits for sockets and processes, and tells the loop. Sockets are watched edge-triggered: a frame that is
 * only half there would wake a level-triggered wait without end.
 */
final class PollAgent implements AutoCloseable {

    /** Marks a token as a pid; session tokens hold a service number there, which is far smaller. */
    private static final long PROCESS = 1L << 62;

    private static final long STOP = -1;
    private static final int READING = Epoll.EPOLLIN | Epoll.EPOLLRDHUP | Epoll.EPOLLET;
    private static final int EVENTS_A_TURN = 256;
    private static final int FOREVER = -1;

    private final Inbox inbox;
    private final Epoll epoll;
    private final EventFd wakeUp;
    private final Thread thread;

    PollAgent(Inbox inbox) throws IOException {
        this.inbox = inbox;
        this.epoll = Epoll.open(EVENTS_A_TURN);
        this.wakeUp = EventFd.open();
        int added = epoll.add(wakeUp.fd(), Epoll.EPOLLIN, STOP);
        if (added < 0) {
            throw new IOException("cannot watch an eventfd: " + Errno.message(added));
        }
        this.thread = Thread.ofPlatform().daemon().name("handoff-poll").unstarted(this::run);
    }

    void start() {
        thread.start();
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

    private void run() {
        while (true) {
            int count = epoll.await(FOREVER);
            if (count < 0 && count != -Errno.EINTR) {
                throw new IllegalStateException("waiting for sockets failed: " + Errno.message(count));
            }
            for (int i = 0; i < count; i++) {
                long token = epoll.token(i);
                if (token == STOP) {
                    return;
                }
                if ((token & PROCESS) == PROCESS) {
                    inbox.processEnded(token & ~PROCESS);
                    continue;
                }
                int events = epoll.events(i);
                if ((events & ~Epoll.EPOLLOUT) != 0) {
                    inbox.readable(token);
                }
                if ((events & Epoll.EPOLLOUT) != 0) {
                    inbox.writable(token);
                }
            }
        }
    }

    @Override
    public void close() {
        wakeUp.signal();
        try {
            thread.join();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        epoll.close();
        wakeUp.close();
    }
}
