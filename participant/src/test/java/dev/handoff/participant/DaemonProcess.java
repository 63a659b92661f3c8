package dev.handoff.participant;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.management.ManagementFactory;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

import dev.handoff.posix.Descriptors;
import dev.handoff.posix.ExitStatus;
import dev.handoff.posix.Processes;
import dev.handoff.posix.Signals;
import dev.handoff.posix.Sockets;
import dev.handoff.posix.Spawn;
import dev.handoff.posix.SpawnPlan;

/** A real second JVM, spawned with descriptors 3, 4, … as a supervisor does it. */
final class DaemonProcess implements AutoCloseable {

    private final int pid;
    private boolean reaped;

    private DaemonProcess(int pid) {
        this.pid = pid;
    }

    static DaemonProcess start(Class<?> main, List<String> arguments, Map<String, String> variables,
            List<Integer> descriptors) {
        return start(main, arguments, variables, descriptors, "");
    }

    /** As above, leaving out the JVM flags that begin with {@code withoutFlag}, if that is not empty. */
    static DaemonProcess start(Class<?> main, List<String> arguments, Map<String, String> variables,
            List<Integer> descriptors, String withoutFlag) {
        List<String> argv = new ArrayList<>(List.of(java().toString()));
        argv.addAll(commandLine(main, arguments, withoutFlag));
        Map<String, String> env = new HashMap<>(Map.of("PATH", "/usr/bin:/bin"));
        env.putAll(variables);
        Spawn.Outcome outcome = Spawn
                .spawn(new SpawnPlan(java(), argv, env, descriptors, Optional.empty(), true));
        if (outcome instanceof Spawn.Spawned(int pid)) {
            return new DaemonProcess(pid);
        }
        throw new AssertionError(outcome);
    }

    /** One that somebody else spawned as this process's child. */
    static DaemonProcess spawned(int pid) {
        return new DaemonProcess(pid);
    }

    static Path java() {
        return Path.of(System.getProperty("java.home"), "bin", "java");
    }

    /** What follows the name of the JVM. */
    static List<String> commandLine(Class<?> main, List<String> arguments, String withoutFlag) {
        List<String> argv = new ArrayList<>();
        for (String flag : ManagementFactory.getRuntimeMXBean().getInputArguments()) {
            if (flag.startsWith("--") && (withoutFlag.isEmpty() || !flag.startsWith(withoutFlag))) {
                argv.add(flag);
            }
        }
        argv.addAll(List.of("-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-cp", classPath(), main.getName()));
        argv.addAll(arguments);
        return argv;
    }

    private static String classPath() {
        String real = System.getProperty("surefire.test.class.path");
        return real != null ? real : System.getProperty("java.class.path");
    }

    int pid() {
        return pid;
    }

    /** Waits for the process to end by itself. */
    void expectExit(int code) {
        int pidfd = Processes.pidfdOpen(pid);
        assertTrue(pidfd >= 0, "pidfd");
        assertTrue(Sockets.poll(pidfd, Sockets.POLLIN, 30_000) > 0, () -> "process " + pid + " does not end");
        Descriptors.close(pidfd);
        reaped = true;
        assertEquals(new ExitStatus.Exited(code), Processes.waitFor(pid, false));
    }

    void kill() {
        Processes.kill(pid, Signals.SIGKILL);
        Processes.waitFor(pid, false);
        reaped = true;
    }

    @Override
    public void close() {
        if (!reaped) {
            kill();
        }
    }
}
