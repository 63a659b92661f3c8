package dev.handoff.systemtest;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assertions.fail;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.management.ManagementFactory;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Predicate;

import dev.handoff.cli.HandoffCommand;
import dev.handoff.codec.HandoffId;
import dev.handoff.coordinator.control.ControlReply;
import dev.handoff.coordinator.control.ControlReplyCodec;
import dev.handoff.coordinator.control.ControlRequest;
import dev.handoff.coordinator.control.ControlRequestCodec;
import dev.handoff.coordinator.control.Parsed;
import dev.handoff.coordinator.fault.Fault;
import dev.handoff.coordinator.fault.FaultFile;
import dev.handoff.posix.Descriptors;
import dev.handoff.posix.ExitStatus;
import dev.handoff.posix.Processes;
import dev.handoff.posix.Signals;
import dev.handoff.posix.Spawn;
import dev.handoff.posix.SpawnPlan;
import dev.handoff.posix.UnixSockets;

/**
 * {@code handoff run} in a process of its own over one service in a directory, to be killed and started again, with a store that
 * outlives it or without one. At the end every process that ever served is gone.
 */
final class CoordinatorProcess implements AutoCloseable {

    private static final long LOOK_NS = 10_000_000;

    private final Path directory;
    private final int port;
    private final Optional<HoldingStore> store;
    private final FaultFile faults;
    private final Path trigger;
    private int pid;

    private CoordinatorProcess(Path directory, int port, Optional<HoldingStore> store) {
        this.directory = directory;
        this.port = port;
        this.store = store;
        this.faults = new FaultFile(directory.resolve("faults"));
        this.trigger = directory.resolve("trigger.sock");
    }

    /** Not started yet. */
    static CoordinatorProcess of(Path directory, Path binary, boolean withStore) throws IOException {
        int port;
        try (ServerSocket free = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            port = free.getLocalPort();
        }
        Files.writeString(directory.resolve("svc.toml"), """
                trigger_socket = "trigger.sock"
                control_socket = "control.sock"
                journal = "journal"
                data_dir = "data"
                binary = "%s"
                [[listeners]]
                name = "main"
                addr = "127.0.0.1:%d"
                """.formatted(binary, port));
        return new CoordinatorProcess(directory, port, withStore
                ? Optional.of(new HoldingStore(directory.resolve("notify.sock")))
                : Optional.empty());
    }

    HoldingStore store() {
        return store.orElseThrow();
    }

    int port() {
        return port;
    }

    int pid() {
        return pid;
    }

    /** Kills the coordinator at each of these steps, one after the other. */
    void dieAt(String... steps) {
        List<Fault> lines = new ArrayList<>();
        for (String step : steps) {
            lines.add(Fault.parse("kill coordinator " + step).orElseThrow());
        }
        faults.write(lines);
    }

    /** Starts it, with everything that the store holds. */
    void start() {
        Map<String, Integer> held = store.map(HoldingStore::held).orElse(Map.of());
        Map<String, String> env = new HashMap<>(System.getenv());
        store.ifPresent(with -> {
            env.put("NOTIFY_SOCKET", with.socket().toString());
            env.put("LISTEN_FDS", Integer.toString(held.size()));
            env.put("LISTEN_FDNAMES", String.join(":", held.keySet()));
        });
        List<String> argv = new ArrayList<>(List.of("/bin/sh", "-c",
                "export LISTEN_PID=$$; exec \"$0\" \"$@\" >>" + log() + " 2>&1",
                Path.of(System.getProperty("java.home"), "bin", "java").toString()));
        argv.addAll(ManagementFactory.getRuntimeMXBean().getInputArguments());
        argv.addAll(List.of("-XX:TieredStopAtLevel=1", "-Xshare:auto",
                "-D" + FaultFile.PROPERTY + "=" + faults.path(), "-cp", System.getProperty("java.class.path"),
                HandoffCommand.class.getName(), "run", "--config", directory.resolve("svc.toml").toString()));
        pid = assertInstanceOf(Spawn.Spawned.class, Spawn.spawn(new SpawnPlan(Path.of("/bin/sh"), argv, env,
                List.copyOf(held.values()), Optional.empty(), true))).pid();
    }

    private Path log() {
        return directory.resolve("coordinator.log");
    }

    /** What the coordinators have written for people. */
    String said() {
        try {
            return Files.readString(log());
        } catch (IOException e) {
            return e.toString();
        }
    }

    /** Waits until it has killed itself as {@link #dieAt} told. */
    void awaitDeath() {
        assertEquals(new ExitStatus.Signaled(Signals.SIGKILL), Processes.waitFor(pid, false), this::said);
    }

    void kill() {
        Processes.kill(pid, Signals.SIGKILL);
        awaitDeath();
    }

    /** Asks for a swap; gives its id as soon as it is accepted, or when the coordinator ends. */
    HandoffId swap(Path binary) {
        String replies = TriggerLine.send(trigger, ControlRequestCodec
                .encode(new ControlRequest.Swap(Optional.empty(), Optional.of(binary.toString()), Optional.empty())))
                .replies();
        String first = replies.lines().findFirst().orElseThrow(() -> new AssertionError(said()));
        return assertInstanceOf(ControlReply.Accepted.class, decoded(first), first).handoffId();
    }

    /** The one word that a swap is refused with. */
    ControlReply lastWord(Path binary) {
        return decoded(TriggerLine.send(trigger, ControlRequestCodec
                .encode(new ControlRequest.Swap(Optional.empty(), Optional.of(binary.toString()), Optional.empty())))
                .lastReply());
    }

    private static ControlReply decoded(String line) {
        return switch (ControlReplyCodec.decode(line)) {
            case Parsed.Understood<ControlReply> good -> good.value();
            case Parsed.NotUnderstood<ControlReply> bad -> throw new AssertionError(bad.reason() + ": " + line);
        };
    }

    ControlReply.Status status() {
        return assertInstanceOf(ControlReply.Status.class, decoded(
                TriggerLine.send(trigger, ControlRequestCodec.encode(new ControlRequest.AskStatus())).lastReply()));
    }

    /** Waits until the trigger socket answers and the service serves; gives the daemon's pid. */
    int awaitServing() {
        return await("serving", service -> service.state().equals("serving")).incumbentPid().orElseThrow();
    }

    /** Waits for the end of a handoff. */
    ControlReply.LastHandoff awaitEnded(HandoffId id) {
        return await("the end of " + id, service -> service.last().filter(last -> last.id().equals(id)).isPresent())
                .last().orElseThrow();
    }

    private ControlReply.ServiceStatus await(String what,
            Predicate<ControlReply.ServiceStatus> fits) {
        long endNs = System.nanoTime() + Rig.PATIENCE_MS * 1_000_000;
        String last = "";
        while (System.nanoTime() < endNs) {
            assertTrue(Processes.isAlive(pid), () -> "the coordinator is dead:\n" + said());
            int probe = UnixSockets.connect(trigger);
            if (probe >= 0) {
                Descriptors.close(probe);
                ControlReply.ServiceStatus now = status().services().getFirst();
                if (fits.test(now)) {
                    return now;
                }
                last = now.toString();
            }
            LockSupport.parkNanos(LOOK_NS);
        }
        return fail("waited for " + what + " in vain: " + last + "\n" + said());
    }

    /** As if its disk had been lost. */
    void loseJournal() throws IOException {
        Files.move(directory.resolve("journal"), directory.resolve("lost"));
    }

    /** What the daemons did, one "pid event" a line. */
    List<String> trace() {
        Path file = directory.resolve("trace");
        try {
            return Files.exists(file) ? Files.readAllLines(file) : List.of();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Living daemons of this directory. */
    List<Integer> daemons() {
        return trace().stream().map(line -> Integer.parseInt(line.split(" ", 2)[0])).distinct()
                .filter(Processes::isAlive).toList();
    }

    @Override
    public void close() {
        faults.clear();
        if (Processes.isAlive(pid)) {
            Processes.kill(pid, Signals.SIGTERM);
        }
        ExitStatus end = Processes.waitFor(pid, false);
        List<Integer> left = daemons();
        left.forEach(daemon -> Processes.kill(daemon, Signals.SIGKILL));
        store.ifPresent(HoldingStore::close);
        assertEquals(new ExitStatus.Exited(0), end, this::said);
        assertEquals(List.of(), left, "daemons are left behind");
    }
}
