package dev.handoff.systemtest;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.function.Predicate;
import java.util.stream.Stream;

import dev.handoff.codec.HandoffId;
import dev.handoff.codec.MessageKind;
import dev.handoff.codec.event.Event;
import dev.handoff.codec.event.Gate;
import dev.handoff.codec.event.Outcome;
import dev.handoff.codec.event.Verdict;
import dev.handoff.coordinator.config.ConfigFile;
import dev.handoff.coordinator.config.ConfigOutcome;
import dev.handoff.coordinator.config.CoordinatorConfig;
import dev.handoff.coordinator.control.ControlReply;
import dev.handoff.coordinator.control.ControlReplyCodec;
import dev.handoff.coordinator.control.ControlRequest;
import dev.handoff.coordinator.control.ControlRequestCodec;
import dev.handoff.coordinator.control.Parsed;
import dev.handoff.coordinator.control.SwapOutcome;
import dev.handoff.coordinator.core.Fold;
import dev.handoff.coordinator.loop.Past;
import dev.handoff.coordinator.loop.Streams;
import dev.handoff.coordinator.shell.Coordinator;
import dev.handoff.coordinator.shell.StartupFailure;
import dev.handoff.coordinator.store.DescriptorStores;
import dev.handoff.stock.StockDaemon;
import dev.handoff.stock.StockLauncher;

/**
 * A real coordinator over real daemons in a directory of its own: starts them, asks for swaps, looks at what is journaled, and
 * checks at the end that no process is left.
 */
final class Rig implements AutoCloseable {

    /** Only a bound on failure: nothing waits this long when all is well, even on a loaded machine. */
    static final long PATIENCE_MS = 60_000;

    private final Path directory;
    private final int port;
    private final Coordinator coordinator;
    private final CoordinatorConfig config;
    private final MemoryLog log;

    private Rig(Path directory, int port, String text, MemoryLog log, Fold fold) throws IOException, StartupFailure {
        this.log = log;
        this.directory = directory;
        this.port = port;
        Path file = Files.writeString(directory.resolve("svc.toml"), text);
        this.config = switch (ConfigFile.load(file, Map.of())) {
            case ConfigOutcome.Loaded<CoordinatorConfig>(CoordinatorConfig loaded) -> loaded;
            case ConfigOutcome.Refused<CoordinatorConfig> refused -> throw new AssertionError(refused.problems());
        };
        this.coordinator = Coordinator.start(config, System.getenv(), log,
                new Past(fold, new Streams(), UUID.randomUUID(), ""), "test",
                DescriptorStores.fromEnvironment(Map.of()));
    }

    /** A service of one stock daemon, serving. {@code extra} goes into the configuration. */
    static Rig ofStock(Path directory, String extra, String... daemonArguments)
            throws IOException, StartupFailure, InterruptedException {
        stockBinary(directory, "daemon", daemonArguments);
        return of(directory, directory.resolve("daemon"), extra);
    }

    /** A service of one daemon on our library, serving. */
    static Rig ofOurs(Path directory, String extra, String... daemonArguments)
            throws IOException, StartupFailure, InterruptedException {
        return of(directory, ourBinary(directory, "daemon", daemonArguments), extra);
    }

    /** A service of this binary, serving. */
    static Rig of(Path directory, Path binary, String extra) throws IOException, StartupFailure, InterruptedException {
        return of(directory, binary, extra, new MemoryLog(), new Fold());
    }

    /** As {@link #of(Path, Path, String)}, on this log, folding into {@code fold}. */
    static Rig of(Path directory, Path binary, String extra, MemoryLog log, Fold fold)
            throws IOException, StartupFailure, InterruptedException {
        int port = freePort();
        Rig rig = new Rig(directory, port, """
                trigger_socket = "trigger.sock"
                control_socket = "control.sock"
                binary = "%s"
                %s
                [[listeners]]
                name = "main"
                addr = "127.0.0.1:%d"
                """.formatted(binary, extra, port), log, fold);
        try {
            rig.awaitServing(0);
        } catch (AssertionError e) {
            rig.close();
            throw e;
        }
        return rig;
    }

    /** An executable stock daemon with these arguments, for the rig in the same directory. */
    static Path stockBinary(Path directory, String name, String... arguments) throws IOException {
        return binary(directory, name, StockDaemon.class, arguments);
    }

    /** An executable daemon on our library with these arguments, for the rig in the same directory. */
    static Path ourBinary(Path directory, String name, String... arguments) throws IOException {
        return binary(directory, name, LineDaemon.class, arguments);
    }

    private static Path binary(Path directory, String name, Class<?> main, String... arguments) throws IOException {
        List<String> all = new ArrayList<>(List.of("--data-dir", directory.resolve("data").toString(),
                "--control-socket", directory.resolve("control.sock").toString(), "--trace",
                directory.resolve("trace").toString(), "--build", name));
        all.addAll(List.of(arguments));
        return StockLauncher.write(directory.resolve(name), main, all);
    }

    private static int freePort() throws IOException {
        try (ServerSocket free = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return free.getLocalPort();
        }
    }

    MemoryLog log() {
        return log;
    }

    Path directory() {
        return directory;
    }

    int port() {
        return port;
    }

    /** Waits until the service serves under another pid than this one, and gives that pid. */
    int awaitServing(int otherThan) throws InterruptedException {
        long endNs = System.nanoTime() + PATIENCE_MS * 1_000_000;
        while (true) {
            int known = log.events().size();
            ControlReply.ServiceStatus now = status();
            if (now.state().equals("serving") && now.incumbentPid().orElse(otherThan) != otherThan) {
                return now.incumbentPid().getAsInt();
            }
            if (System.nanoTime() - endNs > 0) {
                throw new AssertionError("not serving: " + now + "\n"
                        + String.join("\n", log.events().stream().map(Event::toString).toList()));
            }
            // The state changes by an event, and a status asked for afterwards has seen it.
            log.awaitMoreThan(known, PATIENCE_MS);
        }
    }

    ControlReply.ServiceStatus status() {
        return assertInstanceOf(ControlReply.Status.class, ask(new ControlRequest.AskStatus()).getLast()).services()
                .getFirst();
    }

    /** Asks for a swap to this binary and waits for its end. */
    ControlReply.SwapEnded swap(Path binary) {
        return assertInstanceOf(ControlReply.SwapEnded.class,
                ask(new ControlRequest.Swap(java.util.Optional.empty(),
                        java.util.Optional.of(binary.toString()), java.util.Optional.empty())).getLast());
    }

    CompletableFuture<ControlReply.SwapEnded> swapLater(Path binary) {
        return CompletableFuture.supplyAsync(() -> swap(binary));
    }

    /** Sends a request and gives all replies to it, the last one being its end. */
    List<ControlReply> ask(ControlRequest request) {
        List<ControlReply> replies = new ArrayList<>();
        for (String line : askLine(ControlRequestCodec.encode(request), true)) {
            replies.add(switch (ControlReplyCodec.decode(line)) {
                case Parsed.Understood<ControlReply> good -> good.value();
                case Parsed.NotUnderstood<ControlReply> bad -> throw new AssertionError(bad.reason() + ": " + line);
            });
        }
        return replies;
    }

    /** Sends a line and gives the lines that answer it. */
    List<String> askLine(String request, boolean json) {
        String answer = TriggerLine.send(config.triggerSocket(), request).replies();
        assertEquals(json, answer.startsWith("{"), answer);
        return answer.lines().toList();
    }

    /** One request line to the daemon on a connection of its own, and its reply. */
    String line(String request) throws IOException {
        try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), port)) {
            socket.getOutputStream().write((request + "\n").getBytes(StandardCharsets.UTF_8));
            BufferedReader reader = new BufferedReader(
                    new InputStreamReader(socket.getInputStream(), StandardCharsets.UTF_8));
            return reader.readLine();
        }
    }

    /** What the daemons did, one "pid event" a line. */
    List<String> trace() throws IOException {
        Path file = directory.resolve("trace");
        return Files.exists(file) ? Files.readAllLines(file) : List.of();
    }

    /** The end of a handoff as the journal has it. */
    Event.HandoffEnded ended(HandoffId id) throws InterruptedException {
        return (Event.HandoffEnded) log.await("the end of handoff " + id, PATIENCE_MS,
                event -> event instanceof Event.HandoffEnded end && end.stamp().handoffId().equals(id));
    }

    void assertEnded(ControlReply.SwapEnded swap, Outcome outcome) throws InterruptedException {
        assertEquals(outcome, ended(swap.handoffId().orElseThrow()).outcome(), swap.toString());
    }

    void assertCommitted(ControlReply.SwapEnded swap) throws InterruptedException {
        assertEquals(SwapOutcome.COMMITTED, swap.outcome(), swap.toString());
        assertEnded(swap, Outcome.COMMITTED);
    }

    /** The swap was rolled back, and this incumbent takes writes. */
    void assertRolledBackAndServing(ControlReply.SwapEnded swap, int incumbent)
            throws InterruptedException, IOException {
        assertEquals(SwapOutcome.ROLLED_BACK, swap.outcome(), swap.toString());
        assertEnded(swap, Outcome.ROLLED_BACK);
        assertEquals(incumbent, awaitServing(0));
        assertTrue(line("APPEND after").startsWith("OK "));
        assertEquals(Integer.toString(incumbent), line("PID"));
        assertFalse(swap.reason().orElse("").contains("unconfirmed"), swap.toString());
    }

    /** How a gate judged. */
    Verdict judged(Gate gate) throws InterruptedException {
        return ((Event.GateJudged) log.await("the gate " + gate, PATIENCE_MS,
                event -> event instanceof Event.GateJudged judged && judged.gate() == gate)).verdict();
    }

    /** N must be dead and reaped before O is told to resume. */
    void assertReapedBeforeResume() {
        int exited = -1;
        int resumed = -1;
        int index = 0;
        for (Event event : log.events()) {
            if (event instanceof Event.ProcessExited) {
                exited = index;
            }
            if (sends(MessageKind.RESUME_AFTER_ABORT).test(event)) {
                resumed = index;
            }
            index++;
        }
        assertTrue(exited >= 0 && exited < resumed, "exit at " + exited + ", resume at " + resumed);
    }

    /** Whether the coordinator is about to write such a message. */
    static Predicate<Event> sends(MessageKind kind) {
        return event -> event instanceof Event.MessageSending sending && sending.message().kind() == kind;
    }

    /** Whether such a message arrived. */
    static Predicate<Event> receives(MessageKind kind) {
        return event -> event instanceof Event.MessageReceived received && received.message().kind() == kind;
    }

    /** Every pid that was ever started here. */
    List<Integer> pids() {
        return log.events().stream().flatMap(
                event -> event instanceof Event.Spawned spawned ? Stream.of((int) spawned.pid()) : Stream.empty())
                .toList();
    }

    @Override
    public void close() {
        coordinator.stop("the test is over");
        int code = coordinator.awaitExit();
        coordinator.close();
        assertEquals(0, code);
        for (int pid : pids()) {
            assertEquals(false, Files.exists(Path.of("/proc/" + pid)), "pid " + pid + " is left behind");
        }
    }
}
