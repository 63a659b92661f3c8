package dev.handoff.cli.demo;

import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.LocalDateTime;
import java.time.ZoneId;
import java.util.concurrent.Callable;

import dev.handoff.cli.BuildVersion;
import dev.handoff.cli.ExitCode;
import dev.handoff.posix.Platform;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** {@code handoff demo}: the whole product at work, in a directory of its own. */
@Command(name = "demo", mixinStandardHelpOptions = true, versionProvider = BuildVersion.class, sortOptions = false, showDefaultValues = true, description = {
    "Runs it all: a coordinator, the example key-value daemon, clients that write, read back and check,",
    "and swaps to new builds under that load. Everything stays in a new directory below target/."}, footer = {"",
        "Each client uses short connections: connect, a few pipelined requests, close. A request has 'failed'",
        "if it got an error or no reply; it was 'cut' if it was in flight on a connection of a daemon that the",
        "demo itself killed. A write is 'lost' if it was acknowledged and a read does not show it.", "",
        "Examples:", "  handoff demo", "  handoff demo --swaps 20 --seconds 60 --clients 32",
        "  handoff demo --json | jq .longest_pause_ms", "",
        "Exit codes: 0 every swap committed, no request failed, no write was lost; 1 otherwise; 2 wrong usage."})
public final class DemoCommand implements Callable<Integer> {

    private static final int MOST_SWAPS = 10_000;
    private static final int MOST_CLIENTS = 1_000;
    private static final int MOST_SECONDS = 86_400;

    @Spec
    private CommandSpec spec;

    @Option(names = "--swaps", paramLabel = "N", defaultValue = "4", description = "How many swaps.")
    private int swaps;

    @Option(names = "--clients", paramLabel = "N", defaultValue = "8", description = "How many clients at once.")
    private int clients;

    @Option(names = "--seconds", paramLabel = "S", defaultValue = "12", description = "How long they write, at least; the swaps are spread over it.")
    private int seconds;

    @Option(names = "--json", description = "One JSON object as the last line on stdout; the table goes to stderr.")
    private boolean json;

    @Override
    public Integer call() throws InterruptedException {
        require("--swaps", swaps, MOST_SWAPS);
        require("--clients", clients, MOST_CLIENTS);
        require("--seconds", seconds, MOST_SECONDS);
        PrintWriter err = spec.commandLine().getErr();
        if (Platform.check() instanceof Platform.Outcome.Unsupported unsupported) {
            err.println(spec.qualifiedName() + ": " + unsupported.reason());
            return ExitCode.FAILED;
        }
        try {
            DemoDirectory directory = DemoDirectory.create(home(), distribution(),
                    LocalDateTime.now(ZoneId.systemDefault()));
            DemoReport report = run(directory, err);
            if (json) {
                err.print(report.table());
                err.flush();
                spec.commandLine().getOut().println(report.json());
            } else {
                spec.commandLine().getOut().print(report.table());
                spec.commandLine().getOut().flush();
            }
            return report.succeeded() ? ExitCode.OK : ExitCode.FAILED;
        } catch (DemoFailure e) {
            err.println(spec.qualifiedName() + ": " + e.getMessage());
            return ExitCode.FAILED;
        }
    }

    private void require(String option, int value, int most) {
        if (value < 1 || value > most) {
            throw new ParameterException(spec.commandLine(), option + " must be 1 to " + most + ", not " + value);
        }
    }

    private DemoReport run(DemoDirectory directory, PrintWriter err) throws DemoFailure, InterruptedException {
        try (Progress progress = new Progress(err, Progress.stderrIsTerminal())) {
            Demo demo = new Demo(directory, swaps, clients, seconds, progress);
            Thread onSignal = Thread.ofPlatform().name("demo-stop").unstarted(() -> {
                progress.end();
                demo.stop().forEach(wrong -> err.println(spec.qualifiedName() + ": " + wrong));
                err.println(spec.qualifiedName() + ": stopped, no process is left; the files are in "
                        + directory.root());
            });
            Runtime.getRuntime().addShutdownHook(onSignal);
            try {
                return demo.run();
            } finally {
                forget(onSignal);
            }
        }
    }

    /** Not while the hook itself runs: then the process ends with it, and whatever failed by then did so for that reason. */
    private static void forget(Thread hook) throws InterruptedException {
        try {
            boolean _ = Runtime.getRuntime().removeShutdownHook(hook);
        } catch (IllegalStateException shuttingDown) {
            hook.join();
            Thread.currentThread().join(); // the process ends here
        }
    }

    /** The clone that the launcher stands in. */
    private static Path home() throws DemoFailure {
        String home = System.getProperty("handoff.home");
        if (home == null) {
            throw new DemoFailure("start it with ./handoff, which knows where the example daemon is");
        }
        return Path.of(home).toAbsolutePath().normalize();
    }

    /** Where the jars of this very build are, and the daemon's with them. */
    private static Path distribution() throws DemoFailure {
        Path jar = Path.of(System.getProperty("java.class.path")).toAbsolutePath();
        if (!Files.isDirectory(jar.resolveSibling("lib"))) {
            throw new DemoFailure("the example daemon is not built beside " + jar + ": start the demo with ./handoff");
        }
        return jar.getParent();
    }
}
