package dev.handoff.cli;

import java.io.PrintWriter;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;

import dev.handoff.cli.ControlClient.Answer;
import dev.handoff.coordinator.control.ControlReply;
import dev.handoff.coordinator.control.ControlReply.HandoffStatus;
import dev.handoff.coordinator.control.ControlReply.LastHandoff;
import dev.handoff.coordinator.control.ControlReply.Refused;
import dev.handoff.coordinator.control.ControlReply.ServiceStatus;
import dev.handoff.coordinator.control.ControlReply.Status;
import dev.handoff.coordinator.control.ControlReplyCodec;
import dev.handoff.coordinator.control.ControlRequest;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code handoff status}: what the coordinator knows right now. */
@Command(name = "status", mixinStandardHelpOptions = true, versionProvider = BuildVersion.class, description = "Tells which services there are, who serves them, and which handoffs are in flight.", footer = {
    "", "Examples:", "  handoff status",
    "  handoff status --json | jq '.services[] | select(.handoff != null)'", "",
    "Exit codes: 0, 3 no coordinator answers, 2 wrong usage."})
final class StatusCommand implements Callable<Integer> {

    private static final int FIRST_WORD_MS = 10_000;

    @Spec
    private CommandSpec spec;

    @Mixin
    private CoordinatorOptions coordinator;

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
        return switch (ControlClient.ask(socket.get(), new ControlRequest.AskStatus(), FIRST_WORD_MS)) {
            case Answer.Got(Status status) -> {
                PrintWriter out = spec.commandLine().getOut();
                if (json) {
                    out.println(ControlReplyCodec.json(status));
                } else {
                    out.print(table(status, InstantSource.system().instant()));
                    out.flush();
                }
                yield ExitCode.OK;
            }
            case Answer.Got(Refused(String reason)) -> {
                err.println(command + ": " + reason);
                yield ExitCode.USAGE;
            }
            case Answer.Got(ControlReply other) -> {
                err.println(
                        command + ": the coordinator's answer is none to a status: " + ControlReplyCodec.encode(other));
                yield ExitCode.NO_COORDINATOR;
            }
            case Answer.Lost(Optional<ControlReply.Accepted> _, String why, boolean _) -> {
                err.println(command + ": no coordinator answers at " + socket.get() + ": " + why);
                yield ExitCode.NO_COORDINATOR;
            }
            case Answer.NotReached(String why, boolean _) -> {
                err.println(command + ": no coordinator: " + why + "; start one with 'handoff run'");
                yield ExitCode.NO_COORDINATOR;
            }
        };
    }

    static String table(Status status, Instant now) {
        List<List<String>> rows = new ArrayList<>();
        rows.add(List.of("SERVICE", "STATE", "FOR", "PID", "BUILD", "HANDOFF", "LAST HANDOFF"));
        for (ServiceStatus service : status.services()) {
            rows.add(List.of(service.name(), service.state(), age(service.since(), now),
                    service.incumbentPid().isPresent() ? Integer.toString(service.incumbentPid().getAsInt()) : "-",
                    service.build().map(Wording::build).orElse("-"),
                    service.handoff().map(handoff -> describe(handoff, now)).orElse("-"),
                    service.last().map(last -> describe(last, now)).orElse("-")));
        }
        StringBuilder text = new StringBuilder("coordinator: pid " + status.coordinatorPid() + "\n");
        status.notes().forEach(note -> text.append(note).append('\n'));
        return text + Wording.table(rows);
    }

    private static String describe(HandoffStatus handoff, Instant now) {
        return handoff.id() + " " + handoff.phase() + " for " + age(handoff.since(), now) + ", "
                + (handoff.deadlineLeftMs() >= 0
                        ? Wording.duration(handoff.deadlineLeftMs() * 1_000_000) + " left"
                        : "overdue")
                + (handoff.shardsTotal() > 0
                        ? ", " + handoff.shardsSealed() + " of " + handoff.shardsTotal() + " shards sealed"
                        : "");
    }

    private static String describe(LastHandoff last, Instant now) {
        return last.id() + " " + last.outcome().word().replace('_', ' ') + " " + age(last.ended(), now) + " ago";
    }

    /** Never negative: the two clocks may be two machines' in a container. */
    private static String age(Instant since, Instant now) {
        return Wording.duration(Math.max(0, Duration.between(since, now).toNanos()));
    }
}
