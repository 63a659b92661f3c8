package dev.handoff.systemtest;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.management.ManagementFactory;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Stream;

import dev.handoff.cli.ControlClient;
import dev.handoff.cli.ControlClient.Answer;
import dev.handoff.cli.HandoffCommand;
import dev.handoff.coordinator.control.ControlReply.ServiceStatus;
import dev.handoff.coordinator.control.ControlReply.Status;
import dev.handoff.coordinator.control.ControlRequest;
import dev.handoff.coordinator.fault.FaultFile;
import dev.handoff.coordinator.keeper.Keeper;
import dev.handoff.posix.ProcLocks;
import dev.handoff.posix.Processes;
import dev.handoff.replay.LiveJournal;

/**
 * The keeper, the coordinator below it and a daemon below that, each a process of its own, in a directory of their own: what an
 * operator has who starts {@code handoff run}. One thread.
 */
final class KeptSystem implements AutoCloseable {

    /** Only a bound on failure. */
    private static final long PATIENCE_NS = TimeUnit.SECONDS.toNanos(90);
    private static final long LOOK_NS = TimeUnit.MILLISECONDS.toNanos(10);
    private static final int FIRST_WORD_MS = 5_000;
    private static final String MARK = "HANDOFF_SYSTEM_TEST";
    private static final List<String> JVM_FLAGS = List.of("-XX:TieredStopAtLevel=1", "-Xshare:auto", "-Xmx128m");

    private final Path directory;
    private final int port;
    private final Process keeper;
    private final boolean withSpare;
    /** What keeper and coordinator held at first. */
    private Optional<Map<String, List<String>>> held = Optional.empty();

    private KeptSystem(Path directory, int port, Process keeper, boolean withSpare) {
        this.directory = directory;
        this.port = port;
        this.keeper = keeper;
        this.withSpare = withSpare;
    }

    /** Starts all of it, with this binary as the daemon. */
    static KeptSystem start(Path directory, Path binary) throws IOException {
        return start(directory, binary, false);
    }

    /** As above, with a coordinator that stands by. */
    static KeptSystem startWithSpare(Path directory, Path binary) throws IOException {
        return start(directory, binary, true);
    }

    private static KeptSystem start(Path directory, Path binary, boolean withSpare) throws IOException {
        int port;
        try (ServerSocket free = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            port = free.getLocalPort();
        }
        Path config = Files.writeString(directory.resolve("svc.toml"), """
                trigger_socket = "trigger.sock"
                journal = "journal"
                control_socket = "control.sock"
                data_dir = "data"
                binary = "%s"
                # A loaded machine may take its time to start a JVM.
                hold_secs = 60
                hello_secs = 30
                [[listeners]]
                name = "main"
                addr = "127.0.0.1:%d"
                """.formatted(binary, port));
        Stream<String> inherited = ManagementFactory.getRuntimeMXBean().getInputArguments().stream()
                .filter(flag -> !flag.startsWith("-XX:TieredStopAtLevel") && !flag.startsWith("-D"));
        List<String> java = Stream.of(Stream.of(Path.of(System.getProperty("java.home"), "bin", "java").toString()),
                inherited, JVM_FLAGS.stream(), Stream.of("-cp", System.getProperty("java.class.path")))
                .flatMap(each -> each).toList();
        List<String> command = new ArrayList<>(java);
        command.add(Keeper.class.getName());
        if (withSpare) {
            command.add("--spare");
        }
        command.addAll(java);
        command.add("-D" + FaultFile.PROPERTY + "=" + directory.resolve("faults"));
        command.addAll(List.of(HandoffCommand.class.getName(), "run", "--config", config.toString()));
        ProcessBuilder builder = new ProcessBuilder(command).directory(directory.toFile())
                .redirectErrorStream(true).redirectOutput(directory.resolve("log").toFile());
        builder.environment().put(MARK, directory.toString());
        KeptSystem system = new KeptSystem(directory, port, builder.start(), withSpare);
        boolean serving = false;
        try {
            Status _ = system.settle();
            serving = true;
            return system;
        } finally {
            if (!serving) {
                system.kill();
            }
        }
    }

    Path directory() {
        return directory;
    }

    int port() {
        return port;
    }

    Path triggerSocket() {
        return directory.resolve("trigger.sock");
    }

    FaultFile faults() {
        return new FaultFile(directory.resolve("faults"));
    }

    LiveJournal journal() {
        LiveJournal journal = LiveJournal.read(directory.resolve("journal"));
        assertEquals(List.of(), journal.damage());
        return journal;
    }

    /** What the daemons did, one "pid event" a line. */
    List<String> trace() {
        try {
            Path file = directory.resolve("trace");
            return Files.exists(file) ? Files.readAllLines(file) : List.of();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /**
     * Waits until one daemon serves and holds the lock, no process is there besides, none is unreaped, and keeper and coordinator
     * hold what they held at first.
     */
    Status settle() {
        long endNs = System.nanoTime() + PATIENCE_NS;
        while (true) {
            String wrong = "no coordinator answers";
            if (ControlClient.ask(triggerSocket(), new ControlRequest.AskStatus(),
                    FIRST_WORD_MS) instanceof Answer.Got(var reply)) {
                Status status = assertInstanceOf(Status.class, reply);
                wrong = look(status);
                if (wrong.isEmpty()) {
                    return status;
                }
            }
            if (System.nanoTime() - endNs > 0 || !keeper.isAlive()) {
                throw new AssertionError("not settled: " + wrong + "\n" + log());
            }
            LockSupport.parkNanos(LOOK_NS);
        }
    }

    private String look(Status status) {
        ServiceStatus service = status.services().getFirst();
        boolean serves = service.state().equals("serving") || service.state().startsWith("unconfirmed");
        if (!serves || service.incumbentPid().isEmpty()) {
            return service.toString();
        }
        int incumbent = service.incumbentPid().getAsInt();
        Set<Integer> due = new TreeSet<>(List.of((int) keeper.pid(), (int) status.coordinatorPid(), incumbent));
        Set<Integer> there = marked();
        if (withSpare) {
            Optional<Integer> spare = spare();
            if (spare.isEmpty() || spare.get() == status.coordinatorPid()) {
                return "no spare stands by";
            }
            due.add(spare.get());
        }
        if (!there.equals(due)) {
            return "processes " + there + ", due are " + due;
        }
        List<Integer> unreaped = Resources.processes().stream().filter(Processes::isZombie)
                .filter(pid -> due.contains(Processes.parentOf(pid))).toList();
        if (!unreaped.isEmpty()) {
            return "not reaped: " + unreaped;
        }
        long holder = ProcLocks.holderOf(directory.resolve("data").resolve(".handoff.lock"));
        if (holder != incumbent) {
            return "the lock is held by " + holder + ", the incumbent is " + incumbent;
        }
        Map<String, List<String>> now = new TreeMap<>(Map.of("keeper", sockets((int) keeper.pid()), "coordinator",
                sockets((int) status.coordinatorPid())));
        if (held.isEmpty()) {
            held = Optional.of(now);
        }
        return asAtFirst(now) ? "" : "descriptors " + now + ", at first " + held.get();
    }

    /** With a stock incumbent the session is kept after a rollback (protocol page), parked and here. */
    private boolean asAtFirst(Map<String, List<String>> now) {
        return held.orElseThrow().entrySet().stream().allMatch(first -> {
            List<String> less = new ArrayList<>(now.get(first.getKey()));
            return less.equals(first.getValue()) || (less.remove("socket:[N]") && less.equals(first.getValue()));
        });
    }

    /** Sockets, pidfds and the like; files come and go with the journal's rolls and the JVM's classes. */
    private static List<String> sockets(int pid) {
        return Resources.descriptors(pid).stream().filter(target -> !target.startsWith("/")).toList();
    }

    /** The one that was last said to stand by; it may go on by now. */
    Optional<Integer> spare() {
        return allOfLog().stream().filter(line -> line.endsWith(" stands by"))
                .map(line -> Integer.parseInt(line.replaceAll("\\D", ""))).reduce((_, last) -> last);
    }

    private Set<Integer> marked() {
        byte[] mark = (MARK + "=" + directory + "\0").getBytes(StandardCharsets.UTF_8);
        Set<Integer> found = new TreeSet<>();
        for (int pid : Resources.processes()) {
            if (contains(environment(pid), mark)) {
                found.add(pid);
            }
        }
        return found;
    }

    /** Empty for a process that is another user's or has just gone. */
    private static byte[] environment(int pid) {
        try {
            return Files.readAllBytes(Path.of("/proc/" + pid + "/environ"));
        } catch (IOException e) {
            return new byte[0];
        }
    }

    private static boolean contains(byte[] text, byte[] part) {
        for (int i = 0; i + part.length <= text.length; i++) {
            if (Arrays.equals(text, i, i + part.length, part, 0, part.length)) {
                return true;
            }
        }
        return false;
    }

    String log() {
        List<String> lines = allOfLog();
        return String.join("\n", lines.subList(Math.max(0, lines.size() - 60), lines.size()));
    }

    private List<String> allOfLog() {
        try {
            return Files.readAllLines(directory.resolve("log"));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Stops it as an operator would; nothing may be left. */
    @Override
    public void close() {
        keeper.destroy();
        boolean ended;
        try {
            ended = keeper.waitFor(PATIENCE_NS, TimeUnit.NANOSECONDS);
        } catch (InterruptedException e) {
            throw new IllegalStateException("nobody interrupts a test", e);
        }
        // A spare is ended with the keeper, and nobody waits for its end.
        long endNs = System.nanoTime() + PATIENCE_NS;
        Set<Integer> left = marked();
        while (withSpare && !left.isEmpty() && System.nanoTime() - endNs < 0) {
            LockSupport.parkNanos(LOOK_NS);
            left = marked();
        }
        kill();
        assertEquals(Set.of(), left, "left behind");
        assertEquals(ended ? 0 : -1, ended ? keeper.exitValue() : -2, this::log);
    }

    /** Leaves nothing, whatever state it is in. */
    private void kill() {
        keeper.destroyForcibly();
        for (Set<Integer> left = marked(); !left.isEmpty(); left = marked()) {
            left.forEach(pid -> ProcessHandle.of(pid).ifPresent(ProcessHandle::destroyForcibly));
        }
    }
}
