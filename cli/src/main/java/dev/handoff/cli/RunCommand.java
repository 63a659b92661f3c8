package dev.handoff.cli;

import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;

import dev.handoff.coordinator.config.ConfigFile;
import dev.handoff.coordinator.config.ConfigOutcome;
import dev.handoff.coordinator.config.CoordinatorConfig;
import dev.handoff.coordinator.loop.JournalLog;
import dev.handoff.coordinator.loop.Past;
import dev.handoff.coordinator.loop.Recovery;
import dev.handoff.coordinator.loop.StateSnapshots;
import dev.handoff.coordinator.shell.Coordinator;
import dev.handoff.coordinator.shell.StartupFailure;
import dev.handoff.coordinator.store.DescriptorStores;
import dev.handoff.coordinator.store.KeeperWatch;
import dev.handoff.journal.Journal;
import dev.handoff.journal.JournalDirectory;
import dev.handoff.journal.JournalOptions;
import dev.handoff.journal.OpenOutcome;
import dev.handoff.journal.ReplayEnd;
import dev.handoff.posix.Platform;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code handoff run}: the coordinator in the foreground. */
@Command(name = "run", mixinStandardHelpOptions = true, versionProvider = BuildVersion.class, description = "Runs the coordinator in the foreground: binds the listeners, starts the daemons, swaps them on request.", footer = {
    "", "SIGINT (Ctrl-C) and SIGTERM stop the daemons in order, then the coordinator.", "",
    "A small keeper process starts it, and again should it crash: handoffs in flight go on. Below systemd",
    "(NOTIFY_SOCKET is set) there is no keeper, systemd does the same; see systemd/.", "", "Examples:",
    "  handoff run --config examples/kv/handoff.toml",
    "  HANDOFF_LOG=debug handoff run --config /etc/handoff/kv.toml", "",
    "Exit codes: 0 stopped as asked, 1 could not start, 2 wrong usage or configuration,",
    "70 a fault in handoff itself, 74 the journal could not be written."})
final class RunCommand implements Callable<Integer> {

    private static final Logger LOG = LoggerFactory.getLogger(RunCommand.class);

    @Spec
    private CommandSpec spec;

    @Mixin
    private CoordinatorOptions coordinator;

    // Never read: the launcher acts on it before any Java runs, and here it only has to be known.
    @SuppressWarnings("UnusedVariable")
    @Option(names = "--no-keeper", description = "Run without a keeper: if the coordinator crashes, handoffs in flight end, the daemons serve on, and nobody starts it again.")
    private boolean withoutKeeper;

    private final CountDownLatch ended = new CountDownLatch(1);

    @Override
    public Integer call() {
        try {
            return start();
        } finally {
            ended.countDown();
        }
    }

    private int start() {
        String command = spec.qualifiedName();
        PrintWriter err = spec.commandLine().getErr();
        if (Platform.check() instanceof Platform.Outcome.Unsupported unsupported) {
            err.println(command + ": " + unsupported.reason());
            return ExitCode.FAILED;
        }
        Optional<Path> file = coordinator.file(command, System.getenv(), err);
        if (file.isEmpty()) {
            return ExitCode.USAGE;
        }
        return switch (ConfigFile.load(file.get(), System.getenv())) {
            case ConfigOutcome.Loaded<CoordinatorConfig>(CoordinatorConfig config) -> open(config, command, err);
            case ConfigOutcome.Refused<CoordinatorConfig> refused -> {
                CoordinatorOptions.complain(refused, err);
                yield ExitCode.USAGE;
            }
        };
    }

    private int open(CoordinatorConfig config, String command, PrintWriter err) {
        KeeperWatch.start(System.getenv(), LOG::error);
        StateSnapshots snapshots = new StateSnapshots();
        JournalOptions options = JournalOptions.of(config.journal()).withBuild(BuildVersion.text())
                .withSync(config.sync()).withSnapshots(snapshots).withRetentionDays(config.retentionDays());
        return switch (JournalDirectory.open(options)) {
            case OpenOutcome.Refused refused -> {
                err.println(command + ": " + refused.failure().getMessage());
                yield ExitCode.FAILED;
            }
            case OpenOutcome.Opened opened -> {
                if (opened.found() instanceof ReplayEnd.Damaged damaged) {
                    LOG.error("the journal {} is damaged: {}; it goes on from record {}{}", config.journal(),
                            damaged.damages(), damaged.lastSequence(),
                            opened.setAside().map(path -> ", what was there is kept in " + path).orElse(""));
                }
                try (Journal journal = opened.journal()) {
                    yield switch (Recovery.replay(journal, opened.found())) {
                        case Recovery.Replayed(Past past) -> {
                            snapshots.follow(past.fold());
                            yield run(config, journal, past);
                        }
                        case Recovery.NotUnderstood(String reason) -> {
                            err.println(command + ": " + reason);
                            yield ExitCode.FAILED;
                        }
                    };
                } catch (StartupFailure e) {
                    err.println(command + ": " + e.getMessage());
                    yield ExitCode.FAILED;
                }
            }
        };
    }

    private int run(CoordinatorConfig config, Journal journal, Past past) throws StartupFailure {
        try (Coordinator running = Coordinator.start(config, System.getenv(), new JournalLog(journal), past,
                BuildVersion.text(), DescriptorStores.fromEnvironment(System.getenv()))) {
            // A signal makes the JVM run this and then end with 128 + n: it ends with our own code instead.
            Runtime.getRuntime().addShutdownHook(Thread.ofPlatform().name("handoff-stop").unstarted(() -> {
                running.stop("a signal");
                int code = running.awaitExit();
                awaitQuietly(ended);
                Runtime.getRuntime().halt(code);
            }));
            LOG.info("pid {} serves {} on {}, journal {}", ProcessHandle.current().pid(), config.services().stream()
                    .map(service -> service.name()).toList(), config.triggerSocket(), config.journal());
            return running.awaitExit();
        }
    }

    private static void awaitQuietly(CountDownLatch latch) {
        try {
            latch.await();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
