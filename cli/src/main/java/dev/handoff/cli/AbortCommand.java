package dev.handoff.cli;

import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.Optional;
import java.util.concurrent.Callable;

import dev.handoff.cli.ControlClient.Answer;
import dev.handoff.coordinator.control.ControlReply;
import dev.handoff.coordinator.control.ControlReply.Aborted;
import dev.handoff.coordinator.control.ControlReply.NotAborted;
import dev.handoff.coordinator.control.ControlReply.Refused;
import dev.handoff.coordinator.control.ControlReplyCodec;
import dev.handoff.coordinator.control.ControlRequest;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code handoff abort}: rolls the handoff in flight back and waits until the incumbent serves again. */
@Command(name = "abort", mixinStandardHelpOptions = true, versionProvider = BuildVersion.class, description = "Rolls the handoff in flight back, and waits until the old process serves again.", footer = {
    "", "Examples:", "  handoff abort", "  handoff abort kv --config /etc/handoff/kv.toml", "",
    "Exit codes: 0 rolled back, 11 none is in flight or it is past the point, 12 indeterminate (the",
    "coordinator went away), 3 no coordinator, 2 wrong usage."})
final class AbortCommand implements Callable<Integer> {

    /** A rollback kills and reaps the successor and has the incumbent reopen its state: seconds, seldom more. */
    private static final int FIRST_WORD_MS = 120_000;

    @Spec
    private CommandSpec spec;

    @Mixin
    private CoordinatorOptions coordinator;

    @Parameters(arity = "0..1", paramLabel = "SERVICE", description = "Which service; may be left out if there is only one.")
    private String service;

    @Override
    public Integer call() {
        String command = spec.qualifiedName();
        PrintWriter err = spec.commandLine().getErr();
        Optional<Path> socket = coordinator.triggerSocket(command, System.getenv(), err);
        if (socket.isEmpty()) {
            return ExitCode.USAGE;
        }
        ControlRequest request = new ControlRequest.Abort(Optional.ofNullable(service));
        return switch (ControlClient.ask(socket.get(), request, FIRST_WORD_MS)) {
            case Answer.Got(Aborted aborted) -> {
                spec.commandLine().getOut()
                        .println(aborted.service() + ": handoff " + aborted.handoffId()
                                + " is rolled back, the old process serves on");
                yield ExitCode.OK;
            }
            case Answer.Got(NotAborted(String name, String reason)) -> {
                err.println(name + ": nothing rolled back: " + reason);
                yield ExitCode.BUSY;
            }
            case Answer.Got(Refused(String reason)) -> {
                err.println(command + ": " + reason);
                yield ExitCode.USAGE;
            }
            case Answer.Got(ControlReply other) ->
                indeterminate("its answer is none to an abort: " + ControlReplyCodec.encode(other));
            case Answer.Lost(Optional<ControlReply.Accepted> _, String why, boolean _) -> indeterminate(why);
            case Answer.NotReached(String why, boolean _) -> {
                err.println(command + ": no coordinator: " + why);
                yield ExitCode.NO_COORDINATOR;
            }
        };
    }

    private int indeterminate(String why) {
        spec.commandLine().getErr().println(
                spec.qualifiedName() + ": the coordinator was reached, but " + why + "; see 'handoff status'");
        return ExitCode.INDETERMINATE;
    }
}
