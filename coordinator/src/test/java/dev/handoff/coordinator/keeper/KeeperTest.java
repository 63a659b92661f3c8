package dev.handoff.coordinator.keeper;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.foreign.Arena;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

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
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** A keeper as a process, the coordinators it starts, and a peer of what they park: this test. */
@Timeout(value = 120, unit = TimeUnit.SECONDS, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class KeeperTest {

    private static final int WAIT_MS = 60_000;

    @TempDir
    private Path directory;

    /** The place a coordinator connects to, as to a daemon. */
    private int listenForSessions(Path path) {
        int listener = UnixSockets.listen(path, 8);
        assertTrue(listener >= 0, () -> Errno.message(listener));
        return listener;
    }

    /** The daemon's end of the next session. */
    private static int accept(int listener) {
        assertEquals(Sockets.POLLIN, Sockets.poll(listener, Sockets.POLLIN, WAIT_MS));
        return UnixSockets.accept(listener);
    }

    /** Waits for the end of the stream; a listener that closes resets what it had not accepted. */
    private static void awaitEnd(int fd) {
        assertEquals(Sockets.POLLHUP, Sockets.poll(fd, 0, WAIT_MS) & Sockets.POLLHUP, "it is open");
    }

    private static void close(int... fds) {
        for (int fd : fds) {
            assertEquals(0, Descriptors.close(fd));
        }
    }

    @Test
    void aKilledCoordinatorIsFollowedByOneThatHasWhatWasParked() throws Exception {
        Path daemon = directory.resolve("d");
        Path clients = directory.resolve("c");
        int sessions = listenForSessions(daemon);
        try (KeeperRig rig = KeeperRig.ofPuppets(Map.of("odd.name", "1 2'3"), List.of())) {
            Puppet first = rig.awaitPuppet();
            assertEquals("", first.ask("back"));
            assertEquals("null", first.ask("env LISTEN_FDS"));
            assertEquals("parked 0", first.ask("connect " + daemon + " incumbent.kv.1"));
            assertEquals("parked 0", first.ask("listen " + clients + " listener.kv.main"));
            int session = accept(sessions);
            int client = UnixSockets.connect(clients);

            Puppet second = first.killedAndFollowed();
            assertTrue(rig.awaitSaid("killed by SIGKILL").endsWith("starting it again now with 2 descriptors"));
            assertEquals("incumbent.kv.1 listener.kv.main", second.ask("back"));
            assertEquals(Integer.toString(second.pid()), second.ask("env LISTEN_PID"));
            assertEquals(Integer.toString(rig.pid()), second.ask("env HANDOFF_KEEPER_PID"));
            assertEquals("1 2'3", second.ask("env odd.name"));
            assertEquals(second.pid(), Processes.groupOf(second.pid()));
            assertEquals("wrote 3", second.ask("write incumbent.kv.1"));
            try (Arena arena = Arena.ofConfined()) {
                assertEquals(3, Sockets.recv(session, arena.allocate(8), 0, 8, 0));
            }

            // And once more: what is handed back stays parked until it is taken out.
            assertEquals("done", second.ask("remove listener.kv.main"));
            assertEquals("parked 0", second.ask("connect " + daemon + " successor.kv.2"));
            Puppet third = second.killedAndFollowed();
            assertEquals("incumbent.kv.1 successor.kv.2", third.ask("back"));
            awaitEnd(client);
            close(session, accept(sessions), client);
        }
        close(sessions);
    }

    @Test
    void theNewestOfANameIsHandedBack() throws Exception {
        Path daemon = directory.resolve("d");
        int sessions = listenForSessions(daemon);
        try (KeeperRig rig = KeeperRig.ofPuppets(Map.of(), List.of())) {
            Puppet first = rig.awaitPuppet();
            assertEquals("parked 0", first.ask("connect " + daemon + " incumbent.kv.1"));
            int older = accept(sessions);
            assertEquals("parked 0", first.ask("connect " + daemon + " incumbent.kv.1"));
            int newer = accept(sessions);

            Puppet second = first.killedAndFollowed();
            awaitEnd(older);
            assertEquals("incumbent.kv.1", second.ask("back"));
            assertEquals("wrote 3", second.ask("write incumbent.kv.1"));
            assertEquals(Sockets.POLLIN, Sockets.poll(newer, Sockets.POLLIN, WAIT_MS));
            close(older, newer);
        }
        close(sessions);
    }

    @Test
    void peersAreLetGoWhenNobodyIsReadyWithinTheHoldAndListenersStay() throws Exception {
        Path daemon = directory.resolve("d");
        Path clients = directory.resolve("c");
        int sessions = listenForSessions(daemon);
        try (KeeperRig rig = KeeperRig.ofPuppets(Map.of(), List.of())) {
            Puppet first = rig.awaitPuppet();
            assertEquals("parked 0", first.ask("connect " + daemon + " incumbent.kv.1"));
            assertEquals("parked 0", first.ask("connect " + daemon + " successor.kv.1"));
            assertEquals("parked 0", first.ask("listen " + clients + " listener.kv.main"));
            int incumbent = accept(sessions);
            int successor = accept(sessions);
            assertEquals("done", first.ask("ready"));
            assertEquals("done", first.ask("hold 1"));

            // The second has them, and never gets ready: its own copies are shut down with the keeper's.
            Puppet second = first.killedAndFollowed();
            awaitEnd(incumbent);
            awaitEnd(successor);
            rig.awaitSaid("within the hold of 1 ms: let go incumbent.kv.1, successor.kv.1");
            Puppet third = second.killedAndFollowed();
            assertEquals("listener.kv.main", third.ask("back"));
            int client = UnixSockets.connect(clients);
            assertTrue(client >= 0, () -> Errno.message(client));
            close(incumbent, successor, client);
        }
        close(sessions);
    }

    @Test
    void whatAStrangerSaysIsNotObeyed() throws Exception {
        Path daemon = directory.resolve("d");
        int sessions = listenForSessions(daemon);
        try (KeeperRig rig = KeeperRig.ofPuppets(Map.of(), List.of())) {
            Puppet first = rig.awaitPuppet();
            assertEquals("parked 0", first.ask("connect " + daemon + " incumbent.kv.1"));
            int session = accept(sessions);
            int stranger = UnixSockets.connectDatagram(Path.of(first.ask("env NOTIFY_SOCKET")));
            assertTrue(stranger >= 0, () -> Errno.message(stranger));
            long pipe = Descriptors.pipe();
            for (String text : List.of("FDSTOREREMOVE=1\nFDNAME=incumbent.kv.1", "FDSTORE=1\nFDNAME=incumbent.kv.1",
                    "READY=1", "BARRIER=1")) {
                assertTrue(Sockets.sendDescriptors(stranger, text.getBytes(StandardCharsets.US_ASCII),
                        Descriptors.high(pipe)) > 0);
            }
            rig.awaitSaid("ignored a message of pid " + Processes.ownPid());

            Puppet second = first.killedAndFollowed();
            assertEquals("incumbent.kv.1", second.ask("back"));
            assertEquals("wrote 3", second.ask("write incumbent.kv.1"));
            assertEquals(Sockets.POLLIN, Sockets.poll(session, Sockets.POLLIN, WAIT_MS));
            close(Descriptors.high(pipe));
            awaitEndOfPipe(Descriptors.low(pipe));
            close(Descriptors.low(pipe), stranger, session);
        }
        close(sessions);
    }

    /** Nobody else has the writing end, so the descriptors of messages not obeyed were closed. */
    private static void awaitEndOfPipe(int pipe) {
        assertEquals(Sockets.POLLHUP, Sockets.poll(pipe, Sockets.POLLIN, WAIT_MS));
    }

    @Test
    void aFullKeeperSaysSoAndRefuses() throws Exception {
        Path daemon = directory.resolve("d");
        int sessions = listenForSessions(daemon);
        try (KeeperRig rig = KeeperRig.ofPuppets(Map.of("PUPPET_IGNORES_LIMIT", "1"),
                List.of("/bin/sh", "-c", "ulimit -n 66; exec \"$0\" \"$@\""))) {
            Puppet puppet = rig.awaitPuppet();
            assertEquals("1", puppet.ask("env FDSTORE"));
            assertEquals("parked 0", puppet.ask("connect " + daemon + " incumbent.kv.1"));
            assertEquals("parked " + -Errno.ENOSPC, puppet.ask("connect " + daemon + " incumbent.kv.2"));
            rig.awaitSaid("no room for incumbent.kv.2: 1 descriptors are parked, the limit is 1");
            assertEquals("parked 0", puppet.ask("connect " + daemon + " incumbent.kv.1"));
            assertEquals("incumbent.kv.1", puppet.killedAndFollowed().ask("back"));
        }
        close(sessions);
    }

    @ParameterizedTest
    @CsvSource({"0,0", "1,1", "2,2", "70,70", "127,127"})
    void exitCodesThatAreFinalAreTheKeepersOwnAndNeedNoWords(int code, int expected) throws Exception {
        try (KeeperRig rig = KeeperRig.of("/bin/sh", "-c", "exit " + code)) {
            assertEquals(List.of(), rig.said());
            assertEquals(expected, rig.exitCode());
        }
    }

    @Test
    void aCommandThatIsNotThereEndsIt() throws Exception {
        try (KeeperRig rig = KeeperRig.of("/nonexistent/coordinator")) {
            assertEquals(127, rig.exitCode());
        }
    }

    @Test
    void anUnwritableJournalIsRetriedAndAFailedStartTooOnceItHasBeenReady() throws Exception {
        try (KeeperRig rig = KeeperRig.ofPuppets(Map.of(), List.of())) {
            rig.awaitPuppet().tell("halt 74");
            Puppet second = rig.awaitPuppet();
            rig.awaitSaid("ended with exit code 74; starting it again now with 0 descriptors");
            assertEquals("done", second.ask("ready"));
            second.tell("halt 1");
            Puppet third = rig.awaitPuppet();
            rig.awaitSaid("ended with exit code 1; starting it again");
            third.tell("halt 70");
            rig.awaitSaid("ended with exit code 70 and is not started again; its daemons serve on");
            assertEquals(70, rig.exitCode());
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {Signals.SIGTERM, Signals.SIGINT, Signals.SIGHUP})
    void aStopIsPassedOnAndTheAnswerAwaited(int signal) throws Exception {
        try (KeeperRig rig = KeeperRig.ofPuppets(Map.of(), List.of())) {
            Puppet puppet = rig.awaitPuppet();
            assertEquals("done", puppet.ask("ready"));
            assertEquals(0, Processes.kill(rig.pid(), signal));
            assertEquals("TERM", puppet.read());
            puppet.tell("halt 0");
            assertEquals(0, rig.exitCode());
        }
    }

    @Test
    void aCoordinatorThatDiesWhileItStopsIsFollowedByOneThatStops() throws Exception {
        try (KeeperRig rig = KeeperRig.ofPuppets(Map.of(), List.of())) {
            Puppet first = rig.awaitPuppet();
            assertEquals("done", first.ask("ready"));
            rig.stop();
            assertEquals("TERM", first.read());
            Puppet second = first.killedAndFollowed();
            assertEquals("", second.ask("back"), "not asked to stop before it is ready");
            assertEquals("done", second.ask("ready"));
            assertEquals("TERM", second.read());
            second.tell("halt 0");
            assertEquals(0, rig.exitCode());
        }
    }

    @Test
    void aCoordinatorThatCannotStopIsGivenUp() throws Exception {
        try (KeeperRig rig = KeeperRig.ofPuppets(Map.of(), List.of())) {
            Puppet first = rig.awaitPuppet();
            assertEquals("done", first.ask("ready"));
            rig.stop();
            assertEquals("TERM", first.read());
            Puppet last = first.killedAndFollowed().killedAndFollowed();
            assertEquals(0, Processes.kill(last.pid(), Signals.SIGKILL));
            rig.awaitSaid("was killed by SIGKILL while it was stopping and is not started again");
            assertEquals(128 + Signals.SIGKILL, rig.exitCode());
        }
    }

    @Test
    void aCoordinatorOutlivesItsKeeper() throws Exception {
        Path daemon = directory.resolve("d");
        int sessions = listenForSessions(daemon);
        try (KeeperRig rig = KeeperRig.ofPuppets(Map.of(), List.of())) {
            Puppet puppet = rig.awaitPuppet();
            assertEquals("parked 0", puppet.ask("connect " + daemon + " incumbent.kv.1"));
            rig.kill();
            assertTrue(puppet.read().startsWith("the keeper (pid " + rig.pid() + ") is gone, and nothing is parked"));
            assertEquals("parked " + -Errno.ECONNREFUSED, puppet.ask("connect " + daemon + " incumbent.kv.2"));
        }
        close(sessions);
    }

    @Test
    void orphansAreReaped() throws Exception {
        try (KeeperRig rig = KeeperRig.ofPuppets(Map.of(), List.of())) {
            Puppet first = rig.awaitPuppet();
            int orphan = Integer.parseInt(first.ask("orphan"));
            int pidfd = Processes.pidfdOpen(orphan);
            assertTrue(pidfd >= 0, () -> Errno.message(pidfd));
            Puppet second = first.killedAndFollowed();
            assertEquals(rig.pid(), Processes.parentOf(orphan));
            assertEquals(0, Processes.pidfdSignal(pidfd, Signals.SIGKILL));
            while (Processes.pidfdSignal(pidfd, 0) != -Errno.ESRCH) {
                Thread.onSpinWait();
            }
            assertEquals("", second.ask("back"), "the coordinator is another child, and lives");
            close(pidfd);
        }
    }
}
