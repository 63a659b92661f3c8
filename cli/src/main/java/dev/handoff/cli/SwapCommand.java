package dev.handoff.cli;

import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;

import dev.handoff.cli.SwapCall.End;
import dev.handoff.codec.HandoffId;
import dev.handoff.coordinator.control.ControlReply;
import dev.handoff.coordinator.control.ControlReply.Busy;
import dev.handoff.coordinator.control.ControlReply.Refused;
import dev.handoff.coordinator.control.ControlReply.SwapEnded;
import dev.handoff.coordinator.control.ControlReplyCodec;
import dev.handoff.coordinator.control.SwapOutcome;
import picocli.CommandLine.Command;
import picocli.CommandLine.Help;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code handoff swap}: asks for a swap and waits for its end. */
@Command(name = "swap", mixinStandardHelpOptions = true, versionProvider = BuildVersion.class, description = "Replaces a service's running daemon by a new one, and waits until that is done or undone.", footer = {
    "", "Examples:", "  handoff swap                              the only service, its configured binary",
    "  handoff swap kv --binary /opt/kv/2/kv     another build",
    "  handoff swap --json | jq .writer_gap_ms", "",
    "Exit codes: 0 committed, 10 rolled back (the old process serves on), 11 busy with another",
    "handoff, 12 indeterminate (the coordinator went away for good), 3 no coordinator, 2 wrong usage."})
final class SwapCommand implements Callable<Integer> {

    @Spec
    private CommandSpec spec;

    @Mixin
    private CoordinatorOptions coordinator;

    @Parameters(arity = "0..1", paramLabel = "SERVICE", description = "Which service; may be left out if there is only one.")
    private String service;

    @Option(names = "--binary", paramLabel = "PATH", description = "The build to start instead of the configured one; relative to the current directory.")
    private Path binary;

    @Option(names = "--timeout", paramLabel = "SECONDS", defaultValue = "60", showDefaultValue = Help.Visibility.ALWAYS, description = "If the coordinator goes away during the handoff: how long to wait for it to be back. (One that died before it was reached: 10 s at most.)")
    private int timeoutSeconds;

    @Option(names = "--json", description = "One JSON object on stdout.")
    private boolean json;

    @Override
    public Integer call() {
        String command = spec.qualifiedName();
        PrintWriter err = spec.commandLine().getErr();
        Optional<Path> socket = coordinator.triggerSocket(command, System.getenv(), err);
        if (socket.isEmpty()) {
            return ExitCode.USAGE;
        }
        SwapCall call = new SwapCall(socket.get(), Optional.ofNullable(service), Optional.ofNullable(binary),
                TimeUnit.SECONDS.toNanos(timeoutSeconds));
        return switch (call.run()) {
            case End.Told(SwapEnded ended) -> tell(ended);
            case End.Told(Busy busy) -> {
                String reason = "handoff " + busy.handoffId() + " is in flight (" + busy.phase() + " since "
                        + busy.since() + ")";
                print(withoutEnd(busy.handoffId(), busy.service(), SwapOutcome.BUSY, reason));
                err.println(
                        busy.service() + ": busy, " + reason + "; wait for it, or roll it back with 'handoff abort'");
                yield ExitCode.BUSY;
            }
            case End.Told(Refused(String reason)) -> {
                err.println(command + ": " + reason);
                yield ExitCode.USAGE;
            }
            case End.Told(ControlReply other) -> {
                err.println(command + ": the coordinator's answer is none to a swap: "
                        + ControlReplyCodec.encode(other) + "; ask 'handoff status'");
                yield ExitCode.INDETERMINATE;
            }
            case End.Learnt(SwapEnded ended, long coordinatorPid) -> {
                err.println(ended.service() + ": the coordinator was restarted (pid " + coordinatorPid
                        + ") and has gone on with handoff " + ended.handoffId().map(HandoffId::toString).orElse("?"));
                yield tell(ended);
            }
            case End.Unknown unknown -> indeterminate(unknown);
            case End.NotReached(String why) -> {
                err.println(command + ": no coordinator: " + why + "; start one with 'handoff run'");
                yield ExitCode.NO_COORDINATOR;
            }
        };
    }

    private int tell(SwapEnded ended) {
        print(ended);
        PrintWriter out = spec.commandLine().getOut();
        return switch (ended.outcome()) {
            case COMMITTED -> {
                if (!json) {
                    out.println(ended.service() + ": committed" + within(" in ", ended.totalNs())
                            + within(", writer gap ", ended.writerGapNs()) + ": pid " + Wording.pid(ended.oldPid())
                            + " -> " + Wording.pid(ended.newPid()) + ", build "
                            + ended.oldBuild().map(Wording::build).orElse("?") + " -> "
                            + ended.newBuild().map(Wording::build).orElse("?"));
                }
                yield ExitCode.OK;
            }
            case ROLLED_BACK -> {
                if (!json) {
                    out.println(ended.service() + ": rolled back" + within(" after ", ended.totalNs()) + ": "
                            + ended.reason().orElse("no reason was given") + "; pid " + Wording.pid(ended.oldPid())
                            + " serves on" + ended.handoffId().map(id -> " (handoff " + id + ")").orElse(""));
                }
                yield ExitCode.ROLLED_BACK;
            }
            case BUSY -> ExitCode.BUSY;
            case INDETERMINATE -> ExitCode.INDETERMINATE;
        };
    }

    private int indeterminate(End.Unknown unknown) {
        print(withoutEnd(unknown.handoffId(), unknown.service().orElse("?"), SwapOutcome.INDETERMINATE,
                "no word of the end: " + unknown.why()));
        spec.commandLine().getErr()
                .println(spec.qualifiedName() + ": the coordinator was reached, but " + unknown.why() + "; how handoff "
                        + unknown.handoffId() + " ends is not known here: ask 'handoff status'");
        return ExitCode.INDETERMINATE;
    }

    private void print(SwapEnded ended) {
        if (json) {
            spec.commandLine().getOut().println(ControlReplyCodec.json(ended));
        }
    }

    private static SwapEnded withoutEnd(HandoffId id, String service, SwapOutcome outcome, String reason) {
        return new SwapEnded(Optional.of(id), service, outcome, Optional.of(reason), OptionalInt.empty(),
                OptionalInt.empty(),
                Optional.empty(), Optional.empty(), OptionalLong.empty(), OptionalLong.empty());
    }

    private static String within(String word, OptionalLong ns) {
        return ns.isPresent() ? word + Wording.duration(ns.getAsLong()) : "";
    }
}
