package dev.handoff.cli;

import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Function;

import dev.handoff.coordinator.config.ConfigFile;
import dev.handoff.coordinator.config.ConfigOutcome;
import dev.handoff.coordinator.config.ConfigProblem;
import dev.handoff.coordinator.config.CoordinatorConfig;
import dev.handoff.coordinator.loop.JournalLog;
import dev.handoff.coordinator.loop.Past;
import dev.handoff.coordinator.loop.Recovery;
import dev.handoff.coordinator.loop.StateSnapshots;
import dev.handoff.coordinator.shell.Coordinator;
import dev.handoff.coordinator.shell.StartupFailure;
import dev.handoff.coordinator.store.DescriptorStore;
import dev.handoff.coordinator.store.DescriptorStores;
import dev.handoff.coordinator.store.KeeperWatch;
import dev.handoff.coordinator.store.Parked;
import dev.handoff.coordinator.store.SpareChannel;
import dev.handoff.journal.Journal;
import dev.handoff.journal.JournalDirectory;
import dev.handoff.journal.JournalOptions;
import dev.handoff.journal.OpenOutcome;
import dev.handoff.journal.ReplayEnd;
import dev.handoff.posix.Niceness;
import dev.handoff.posix.Platform;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The coordinator in the foreground, from its configuration to its exit code. Main thread. */
final class CoordinatorRun {

    /** The environment variable that names the configuration where no option does. */
    static final String CONFIG_VARIABLE = "HANDOFF_CONFIG";

    /**
     * HotSpot's name for the threads of its second compiler, as the kernel keeps it. In a start they compete with what clients wait for, and
     * are through with it when that is done.
     */
    private static final String OPTIMIZING_COMPILER = "C2 CompilerThre";
    /** That of the first one, which a start cannot do without, and a handoff's participants can. */
    private static final String FIRST_COMPILER = "C1 CompilerThre";
    private static final int COMPILER_NICE = 10;

    private final String command;
    private final PrintWriter err;
    private final CountDownLatch ended = new CountDownLatch(1);

    /**
     * @param command
     *            how a person called it, for messages
     */
    CoordinatorRun(String command, PrintWriter err) {
        this.command = command;
        this.err = err;
    }

    /** Runs until the coordinator ends; gives the exit code. */
    int run(Path config) {
        try {
            return start(config);
        } finally {
            ended.countDown();
        }
    }

    private int start(Path file) {
        OptionalInt channel = SpareChannel.ofEnvironment(System.getenv());
        if (channel.isEmpty()) {
            return start(file, DescriptorStores::fromEnvironment);
        }
        SparePractice.run(file);
        return switch (SpareChannel.await(channel.getAsInt())) {
            case SpareChannel.GoOn(List<Parked> parked) ->
                start(file, environment -> DescriptorStores.fromEnvironment(environment, parked));
            case SpareChannel.NotNeeded() -> ExitCode.OK;
            case SpareChannel.Failed(String reason) -> {
                err.println(command + ": " + reason);
                yield ExitCode.FAILED;
            }
        };
    }

    private int start(Path file, Function<Map<String, String>, DescriptorStore> store) {
        Thread.ofPlatform().daemon().name("warm-up").start(JournalDirectory::warmUp);
        if (Platform.check() instanceof Platform.Outcome.Unsupported unsupported) {
            err.println(command + ": " + unsupported.reason());
            return ExitCode.FAILED;
        }
        Niceness.setThreads(name -> name.startsWith(OPTIMIZING_COMPILER), COMPILER_NICE);
        return switch (ConfigFile.load(file, System.getenv())) {
            case ConfigOutcome.Loaded<CoordinatorConfig>(CoordinatorConfig config) -> open(config, store);
            case ConfigOutcome.Refused<CoordinatorConfig> refused -> {
                complain(refused, err);
                yield ExitCode.USAGE;
            }
        };
    }

    /** Every mistake in a line of its own. */
    static void complain(ConfigOutcome.Refused<?> refused, PrintWriter err) {
        refused.problems().stream().map(ConfigProblem::toString).forEach(err::println);
    }

    private int open(CoordinatorConfig config, Function<Map<String, String>, DescriptorStore> store) {
        KeeperWatch.start(System.getenv(), log()::error);
        StateSnapshots snapshots = new StateSnapshots();
        JournalOptions options = JournalOptions.of(config.journal()).withBuild(ProgramVersion.text())
                .withSync(config.sync()).withSnapshots(snapshots).withRetentionDays(config.retentionDays());
        AtomicReference<Recovery> recovery = new AtomicReference<>();
        return switch (JournalDirectory.open(options, () -> {
            recovery.set(Recovery.begin());
            return recovery.get();
        })) {
            case OpenOutcome.Refused refused -> {
                err.println(command + ": " + refused.failure().getMessage());
                yield ExitCode.FAILED;
            }
            case OpenOutcome.Opened opened -> {
                if (opened.found() instanceof ReplayEnd.Damaged damaged) {
                    log().error("the journal {} is damaged: {}; it goes on from record {}{}", config.journal(),
                            damaged.damages(), damaged.lastSequence(),
                            opened.setAside().map(path -> ", what was there is kept in " + path).orElse(""));
                }
                try (Journal journal = opened.journal()) {
                    yield switch (recovery.get().outcome(journal.id(), opened.found())) {
                        case Recovery.Replayed(Past past) -> {
                            snapshots.follow(past.fold());
                            yield run(config, journal, past, store.apply(System.getenv()));
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

    private int run(CoordinatorConfig config, Journal journal, Past past, DescriptorStore store)
            throws StartupFailure {
        try (Coordinator running = Coordinator.start(config, System.getenv(), new JournalLog(journal), past,
                ProgramVersion.text(), store)) {
            // A signal makes the JVM run this and then end with 128 + n: it ends with our own code instead.
            Runtime.getRuntime().addShutdownHook(Thread.ofPlatform().name("handoff-stop").unstarted(() -> {
                running.stop("a signal");
                int code = running.awaitExit();
                awaitQuietly(ended);
                Runtime.getRuntime().halt(code);
            }));
            log().info("pid {} serves {} on {}, journal {}", ProcessHandle.current().pid(), config.services().stream()
                    .map(service -> service.name()).toList(), config.triggerSocket(), config.journal());
            Niceness.setThreads(name -> name.startsWith(FIRST_COMPILER), COMPILER_NICE);
            return running.awaitExit();
        }
    }

    /** Not a field: logging takes long to get ready, and the thread that warms up does that. */
    private static Logger log() {
        return LoggerFactory.getLogger(CoordinatorRun.class);
    }

    private static void awaitQuietly(CountDownLatch latch) {
        try {
            latch.await();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
