package dev.handoff.coordinator.store;

import java.util.Map;
import java.util.function.Consumer;

import dev.handoff.posix.Descriptors;
import dev.handoff.posix.Errno;
import dev.handoff.posix.Processes;
import dev.handoff.posix.Sockets;

/**
 * Notices that the keeper has died, with all that was parked. The coordinator goes on without it: it serves as it did, and parking
 * says {@code -ECONNREFUSED} from then on.
 */
public final class KeeperWatch {

    private static final String KEEPER_PID = "HANDOFF_KEEPER_PID";
    private static final int FOREVER = -1;

    private KeeperWatch() {}

    /**
     * Watches the keeper that the environment names, if any, on a daemon thread that ends with it.
     *
     * @param alarm
     *            gets a sentence for people, once; on that thread, or at once when the keeper is gone already
     */
    public static void start(Map<String, String> environment, Consumer<String> alarm) {
        String text = environment.getOrDefault(KEEPER_PID, "");
        if (!text.matches("[1-9][0-9]{0,8}")) {
            return;
        }
        int keeper = Integer.parseInt(text);
        int pidfd = Processes.pidfdOpen(keeper);
        // Only then: while it is our parent it is the process that the descriptor is of, and no later one of its pid.
        if (pidfd < 0 || Processes.parentOf(Processes.ownPid()) != keeper) {
            if (pidfd >= 0) {
                Descriptors.close(pidfd);
            }
            alarm.accept(gone(keeper));
            return;
        }
        Thread.ofPlatform().daemon().name("handoff-keeper-watch").start(() -> await(keeper, pidfd, alarm));
    }

    private static void await(int keeper, int pidfd, Consumer<String> alarm) {
        int ready;
        do {
            ready = Sockets.poll(pidfd, Sockets.POLLIN, FOREVER);
        } while (ready == -Errno.EINTR);
        Descriptors.close(pidfd);
        alarm.accept(gone(keeper));
    }

    private static String gone(int keeper) {
        return "the keeper (pid " + keeper
                + ") is gone, and nothing is parked any more: if this process ends now, handoffs"
                + " in flight end and nobody starts it again; the daemons serve on. At a quiet moment, stop it and run it"
                + " again";
    }
}
