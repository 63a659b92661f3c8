package dev.handoff.cli.demo;

import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.LocalDateTime;
import java.time.ZoneId;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.stream.Stream;

import dev.handoff.cli.BuildVersion;
import dev.handoff.cli.ExitCode;
import dev.handoff.coordinator.fault.Fault.Victim;
import dev.handoff.coordinator.fault.HandoffSteps.Listed;
import dev.handoff.posix.Platform;
import picocli.CommandLine.Command;
import picocli.CommandLine.Help;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** {@code handoff demo}: the whole product at work, in a directory of its own. */
@Command(name = "demo", mixinStandardHelpOptions = true, versionProvider = BuildVersion.class, sortOptions = false, showDefaultValues = true, description = {
    "Runs it all: a coordinator, the example key-value daemon, clients that write, read back and check,",
    "and swaps to new builds under that load. Everything stays in a new directory below target/."}, footer = {"",
        "Each client keeps one connection and pipelines a few requests at a time on it. A connection was",
        "'carried' over if it answered before a swap and after it, and 'reset' if it ended under its client. A",
        "request has 'failed' if it got an error or no reply; it was 'cut' if it was in flight on a connection of",
        "a daemon that the demo itself killed. A write is 'lost' if it was acknowledged and a read does not show it.",
        "",
        "Examples:", "  handoff demo", "  handoff demo --swaps 20 --seconds 60 --clients 32",
        "  handoff demo --json | jq .longest_pause_ms",
        "  handoff demo --kill coordinator --at list",
        "  handoff demo --kill coordinator --at MessageReceived.SealProgress.after --away 4 --seal 5",
        "  handoff demo --kill coordinator --at every --json | jq '.kills[] | select(.outcome != .expected)'",
        "  handoff demo --kill coordinator --at anytime --swaps 200", "",
        "Exit codes: 0 every swap committed, or ended as the protocol has it where somebody was killed, no request",
        "failed, no connection was reset, no write was lost; 1 otherwise; 2 wrong usage."})
public final class DemoCommand implements Callable<Integer> {

    private static final int DEFAULT_SWAPS = 4;
    private static final int MOST_SWAPS = 10_000;
    private static final int MOST_CLIENTS = 1_000;
    private static final int MOST_SEAL_SECONDS = 15;
    private static final int MOST_SECONDS = 86_400;

    @Spec
    private CommandSpec spec;

    @Option(names = "--swaps", paramLabel = "N", showDefaultValue = Help.Visibility.NEVER, description = "How many swaps (default: 4; with --at STEP: 1).")
    private Integer swaps;

    @Option(names = "--clients", paramLabel = "N", defaultValue = "8", description = "How many clients at once.")
    private int clients;

    @Option(names = "--short-connections", description = "Each client closes its connection after a few requests and opens another.")
    private boolean shortConnections;

    @Option(names = "--seconds", paramLabel = "S", defaultValue = "12", description = "How long they write, at least; the swaps are spread over it.")
    private int seconds;

    @Option(names = "--kill", paramLabel = "WHO", description = "Kill (SIGKILL) the coordinator, the incumbent or the successor in each swap.")
    private String kill;

    @Option(names = "--at", paramLabel = "STEP", description = {"Where: a step, as 'list' prints them;",
        "'every': before and after each record of a handoff's in the journal, one swap each;",
        "'effects': before and after each effect; 'random': a step by lot;",
        "'anytime': at a moment by lot, from outside (the coordinator only)."})
    private String at;

    @Option(names = "--away", paramLabel = "SECONDS", defaultValue = "0", description = "How long after a kill there is no coordinator; the protocol holds for 10 s.")
    private int away;

    @Option(names = "--seal", paramLabel = "SECONDS", defaultValue = "0", description = "How long the daemon takes to seal, beyond what it needs.")
    private int seal;

    @Option(names = "--json", description = "One JSON object as the last line on stdout; the table goes to stderr.")
    private boolean json;

    @Override
    public Integer call() throws InterruptedException {
        Optional<KillPlan> plan = plan();
        int swapCount = swaps == null ? DEFAULT_SWAPS : swaps;
        require("--swaps", swapCount, MOST_SWAPS);
        if (seal < 0 || seal > MOST_SEAL_SECONDS) {
            throw new ParameterException(spec.commandLine(),
                    "--seal must be 0 to " + MOST_SEAL_SECONDS + ", not " + seal);
        }
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
            if (plan.isPresent() && plan.get().at() instanceof At.Listing) {
                return list(directory, plan, err);
            }
            DemoReport report = run(directory, swapCount, plan, err);
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

    /** Whom to kill, if anybody. */
    private Optional<KillPlan> plan() {
        if (kill == null) {
            if (at != null || away != 0) {
                throw new ParameterException(spec.commandLine(), "--at and --away need --kill: whom?");
            }
            return Optional.empty();
        }
        Victim victim = Stream.of(Victim.values()).filter(each -> each.word().equals(kill)).findFirst()
                .orElseThrow(() -> new ParameterException(spec.commandLine(),
                        "--kill takes coordinator, incumbent or successor, not " + kill));
        At where = At.parse(at == null ? "random" : at)
                .orElseThrow(() -> new ParameterException(spec.commandLine(), "--at takes a step, such as"
                        + " MessageSending.SealRequest.after, or list, every, effects, random or anytime, not " + at));
        if (where instanceof At.AnyTime && victim != Victim.COORDINATOR) {
            throw new ParameterException(spec.commandLine(), "--at anytime is for the coordinator only");
        }
        if (swaps != null && (where instanceof At.Every || where instanceof At.Effects)) {
            throw new ParameterException(spec.commandLine(), "--at " + at + " says how many swaps");
        }
        if (away < 0 || away > MOST_SECONDS) {
            throw new ParameterException(spec.commandLine(), "--away must be 0 to " + MOST_SECONDS + ", not " + away);
        }
        int times = where instanceof At.Named ? 1 : DEFAULT_SWAPS;
        return Optional.of(new KillPlan(victim, where, swaps == null ? times : swaps, away));
    }

    private int list(DemoDirectory directory, Optional<KillPlan> plan, PrintWriter err)
            throws DemoFailure, InterruptedException {
        List<Listed> steps = with(directory, DEFAULT_SWAPS, plan, err, Demo::steps);
        PrintWriter out = spec.commandLine().getOut();
        for (boolean ofEffect : new boolean[]{false, true}) {
            steps.stream().filter(listed -> listed.ofEffect() == ofEffect).map(Listed::step).forEach(out::println);
        }
        out.flush();
        return ExitCode.OK;
    }

    private DemoReport run(DemoDirectory directory, int swapCount, Optional<KillPlan> plan, PrintWriter err)
            throws DemoFailure, InterruptedException {
        return with(directory, swapCount, plan, err, Demo::run);
    }

    /** What is done with a demo. */
    private interface Doing<T> {
        T with(Demo demo) throws DemoFailure, InterruptedException;
    }

    private <T> T with(DemoDirectory directory, int swapCount, Optional<KillPlan> plan, PrintWriter err,
            Doing<T> doing) throws DemoFailure, InterruptedException {
        try (Progress progress = new Progress(err, Progress.stderrIsTerminal())) {
            Demo demo = new Demo(directory, swapCount, clients, !shortConnections, seconds, seal * 1000, plan,
                    progress);
            Thread onSignal = Thread.ofPlatform().name("demo-stop").unstarted(() -> {
                progress.end();
                demo.stop().forEach(wrong -> err.println(spec.qualifiedName() + ": " + wrong));
                err.println(spec.qualifiedName() + ": stopped, no process is left; the files are in "
                        + directory.root());
            });
            Runtime.getRuntime().addShutdownHook(onSignal);
            try {
                return doing.with(demo);
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
