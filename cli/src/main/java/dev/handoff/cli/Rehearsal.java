package dev.handoff.cli;

import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;

import dev.handoff.cli.ControlClient.Answer;
import dev.handoff.coordinator.control.ControlReply.Status;
import dev.handoff.coordinator.control.ControlRequest;
import dev.handoff.posix.Processes;
import dev.handoff.posix.Signals;

/**
 * What the JVM records when the distribution is built, so that later starts need not load and warm everything anew: a coordinator
 * below its keeper that is killed in the middle of a handoff, is started again, goes on, does another one, and stops. Started as
 * {@code Main rehearse DIRECTORY}, in both lives, by the launcher alone.
 */
final class Rehearsal {

    /** Run as a program, not linked; its jar comes with the simulator. */
    private static final String DAEMON = "dev.handoff.stock.StockDaemon";

    private static final int FIRST_WORD_MS = 5_000;
    private static final long LOOK_MS = 10;
    private static final long LIMIT_NS = TimeUnit.SECONDS.toNanos(60);

    private final Path directory;
    private final PrintWriter err;
    private final long startNs = System.nanoTime();

    Rehearsal(Path directory, PrintWriter err) {
        this.directory = directory.toAbsolutePath();
        this.err = err;
    }

    /** Gives the coordinator's exit code, in the second life. */
    int run() throws IOException {
        Path config = directory.resolve("handoff.toml");
        boolean first = !Files.exists(config);
        if (first) {
            Files.createDirectories(directory);
            Files.writeString(config, configuration());
        }
        Thread.ofPlatform().daemon().name("rehearsal").start(first ? this::firstLife : this::secondLife);
        return new CoordinatorRun("rehearsal", err).run(config);
    }

    private String configuration() {
        List<String> arguments = List.of("-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1",
                "--enable-native-access=ALL-UNNAMED",
                "--add-exports=java.base/jdk.internal.misc=ALL-UNNAMED", "-cp",
                System.getProperty("java.class.path"),
                DAEMON, "--data-dir", directory.resolve("data").toString(), "--control-socket",
                directory.resolve("c.sock").toString(), "--seal-ms", "200");
        return """
                trigger_socket = "t.sock"
                journal = "journal"
                [[service]]
                name = "rehearsal"
                binary = %s
                args = [%s]
                control_socket = "c.sock"
                data_dir = "data"
                hello_secs = 30
                listeners = [{ name = "main", addr = "unix:l.sock" }]
                """.formatted(quoted(Path.of(System.getProperty("java.home"), "bin", "java").toString()),
                arguments.stream().map(Rehearsal::quoted).collect(Collectors.joining(", ")));
    }

    private static String quoted(String text) {
        return '"' + text.replace("\\", "\\\\").replace("\"", "\\\"").replace("$", "$$") + '"';
    }

    /** Until a handoff is well under way: what it has begun is the second life's to end. */
    private void firstLife() {
        awaitState(true);
        Thread.ofPlatform().daemon().start(this::swap);
        awaitState(false);
        int _ = Processes.kill(Processes.ownPid(), Signals.SIGKILL);
    }

    private void secondLife() {
        awaitState(true);
        swap();
        int _ = Processes.kill(Processes.ownPid(), Signals.SIGTERM);
    }

    private Answer swap() {
        return ask(new ControlRequest.Swap(Optional.empty(), Optional.empty(), Optional.empty()));
    }

    private Answer ask(ControlRequest request) {
        return ControlClient.ask(directory.resolve("t.sock"), request, FIRST_WORD_MS);
    }

    /** Looks until the daemon serves, or does anything else. Gives up where it takes too long: then there is no recording. */
    private void awaitState(boolean serving) {
        while (true) {
            if (ask(new ControlRequest.AskStatus()) instanceof Answer.Got(Status status)
                    && !status.services().isEmpty()
                    && status.services().getFirst().state().equals("serving") == serving) {
                return;
            }
            if (System.nanoTime() - startNs > LIMIT_NS) {
                giveUp();
            }
            try {
                Thread.sleep(LOOK_MS);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                return;
            }
        }
    }

    /** Leaves no daemon behind; those of the first life are the keeper's children by now. */
    private void giveUp() {
        err.println("rehearsal: given up");
        ProcessHandle self = ProcessHandle.current();
        self.parent().stream().flatMap(ProcessHandle::descendants).filter(process -> !process.equals(self))
                .forEach(ProcessHandle::destroyForcibly);
        Runtime.getRuntime().halt(ExitCode.FAILED);
    }
}
