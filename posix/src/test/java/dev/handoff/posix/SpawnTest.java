package dev.handoff.posix;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SpawnTest {

    private static final int OWN_PID = Processes.ownPid();

    @TempDir
    private Path directory;
    private final List<String> descriptorsBefore = OpenDescriptors.list();

    @AfterEach
    void leavesNoDescriptorBehind() {
        assertEquals(descriptorsBefore, OpenDescriptors.list());
    }

    @Test
    void theChildHasTheInheritedDescriptorsFromThreeOnAndNothingElse() throws IOException {
        long pipe = Descriptors.pipe();
        int leaky = Descriptors.duplicate(Descriptors.low(pipe), 100);
        assertEquals(0, Descriptors.setCloseOnExec(leaky, false));

        List<String> lines = shell("ls -1 /proc/$$/fd; for i in 3 4; do readlink /proc/$$/fd/$i; done",
                List.of(Descriptors.high(pipe), Descriptors.low(pipe)));

        // 1 is what the script writes to; 0 and 2 are as here.
        String link = Files.readSymbolicLink(Path.of("/proc/self/fd/" + leaky)).toString();
        assertEquals(List.of("0", "1", "2", "3", "4", link, link), lines);
        assertEquals(1, Descriptors.isCloseOnExec(Descriptors.low(pipe)), "the parent's own are left as they were");
        close(leaky, Descriptors.low(pipe), Descriptors.high(pipe));
    }

    @Test
    void nothingIsInheritedWhenNothingIsAskedFor() throws IOException {
        assertEquals(List.of("0", "1", "2"), shell("ls -1 /proc/$$/fd", List.of()));
    }

    @Test
    void sourcesThatLieInTheTargetRangeAreNotOverwrittenBeforeTheyAreCopied() throws IOException {
        // The JVM's own files occupy 3 and 4; swapped, a naive dup2(4, 3), dup2(3, 4) would yield one file twice.
        String third = Files.readSymbolicLink(Path.of("/proc/self/fd/3")).toString();
        String fourth = Files.readSymbolicLink(Path.of("/proc/self/fd/4")).toString();
        assertNotEquals(third, fourth);

        assertEquals(List.of(fourth, third, fourth),
                shell("for i in 3 4 5; do readlink /proc/$$/fd/$i; done", List.of(4, 3, 4)));
    }

    @Test
    void anInheritedListenerAcceptsWhatWasQueuedBefore() throws IOException {
        int listener = UnixSockets.listen(directory.resolve("s"), 8);
        int client = UnixSockets.connect(directory.resolve("s"));
        long inodes = shell("readlink /proc/$$/fd/3", List.of(listener)).stream().filter(l -> l.startsWith("socket:"))
                .count();
        assertEquals(1, inodes);
        int accepted = UnixSockets.accept(listener);
        assertTrue(accepted >= 0);
        close(listener, client, accepted);
    }

    @Test
    void environmentArgumentsAndDirectoryAreThoseOfThePlan() throws IOException {
        Path out = directory.resolve("out");
        int pid = spawned(new SpawnPlan(Path.of("/bin/sh"),
                List.of("sh", "-c", "{ pwd; echo \"$1\"; env | grep -v -e ^PWD= -e ^_= | sort; } > \"$OUT\"", "zero",
                        "a b"),
                Map.of("OUT", out.toString(), "PATH", "/usr/bin:/bin", "EMPTY", ""), List.of(),
                Optional.of(directory), false));
        assertEquals(new ExitStatus.Exited(0), Processes.waitFor(pid, false));
        assertEquals(List.of(directory.toRealPath().toString(), "a b", "EMPTY=", "OUT=" + out, "PATH=/usr/bin:/bin"),
                Files.readAllLines(out).stream().filter(l -> !l.startsWith("OLDPWD=") && !l.startsWith("SHLVL="))
                        .toList());
    }

    @Test
    void aShellInBetweenCanTellTheProgramItsOwnPid() throws IOException {
        Path out = directory.resolve("out");
        int pid = spawned(new SpawnPlan(Path.of("/bin/sh"),
                List.of("/bin/sh", "-c", "export LISTEN_PID=$$; exec \"$0\" \"$@\"", "/bin/sh", "-c",
                        "echo $LISTEN_PID $$ > \"$OUT\""),
                Map.of("OUT", out.toString()), List.of(), Optional.empty(), true));
        assertEquals(new ExitStatus.Exited(0), Processes.waitFor(pid, false));
        assertEquals(List.of(pid + " " + pid), Files.readAllLines(out));
    }

    @Test
    void aGroupIsTheChildsOwnWhereItIsAskedFor() {
        int own = Processes.groupOf(OWN_PID);
        assertNotEquals(own, groupOfChild(true));
        assertEquals(own, groupOfChild(false));
    }

    private int groupOfChild(boolean ownGroup) {
        int pid = spawned(plan(List.of("sh", "-c", "read forever; :"), ownGroup));
        int group = Processes.groupOf(pid);
        assertTrue(!ownGroup || group == pid);
        Processes.kill(pid, Signals.SIGKILL);
        Processes.waitFor(pid, false);
        return group;
    }

    @Test
    void signalsAreAtTheirDefaultsAndUnblocked() throws IOException {
        assertEquals(List.of("0000000000000000", "0000000000000000"),
                shell("grep -E '^Sig(Blk|Ign)' /proc/self/status | cut -f2", List.of()));
    }

    @Test
    void aMissingBinaryIsSaidByName() {
        Path missing = directory.resolve("no-such-daemon");
        Spawn.SpawnFailed failed = assertInstanceOf(Spawn.SpawnFailed.class, Spawn.spawn(new SpawnPlan(missing,
                List.of("x"), Map.of(), List.of(), Optional.empty(), true)));
        assertEquals(Errno.ENOENT, failed.errno());
        assertEquals("cannot start " + missing + ": no such file or directory (ENOENT)", failed.what());
    }

    @Test
    void aFileThatIsNoProgramIsRefused() throws IOException {
        Path file = Files.writeString(directory.resolve("text"), "not a program");
        assertEquals(Errno.EACCES, assertInstanceOf(Spawn.SpawnFailed.class,
                Spawn.spawn(new SpawnPlan(file, List.of("x"), Map.of(), List.of(), Optional.empty(), true))).errno());
    }

    @Test
    void aMissingWorkingDirectoryIsSaid() {
        Path missing = directory.resolve("nowhere");
        Spawn.SpawnFailed failed = assertInstanceOf(Spawn.SpawnFailed.class, Spawn.spawn(new SpawnPlan(
                Path.of("/bin/sh"), List.of("x"), Map.of(), List.of(), Optional.of(missing), true)));
        assertTrue(failed.what().contains(missing.toString()), failed.what());
    }

    @Test
    void aDescriptorThatIsNotOpenIsSaid() {
        Spawn.SpawnFailed failed = assertInstanceOf(Spawn.SpawnFailed.class,
                Spawn.spawn(new SpawnPlan(Path.of("/bin/sh"), List.of("x"), Map.of(), List.of(0, 99_999),
                        Optional.empty(), true)));
        assertEquals(Errno.EBADF, failed.errno());
        assertTrue(failed.what().contains("99999"), failed.what());
    }

    @Test
    void whatCannotBePassedIsRefusedBeforehand() {
        assertThrows(IllegalArgumentException.class, () -> plan(List.of(), false));
        assertThrows(IllegalArgumentException.class, () -> plan(List.of("a\0b"), false));
        assertThrows(IllegalArgumentException.class, () -> new SpawnPlan(Path.of("/bin/sh"), List.of("sh"),
                Map.of("A=B", "c"), List.of(), Optional.empty(), false));
    }

    /** Runs a script that writes to a file, and gives its lines. The final colon keeps the shell from exec'ing the last. */
    private List<String> shell(String script, List<Integer> inherited) throws IOException {
        Path out = directory.resolve("out");
        int pid = spawned(new SpawnPlan(Path.of("/bin/sh"),
                List.of("sh", "-c", "exec > '" + out + "'; " + script + "; :"), Map.of("PATH", "/usr/bin:/bin"),
                inherited, Optional.empty(), true));
        assertEquals(new ExitStatus.Exited(0), Processes.waitFor(pid, false));
        return Files.readAllLines(out);
    }

    private static SpawnPlan plan(List<String> argv, boolean ownGroup) {
        return new SpawnPlan(Path.of("/bin/sh"), argv, Map.of(), List.of(), Optional.empty(), ownGroup);
    }

    private static int spawned(SpawnPlan plan) {
        return assertInstanceOf(Spawn.Spawned.class, Spawn.spawn(plan)).pid();
    }

    private static void close(int... fds) {
        for (int fd : fds) {
            assertEquals(0, Descriptors.close(fd));
        }
    }
}
