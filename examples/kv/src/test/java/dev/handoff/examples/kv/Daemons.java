package dev.handoff.examples.kv;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

import dev.handoff.posix.Descriptors;
import dev.handoff.posix.ExitStatus;
import dev.handoff.posix.InetSockets;
import dev.handoff.posix.Processes;
import dev.handoff.posix.Signals;
import dev.handoff.posix.Sockets;
import dev.handoff.stock.StockSupervisor;

/** Real kv daemons behind one listener, and a supervisor that swaps them. Kills what is left at the end. */
final class Daemons implements AutoCloseable {
    private static final int PATIENCE_MS = 60_000;

    private final Path dataDir;
    private final int listener;
    private final Set<Integer> started = new HashSet<>();

    Daemons(Path directory) {
        dataDir = directory.resolve("data");
        listener = InetSockets.listen(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 1024);
        assertTrue(listener >= 0, "listen: " + listener);
    }

    Path dataDir() {
        return dataDir;
    }

    int port() {
        return InetSockets.localPort(listener);
    }

    /** Starts a daemon that has no predecessor; it serves once it has answered. */
    int startCold(String... options) throws IOException {
        int pid = StockSupervisor.startCold(plan(options));
        started.add(pid);
        try (Client client = new Client(port())) {
            assertEquals("+PONG", client.call("PING"));
        }
        return pid;
    }

    /** As {@link #startCold}, but a write that would make a file longer fails, as on a full disk (EFBIG). */
    int startColdWithFileLimit(int maxFileBytes, String... options) throws IOException {
        StockSupervisor.Plan plan = plan(options);
        List<String> arguments = new ArrayList<>(
                List.of("-c", "ulimit -f " + maxFileBytes / 512 + "; exec \"$@\"", "sh", plan.binary().toString()));
        arguments.addAll(plan.arguments());
        int pid = StockSupervisor.startCold(new StockSupervisor.Plan(plan.controlSocket(), Path.of("/bin/sh"),
                arguments,
                plan.environment(), plan.listenerNames(), plan.listeners(), plan.helloTimeoutMs(), plan.deadlineMs(),
                plan.drainGraceMs()));
        started.add(pid);
        try (Client client = new Client(port())) {
            assertEquals("+PONG", client.call("PING"));
        }
        return pid;
    }

    /** So many clients, each named by CLIENT SETNAME: prefix and index. */
    List<Client> clientsNamed(String prefix, int count) throws IOException {
        List<Client> clients = new ArrayList<>(count);
        for (int i = 0; i < count; i++) {
            Client client = new Client(port());
            clients.add(client);
            assertEquals("+OK", client.call("CLIENT", "SETNAME", prefix + i));
        }
        return clients;
    }

    StockSupervisor.Outcome swap(String... options) {
        return swap((_, _) -> true, options);
    }

    /** As above, under the eyes of somebody who may disturb it. */
    StockSupervisor.Outcome swap(StockSupervisor.Witness witness, String... options) {
        StockSupervisor.Outcome outcome = StockSupervisor.performHandoff(plan(options), witness);
        if (outcome instanceof StockSupervisor.Outcome.Committed committed) {
            started.add(committed.successorPid());
        }
        return outcome;
    }

    private StockSupervisor.Plan plan(String... options) {
        Path java = Path.of(System.getProperty("java.home"), "bin", "java");
        List<String> arguments = new ArrayList<>();
        for (String flag : ManagementFactory.getRuntimeMXBean().getInputArguments()) {
            if (flag.startsWith("--")) {
                arguments.add(flag);
            }
        }
        String real = System.getProperty("surefire.test.class.path");
        arguments.addAll(List.of("-XX:+UseSerialGC", "-cp", real != null ? real : System.getProperty("java.class.path"),
                KvDaemon.class.getName(), "--data-dir", dataDir.toString(), "--drain-idle-ms", "10000"));
        arguments.addAll(List.of(options));
        return new StockSupervisor.Plan(dataDir.resolve("control.sock"), java, arguments,
                Map.of("PATH", "/usr/bin:/bin"),
                List.of("main"), List.of(listener), PATIENCE_MS, PATIENCE_MS, PATIENCE_MS);
    }

    void kill(int pid) {
        Processes.kill(pid, Signals.SIGKILL);
        reap(pid);
    }

    void terminate(int pid) {
        Processes.kill(pid, Signals.SIGTERM);
    }

    /** Waits for the daemon's own end. */
    ExitStatus awaitExit(int pid) {
        int pidfd = Processes.pidfdOpen(pid);
        assertTrue(pidfd >= 0, "no such process: " + pid);
        assertTrue(Sockets.poll(pidfd, Sockets.POLLIN, PATIENCE_MS) > 0, "process " + pid + " does not end");
        Descriptors.close(pidfd);
        return reap(pid);
    }

    private ExitStatus reap(int pid) {
        started.remove(pid);
        return Processes.waitFor(pid, false);
    }

    /** Files of the data directory that are not data. */
    List<String> strayFiles() throws IOException {
        try (var files = Files.list(dataDir)) {
            return files.map(f -> f.getFileName().toString())
                    .filter(f -> !f.startsWith("shard-") && !f.startsWith(".handoff") && !f.equals("kv.meta")).sorted()
                    .toList();
        }
    }

    @Override
    public void close() {
        Set.copyOf(started).forEach(this::kill);
        Descriptors.close(listener);
    }
}
