package dev.handoff.cli;

import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.Optional;
import java.util.concurrent.Callable;

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

    @Spec
    private CommandSpec spec;

    @Mixin
    private CoordinatorOptions coordinator;

    // Never read: the launcher acts on it before any Java runs, and here it only has to be known.
    @SuppressWarnings("UnusedVariable")
    @Option(names = "--no-keeper", description = "Run without a keeper: if the coordinator crashes, handoffs in flight end, the daemons serve on, and nobody starts it again.")
    private boolean withoutKeeper;

    @SuppressWarnings("UnusedVariable")
    @Option(names = "--spare", description = "Have the keeper start a second coordinator in advance, which waits and goes on at once when the first one dies; takes as much memory again.")
    private boolean spare;

    @Override
    public Integer call() {
        String command = spec.qualifiedName();
        PrintWriter err = spec.commandLine().getErr();
        if (withoutKeeper && spare) {
            err.println(command + ": --spare is the keeper's to start: leave --no-keeper or --spare away");
            return ExitCode.USAGE;
        }
        Optional<Path> file = coordinator.file(command, System.getenv(), err);
        return file.isPresent() ? new CoordinatorRun(command, err).run(file.get()) : ExitCode.USAGE;
    }
}
