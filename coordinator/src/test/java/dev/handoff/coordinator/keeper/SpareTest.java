package dev.handoff.coordinator.keeper;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.foreign.Arena;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

import dev.handoff.coordinator.keeper.KeeperRig.Puppet;
import dev.handoff.posix.Descriptors;
import dev.handoff.posix.Errno;
import dev.handoff.posix.Processes;
import dev.handoff.posix.Signals;
import dev.handoff.posix.Sockets;
import dev.handoff.posix.UnixSockets;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A keeper that keeps a second coordinator ready, each a process. */
@Timeout(value = 120, unit = TimeUnit.SECONDS, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class SpareTest {

    private static final Pattern PID = Pattern.compile("spare \\(pid ([0-9]+)\\)");
    /** More than fit into one message, or into a socket's buffer at once. */
    private static final int MANY = 600;

    @TempDir
    private Path directory;

    /** Has it say that it is ready, and gives the pid of the spare that stands by then. */
    private static int awaitSpare(KeeperRig rig, Puppet coordinator) throws Exception {
        assertEquals("done", coordinator.ask("ready"));
        return pid(rig.awaitSaid("stands by"));
    }

    private static int pid(String line) {
        Matcher matcher = PID.matcher(line);
        assertTrue(matcher.find(), line);
        return Integer.parseInt(matcher.group(1));
    }

    private static void awaitGone(int pid) {
        while (Processes.isAlive(pid)) {
            Thread.onSpinWait();
        }
    }

    @Test
    void goesOnWithWhatWasParkedAndAnotherStandsBy() throws Exception {
        Path daemon = directory.resolve("d");
        int sessions = UnixSockets.listen(daemon, 8);
        assertTrue(sessions >= 0, () -> Errno.message(sessions));
        try (KeeperRig rig = KeeperRig.withSpare()) {
            Puppet first = rig.awaitPuppet();
            assertEquals("parked 0", first.ask("connect " + daemon + " incumbent.kv.1"));
            int session = UnixSockets.accept(sessions);
            int spare = awaitSpare(rig, first);
            // Parked after the spare was started.
            assertEquals("parked 0", first.ask("listen " + directory.resolve("c") + " listener.kv.main"));

            Puppet second = first.killedAndFollowed();
            assertEquals(spare, second.pid());
            assertEquals(spare, pid(rig.awaitSaid("goes on")));
            assertEquals("incumbent.kv.1 listener.kv.main", second.ask("back"));
            assertEquals(Integer.toString(rig.pid()), second.ask("env HANDOFF_KEEPER_PID"));
            assertEquals("wrote 3", second.ask("write incumbent.kv.1"));
            try (Arena arena = Arena.ofConfined()) {
                assertEquals(3, Sockets.recv(session, arena.allocate(8), 0, 8, 0));
            }
            assertEquals("parked 0", second.ask("connect " + daemon + " successor.kv.2"));
            int another = awaitSpare(rig, second);
            assertNotEquals(spare, another);
            Puppet third = second.killedAndFollowed();
            assertEquals(another, third.pid());
            assertEquals("incumbent.kv.1 listener.kv.main successor.kv.2", third.ask("back"));
            Descriptors.close(session);
        }
        Descriptors.close(sessions);
    }

    @Test
    void takesAsManyDescriptorsAsThereAre() throws Exception {
        try (KeeperRig rig = KeeperRig.withSpare()) {
            Puppet first = rig.awaitPuppet();
            List<String> names = new ArrayList<>();
            for (int i = 0; i < MANY; i++) {
                String name = "listener.kv." + i;
                names.add(name);
                assertEquals("parked 0", first.ask("listen " + directory.resolve("l" + i) + " " + name));
            }
            int spare = awaitSpare(rig, first);
            Puppet second = first.killedAndFollowed();
            assertEquals(spare, second.pid());
            assertEquals(names.stream().sorted().collect(Collectors.joining(" ")), second.ask("back"));
        }
    }

    @Test
    void whereThereIsNoneAnyMoreACoordinatorIsStartedAsWithout() throws Exception {
        try (KeeperRig rig = KeeperRig.withSpare()) {
            Puppet first = rig.awaitPuppet();
            assertEquals("parked 0", first.ask("listen " + directory.resolve("c") + " listener.kv.main"));
            int spare = awaitSpare(rig, first);
            assertEquals(0, Processes.kill(spare, Signals.SIGKILL));
            assertEquals(spare, pid(rig.awaitSaid("was killed by SIGKILL; another is started")));
            Puppet second = first.killedAndFollowed();
            assertNotEquals(spare, second.pid());
            assertEquals("listener.kv.main", second.ask("back"));
        }
    }

    @Test
    void oneThatHangsIsEndedAndACoordinatorStartedAsWithout() throws Exception {
        try (KeeperRig rig = KeeperRig.withSpare()) {
            Puppet first = rig.awaitPuppet();
            for (int i = 0; i < MANY; i++) {
                assertEquals("parked 0", first.ask("listen " + directory.resolve("l" + i) + " listener.kv." + i));
            }
            int spare = awaitSpare(rig, first);
            assertEquals(0, Processes.kill(spare, Signals.SIGSTOP));
            Puppet second = first.killedAndFollowed();
            assertEquals(spare, pid(rig.awaitSaid("did not take what is parked")));
            assertNotEquals(spare, second.pid());
            assertEquals(MANY, second.ask("back").split(" ", -1).length);
            awaitGone(spare);
        }
    }

    @Test
    void endsWithTheKeeperHoweverThatEnds() throws Exception {
        try (KeeperRig rig = KeeperRig.withSpare()) {
            Puppet first = rig.awaitPuppet();
            int spare = awaitSpare(rig, first);
            rig.stop();
            assertEquals("TERM", first.read());
            awaitGone(spare);
            first.tell("halt 0");
            assertEquals(0, rig.exitCode());
        }
        try (KeeperRig rig = KeeperRig.withSpare()) {
            int spare = awaitSpare(rig, rig.awaitPuppet());
            rig.kill();
            awaitGone(spare);
        }
    }
}
