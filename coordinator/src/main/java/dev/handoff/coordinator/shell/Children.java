package dev.handoff.coordinator.shell;

import java.io.IOException;
import java.util.HashMap;
import java.util.Map;
import java.util.function.LongConsumer;

import dev.handoff.posix.Descriptors;
import dev.handoff.posix.Epoll;
import dev.handoff.posix.Processes;

/**
 * The processes that were started or taken over and have not ended yet, each with its pidfd. Loop thread only.
 *
 * <p>
 * One that was taken over is another process's child: its pidfd tells its end all the same, as a zombie whose files are closed,
 * but how it ended only its parent learns ({@link dev.handoff.posix.ExitStatus.Unknown}).
 */
final class Children implements AutoCloseable {

    /** A child. The pidfd names this process and no later one of the same pid. */
    record Child(int service, int pid, int pidfd) {}

    private static final int EVENTS_AT_ONCE = 64;

    private final PollWait poll;
    /** The same pidfds once more, for a look in between: what the loop's wait has found is told behind what is in the ring. */
    private final Epoll ended;
    private final Map<Integer, Child> byPid = new HashMap<>();

    Children(PollWait poll) throws IOException {
        this.poll = poll;
        this.ended = Epoll.open(EVENTS_AT_ONCE);
    }

    /** Watches a process; 0 or the negative errno. */
    int add(int service, int pid, int pidfd) {
        byPid.put(pid, new Child(service, pid, pidfd));
        int watched = poll.watchProcess(pidfd, pid);
        return watched < 0 ? watched : ended.add(pidfd, Epoll.EPOLLIN, pid);
    }

    /** Gives the pids of those that have ended by now, told or not. Any of them may be {@link #reaped} meanwhile. */
    void eachEnded(LongConsumer visitor) {
        int count = ended.await(0);
        for (int i = 0; i < count; i++) {
            visitor.accept(ended.token(i));
        }
    }

    Child child(int pid) {
        return byPid.get(pid);
    }

    /** Signals it; nothing happens where it is reaped already. */
    void signal(long pid, int signal) {
        Child child = byPid.get((int) pid);
        if (child != null) {
            Processes.pidfdSignal(child.pidfd(), signal);
        }
    }

    /** Forgets a child that was reaped. */
    void reaped(int pid) {
        Child child = byPid.remove(pid);
        if (child != null) {
            poll.forget(child.pidfd());
            ended.remove(child.pidfd());
            Descriptors.close(child.pidfd());
        }
    }

    /** After the loop has ended. */
    @Override
    public void close() {
        ended.close();
    }
}
