package dev.handoff.posix;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Optional;
import java.util.UUID;

import org.junit.jupiter.api.Test;

class ProcessesTest {

    private static final String WAIT = "echo >&3; exec 3>&-; read x <&4; exit 7";

    @Test
    void reportsAnExitCode() {
        try (TestChild child = new TestChild("exit 42")) {
            assertEquals(new ExitStatus.Exited(42), child.end());
            assertEquals(new ExitStatus.Unknown(), Processes.waitFor(child.pid(), false), "reaped already");
        }
    }

    @Test
    void reportsTheSignalThatEndedIt() {
        try (TestChild child = new TestChild("kill -TERM $$")) {
            assertEquals(new ExitStatus.Signaled(Signals.SIGTERM), child.end());
        }
    }

    @Test
    void aRunningChildIsSaidToRun() {
        try (TestChild child = new TestChild(WAIT)) {
            child.awaitReady();
            assertEquals(new ExitStatus.StillRunning(), Processes.waitFor(child.pid(), true));
            assertTrue(Processes.isAlive(child.pid()));
            assertEquals(Processes.ownPid(), Processes.parentOf(child.pid()));
        }
    }

    @Test
    void anybodyElsesProcessIsUnknown() {
        assertEquals(new ExitStatus.Unknown(), Processes.waitFor(1, true));
        assertEquals(new ExitStatus.Unknown(), Processes.waitFor(Processes.ownPid(), true));
    }

    @Test
    void aPidfdBecomesReadableWhenTheProcessEnds() {
        try (TestChild child = new TestChild(WAIT)) {
            child.awaitReady();
            int pidfd = Processes.pidfdOpen(child.pid());
            assertTrue(pidfd >= 0, () -> Errno.message(pidfd));
            assertEquals(1, Descriptors.isCloseOnExec(pidfd));
            assertEquals(0, Sockets.poll(pidfd, Sockets.POLLIN, 0));
            assertEquals(0, Processes.pidfdSignal(pidfd, Signals.SIGKILL));
            assertEquals(Sockets.POLLIN, Sockets.poll(pidfd, Sockets.POLLIN, 10_000));

            assertTrue(Processes.isZombie(child.pid()));
            assertFalse(Processes.isAlive(child.pid()));
            assertEquals(0, Processes.kill(child.pid(), 0), "kill alone cannot tell a zombie");
            assertEquals(new ExitStatus.Signaled(Signals.SIGKILL), child.end());
            assertEquals(-Errno.ESRCH, Processes.pidfdSignal(pidfd, Signals.SIGKILL));
            assertEquals(-Errno.ESRCH, Processes.pidfdOpen(child.pid()));
            assertEquals(-Errno.ESRCH, Processes.kill(child.pid(), 0));
            assertEquals(-Errno.ESRCH, Processes.startTimeTicks(child.pid()));
            assertEquals(-Errno.ESRCH, Processes.threadCount(child.pid()));
            assertEquals(-Errno.ESRCH, Processes.fdCount(child.pid()));
            assertFalse(Processes.isZombie(child.pid()));
            Descriptors.close(pidfd);
        }
    }

    @Test
    void startTimesTellAProcessFromAnEarlierOne() {
        long own = Processes.startTimeTicks(Processes.ownPid());
        assertEquals(own, Processes.startTimeTicks(Processes.ownPid()));
        try (TestChild child = new TestChild(WAIT)) {
            child.awaitReady();
            assertTrue(Processes.startTimeTicks(child.pid()) > own);
        }
    }

    @Test
    void theNameOfAProcessMayHoldBlanksAndParentheses() throws IOException {
        Path odd = Files.createTempFile("x) R (y", "");
        Files.copy(Path.of("/bin/sh"), odd, StandardCopyOption.REPLACE_EXISTING);
        assertTrue(odd.toFile().setExecutable(true));
        try (TestChild child = new TestChild("exec '" + odd + "' -c '" + WAIT + "'")) {
            child.awaitReady();
            assertEquals(child.pid(), Processes.groupOf(child.pid()));
            assertFalse(Processes.isZombie(child.pid()));
        } finally {
            Files.delete(odd);
        }
    }

    @Test
    void countsItsOwnThreadsAndDescriptors() {
        int before = Processes.fdCount(Processes.ownPid());
        int fd = Descriptors.duplicate(0, 3);
        assertEquals(before + 1, Processes.fdCount(Processes.ownPid()));
        Descriptors.close(fd);
        assertTrue(Processes.threadCount(Processes.ownPid()) > 1);
    }

    @Test
    void theBootIdIsAUuid() {
        assertEquals(Processes.bootId(), UUID.fromString(Processes.bootId()).toString());
    }

    @Test
    void refusesPidsThatMeanProcessGroups() {
        assertThrows(IllegalArgumentException.class, () -> Processes.kill(0, Signals.SIGKILL));
        assertThrows(IllegalArgumentException.class, () -> Processes.kill(-1, Signals.SIGKILL));
        assertThrows(IllegalArgumentException.class, () -> Processes.waitFor(-1, true));
    }

    @Test
    void aSubreaperInheritsOrphans() {
        assertEquals(0, Processes.setChildSubreaper());
        // The shell in between ends at once; its own child then belongs to us.
        try (TestChild child = new TestChild("sh -c 'read x <&4; exit 5' & echo >&3")) {
            child.awaitReady();
            assertEquals(new ExitStatus.Exited(0), child.end());
            int orphan = ProcessHandle.current().children().mapToInt(p -> (int) p.pid())
                    .filter(Processes::isAlive).findFirst().orElseThrow();
            assertEquals(Processes.ownPid(), Processes.parentOf(orphan));
            Processes.kill(orphan, Signals.SIGKILL);
            assertEquals(new ExitStatus.Signaled(Signals.SIGKILL), Processes.waitFor(orphan, false));
        }
    }

    @Test
    void anEndedChildIsToldAndStaysUntilItIsReaped() {
        try (TestChild child = new TestChild(WAIT)) {
            child.awaitReady();
            assertEquals(Optional.empty(), Processes.reapAny());
            Processes.kill(child.pid(), Signals.SIGKILL);
            assertEquals(0, Processes.awaitAnyEnded());
            assertTrue(Processes.isZombie(child.pid()));
            assertEquals(Optional.of(new Processes.Reaped(child.pid(), new ExitStatus.Signaled(Signals.SIGKILL))),
                    Processes.reapAny());
            assertEquals(new ExitStatus.Unknown(), child.end());
            assertEquals(Optional.empty(), Processes.reapAny());
            assertEquals(-Errno.ECHILD, Processes.awaitAnyEnded());
        }
    }

    @Test
    void signalsHaveNames() {
        assertEquals("SIGKILL", Signals.name(Signals.SIGKILL));
        assertEquals("signal 35", Signals.name(35));
    }

    @Test
    void knowsHowManyDescriptorsItMayHave() throws IOException {
        String line = Files.readAllLines(Path.of("/proc/self/limits")).stream()
                .filter(limit -> limit.startsWith("Max open files")).findFirst().orElseThrow();
        String soft = line.substring("Max open files".length()).strip().split(" +", -1)[0];
        assertEquals(soft.equals("unlimited") ? Integer.MAX_VALUE : Math.min(Integer.MAX_VALUE, Long.parseLong(soft)),
                Processes.ownFdLimit());
    }
}
