package dev.handoff.posix;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * A shell script in a process of its own, in step with the test: it writes to descriptor 3 when it is ready, and what the
 * test does not close it can wait for on descriptor 4.
 */
final class TestChild implements AutoCloseable {

    private final int pid;
    private final int fromChild;
    private final int toChild;
    private boolean reaped;

    TestChild(String script, Integer... inherited) {
        long ready = Descriptors.pipe();
        long go = Descriptors.pipe();
        List<Integer> fds = new ArrayList<>(List.of(Descriptors.high(ready), Descriptors.low(go)));
        fds.addAll(List.of(inherited));
        pid = assertInstanceOf(Spawn.Spawned.class,
                Spawn.spawn(
                        new SpawnPlan(Path.of("/bin/sh"), List.of("sh", "-c", script), Map.of("PATH", "/usr/bin:/bin"),
                                fds, Optional.empty(), true)))
                .pid();
        Descriptors.close(Descriptors.high(ready));
        Descriptors.close(Descriptors.low(go));
        fromChild = Descriptors.low(ready);
        toChild = Descriptors.high(go);
    }

    int pid() {
        return pid;
    }

    /** Waits for the script's {@code echo >&3}. */
    void awaitReady() {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment line = arena.allocate(16);
            assertEquals(1, Descriptors.read(fromChild, line, 0, 1), "the child ended before it was ready");
        }
    }

    ExitStatus end() {
        reaped = true;
        return Processes.waitFor(pid, false);
    }

    @Override
    public void close() {
        if (!reaped) {
            Processes.kill(pid, Signals.SIGKILL);
            end();
        }
        Descriptors.close(fromChild);
        Descriptors.close(toChild);
    }
}
