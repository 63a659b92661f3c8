package dev.handoff.coordinator.shell;

import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.UUID;

import dev.handoff.codec.event.Found;
import dev.handoff.coordinator.config.ServiceConfig;
import dev.handoff.coordinator.core.CoordinatorState;
import dev.handoff.coordinator.core.Daemon;
import dev.handoff.coordinator.core.Service;
import dev.handoff.coordinator.loop.Named;
import dev.handoff.coordinator.loop.Settling;
import dev.handoff.posix.Descriptors;
import dev.handoff.posix.PeerCredentials;
import dev.handoff.posix.ProcLocks;
import dev.handoff.posix.Processes;
import dev.handoff.posix.UnixSockets;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Learns which processes of an earlier coordinator live. Before the loop starts; one thread.
 *
 * <p>
 * A process is who the journal names by pid, start time and boot id, all three; its pidfd then names it for good.
 */
final class FactFinder {

    private static final Logger LOG = LoggerFactory.getLogger(FactFinder.class);

    private static final String LOCK_FILE = ".handoff.lock";

    /** A process that lives, with a pidfd that is the caller's to close. */
    record Living(int service, int pid, int pidfd) {}

    private final CoordinatorState state;
    private final String bootId;
    private final UUID journalId;
    private final boolean damaged;
    private final List<Living> living = new ArrayList<>();

    /** @param state what the journal leads to */
    FactFinder(CoordinatorState state, String bootId, UUID journalId, boolean damaged) {
        this.state = state;
        this.bootId = bootId;
        this.journalId = journalId;
        this.damaged = damaged;
    }

    /** Every living process that was found, each once. */
    List<Living> living() {
        return living;
    }

    /** Daemons of services that nobody configures any more: pid and service, for people. */
    static List<String> unconfigured(CoordinatorState state, String bootId, List<ServiceConfig> configured) {
        List<String> left = new ArrayList<>();
        for (Service service : state.services().values()) {
            if (configured.stream().anyMatch(config -> config.name().equals(service.name()))) {
                continue;
            }
            for (Daemon daemon : Named.daemons(service)) {
                if (bootId.equals(state.bootId()) && isSame((int) daemon.pid(), daemon.startTicks())) {
                    left.add("pid " + daemon.pid() + " of service " + service.name());
                }
            }
        }
        return left;
    }

    /**
     * What is true of one service.
     *
     * @param sessions
     *            the numbers of its sessions that were handed back
     */
    Found of(int number, ServiceConfig config, List<Long> sessions) {
        Service service = state.services().get(number);
        List<Long> gone = new ArrayList<>();
        int before = living.size();
        if (service != null) {
            for (Daemon daemon : Named.daemons(service)) {
                if (!bootId.equals(state.bootId()) || watch(number, (int) daemon.pid(), daemon.startTicks()) == 0) {
                    gone.add(daemon.pid());
                }
            }
        }
        List<Integer> named = pidsFrom(before);
        int spawned = service != null && Named.awaitsSpawn(service) ? Orphans.find(journalId, service, named) : 0;
        long spawnedTicks = spawned == 0 ? 0 : watch(number, spawned, Processes.startTimeTicks(spawned));
        boolean nobody = named.isEmpty() && spawnedTicks == 0;
        int holder = holder(config, pidsFrom(before), nobody || damaged);
        long holderTicks = 0;
        if (holder != 0) {
            long ticks = Processes.startTimeTicks(holder);
            holderTicks = named.contains(holder) || holder == spawned ? ticks : watch(number, holder, ticks);
        }
        return new Found(number, sessions, gone, spawnedTicks == 0 ? 0 : spawned, spawnedTicks,
                holderTicks <= 0 ? 0 : holder, Math.max(0, holderTicks));
    }

    /** Of the living processes, those that were found since there were this many. */
    private List<Integer> pidsFrom(int before) {
        return living.subList(before, living.size()).stream().map(Living::pid).toList();
    }

    /** Opens a pidfd for this very process: its start time, or 0 when it is gone. */
    private long watch(int service, int pid, long startTicks) {
        int pidfd = Processes.pidfdOpen(pid);
        if (pidfd < 0) {
            return 0;
        }
        // Compared after the pidfd is open: whatever it names has this pid, and no other process can have it now.
        if (!isSame(pid, startTicks)) {
            Descriptors.close(pidfd);
            return 0;
        }
        living.add(new Living(service, pid, pidfd));
        return startTicks;
    }

    private static boolean isSame(int pid, long startTicks) {
        return Processes.startTimeTicks(pid) == startTicks && Processes.isAlive(pid);
    }

    /**
     * Waits until the holder of each lock is clear, for some seconds at most: sessions were just ended, and one peer resumes while
     * another exits.
     */
    static void awaitSettled(List<ServiceConfig> services, boolean damaged) throws StartupFailure {
        LOG.warn("sessions of an earlier coordinator have ended: looking who holds the locks");
        for (ServiceConfig service : services) {
            Settling settling = new Settling(System.nanoTime(), damaged);
            while (!settling.isClear(holder(service, List.of(), false), System.nanoTime())) {
                try {
                    Thread.sleep(Duration.ofNanos(Settling.LOOK_AGAIN_NS));
                } catch (InterruptedException e) {
                    Thread.currentThread().interrupt();
                    throw new StartupFailure("interrupted while the locks' holders settled", e);
                }
            }
        }
    }

    /**
     * Who holds the data directory's lock; where the directory is not configured, who answers on the control socket. 0 for
     * nobody.
     *
     * @param likely
     *            the processes of which one should be the holder
     * @param ask
     *            whether it is worth connecting to the control socket, which keeps the daemon from nothing but wakes it
     */
    static int holder(ServiceConfig config, List<Integer> likely, boolean ask) {
        Optional<Path> directory = config.dataDir();
        int pid;
        if (directory.isPresent()) {
            pid = ProcLocks.holderOf(lockFile(directory.get()), likely);
        } else {
            pid = ask ? answering(config.controlSocket()) : 0;
        }
        return pid > 0 && Processes.isAlive(pid) ? pid : 0;
    }

    static Path lockFile(Path dataDir) {
        return dataDir.resolve(LOCK_FILE);
    }

    private static int answering(Path socket) {
        int fd = UnixSockets.connect(socket);
        if (fd < 0) {
            return 0;
        }
        try {
            PeerCredentials peer = new PeerCredentials();
            return UnixSockets.peerCredentials(fd, peer) < 0 ? 0 : peer.pid();
        } finally {
            Descriptors.close(fd);
        }
    }
}
