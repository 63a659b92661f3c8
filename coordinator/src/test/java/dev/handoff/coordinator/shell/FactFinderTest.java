package dev.handoff.coordinator.shell;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;

import dev.handoff.codec.HandoffId;
import dev.handoff.codec.Side;
import dev.handoff.codec.event.Event;
import dev.handoff.codec.event.Found;
import dev.handoff.codec.event.ServicePolicy;
import dev.handoff.codec.event.Stamp;
import dev.handoff.coordinator.config.ServiceConfig;
import dev.handoff.coordinator.core.Fold;
import dev.handoff.posix.Descriptors;
import dev.handoff.posix.Flock;
import dev.handoff.posix.Processes;
import dev.handoff.posix.Signals;
import dev.handoff.posix.Sockets;
import dev.handoff.posix.Spawn;
import dev.handoff.posix.SpawnPlan;
import dev.handoff.posix.UnixSockets;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What a coordinator learns of the processes that an earlier one left behind. */
class FactFinderTest {

    private static final int SERVICE = 1;
    private static final UUID JOURNAL = new UUID(3, 4);
    private static final Stamp STAMP = new Stamp(2, SERVICE, HandoffId.NONE);

    @TempDir
    private Path directory;

    private final String bootId = Processes.bootId();
    private final List<Integer> children = new ArrayList<>();
    private final List<FactFinder> finders = new ArrayList<>();

    @AfterEach
    void end() {
        finders.forEach(finder -> finder.living().forEach(process -> Descriptors.close(process.pidfd())));
        for (int pid : children) {
            Processes.kill(pid, Signals.SIGKILL);
            Processes.waitFor(pid, false);
        }
    }

    private int start(Map<String, String> env) {
        Path sleep = Path.of("/bin/sleep");
        int pid = assertInstanceOf(Spawn.Spawned.class, Spawn.spawn(new SpawnPlan(sleep, List.of("sleep", "600"), env,
                List.of(), Optional.empty(), true))).pid();
        children.add(pid);
        return pid;
    }

    private Fold awaitingSpawn() {
        Fold fold = new Fold();
        fold.apply(new Event.CoordinatorStarted(Stamp.ofCoordinator(1), 1, "test", bootId));
        fold.apply(new Event.ServiceConfigured(STAMP, "svc", "/bin/false", ServicePolicy.DEFAULT, false));
        return fold;
    }

    private Fold leftBehind(int pid, long startTicks) {
        Fold fold = awaitingSpawn();
        fold.apply(new Event.Spawned(STAMP, Side.INCUMBENT, pid, startTicks));
        return fold;
    }

    private Found found(Fold fold, String boot) throws IOException {
        FactFinder finder = new FactFinder(fold.state(), boot, JOURNAL, false);
        finders.add(finder);
        return finder.of(SERVICE, config("data_dir = \"data\""), List.of(7L));
    }

    private ServiceConfig config(String extra) throws IOException {
        return Configs.load(directory, extra).services().getFirst();
    }

    @Test
    void aDaemonIsWhoHasThePidTheStartTimeAndTheBootId() throws IOException {
        int pid = start(Map.of());
        long ticks = Processes.startTimeTicks(pid);

        assertEquals(new Found(SERVICE, List.of(7L), List.of(), 0, 0, 0, 0), found(leftBehind(pid, ticks), bootId));
        assertEquals(List.of(pid), finders.getLast().living().stream().map(FactFinder.Living::pid).toList());
        assertEquals(List.of((long) pid), found(leftBehind(pid, ticks - 1), bootId).gone());
        assertEquals(List.of((long) pid), found(leftBehind(pid, ticks), "another boot").gone());
        assertEquals(List.of(), finders.getLast().living());
    }

    @Test
    void aDaemonThatNobodyReapedIsGone() throws IOException {
        int pid = start(Map.of());
        long ticks = Processes.startTimeTicks(pid);
        int pidfd = Processes.pidfdOpen(pid);
        Processes.kill(pid, Signals.SIGKILL);
        assertEquals(Sockets.POLLIN, Sockets.poll(pidfd, Sockets.POLLIN, -1));
        Descriptors.close(pidfd);

        assertTrue(Processes.isZombie(pid));
        assertEquals(List.of((long) pid), found(leftBehind(pid, ticks), bootId).gone());
    }

    @Test
    void aProcessWhoseStartWasNotNotedIsFoundByItsEnvironment() throws IOException {
        start(Map.of(Orphans.VARIABLE, Orphans.mark(JOURNAL, SERVICE, Side.SUCCESSOR, 1)));
        start(Map.of(Orphans.VARIABLE, Orphans.mark(JOURNAL, SERVICE + 1, Side.INCUMBENT, 0)));
        start(Map.of(Orphans.VARIABLE, Orphans.mark(new UUID(0, 0), SERVICE, Side.INCUMBENT, 0)));
        assertEquals(0, found(awaitingSpawn(), bootId).spawnedPid());

        int orphan = start(Map.of(Orphans.VARIABLE, Orphans.mark(JOURNAL, SERVICE, Side.INCUMBENT, 0)));
        Found found = found(awaitingSpawn(), bootId);
        assertEquals(orphan, found.spawnedPid());
        assertEquals(Processes.startTimeTicks(orphan), found.spawnedTicks());
        assertEquals(0, found(leftBehind(orphan, Processes.startTimeTicks(orphan)), bootId).spawnedPid());
    }

    /** Who starts a process goes on while its environment is not there yet. */
    @RepeatedTest(50)
    void aProcessThatIsOnlyJustStartedIsFoundToo() throws IOException {
        int orphan = start(Map.of(Orphans.VARIABLE, Orphans.mark(JOURNAL, SERVICE, Side.INCUMBENT, 0)));
        assertEquals(orphan, found(awaitingSpawn(), bootId).spawnedPid());
    }

    @Test
    void theHolderIsWhoHasTheLock() throws IOException {
        Path data = Files.createDirectories(directory.resolve("data"));
        int lock = Descriptors.open(data.resolve(".handoff.lock"), Descriptors.O_RDWR | Descriptors.O_CREAT, 0600);
        try {
            assertEquals(0, found(awaitingSpawn(), bootId).holderPid());
            assertEquals(0, Flock.tryLock(lock));
            Found found = found(awaitingSpawn(), bootId);
            assertEquals(Processes.ownPid(), found.holderPid());
            assertEquals(Processes.startTimeTicks(Processes.ownPid()), found.holderTicks());
        } finally {
            Descriptors.close(lock);
        }
    }

    @Test
    void withoutADataDirectoryTheHolderIsWhoAnswersTheControlSocket() throws IOException {
        int listener = UnixSockets.listen(directory.resolve("control.sock"), 1);
        try {
            assertEquals(Processes.ownPid(), FactFinder.holder(config(""), List.of(), true));
            assertEquals(0, FactFinder.holder(config(""), List.of(), false));
        } finally {
            Descriptors.close(listener);
        }
    }

    @Test
    void aServiceThatIsNoLongerConfiguredIsNamedWhileItsDaemonLives() throws IOException {
        int pid = start(Map.of());
        Fold fold = leftBehind(pid, Processes.startTimeTicks(pid));
        assertEquals(List.of("pid " + pid + " of service svc"),
                FactFinder.unconfigured(fold.state(), bootId, List.of()));
        assertEquals(List.of(), FactFinder.unconfigured(fold.state(), bootId, List.of(config(""))));
        assertEquals(List.of(), FactFinder.unconfigured(fold.state(), "another boot", List.of()));
    }
}
