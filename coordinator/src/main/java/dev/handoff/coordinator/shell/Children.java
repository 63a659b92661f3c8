package dev.handoff.coordinator.shell;

import java.util.HashMap;
import java.util.Map;

import dev.handoff.posix.Descriptors;
import dev.handoff.posix.Processes;

/**
 * The processes that were started or taken over and have not ended yet, each with its pidfd. Loop thread only.
 *
 * <p>
 * One that was taken over is another process's child: its pidfd tells its end all the same, as a zombie whose files are closed,
 * but how it ended only its parent learns ({@link dev.handoff.posix.ExitStatus.Unknown}).
 */
final class Children {

    /** A child. The pidfd names this process and no later one of the same pid. */
    record Child(int service, int pid, int pidfd) {}

    private final PollAgent poll;
    private final Map<Integer, Child> byPid = new HashMap<>();

    Children(PollAgent poll) {
        this.poll = poll;
    }

    /** Watches a process; 0 or the negative errno. */
    int add(int service, int pid, int pidfd) {
        byPid.put(pid, new Child(service, pid, pidfd));
        return poll.watchProcess(pidfd, pid);
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
            Descriptors.close(child.pidfd());
        }
    }
}
