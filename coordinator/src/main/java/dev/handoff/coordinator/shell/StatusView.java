package dev.handoff.coordinator.shell;

import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalInt;

import dev.handoff.codec.HandoffId;
import dev.handoff.coordinator.control.ControlReply;
import dev.handoff.coordinator.control.SwapOutcome;
import dev.handoff.coordinator.core.CoordinatorState;
import dev.handoff.coordinator.core.Daemon;
import dev.handoff.coordinator.core.Service;
import dev.handoff.coordinator.core.State;

/** The state as {@code handoff status} shows it. */
final class StatusView {

    private static final long NS_PER_MS = 1_000_000;

    private StatusView() {}

    static ControlReply.Status of(CoordinatorState state, long coordinatorPid, List<String> notes, long nowNs) {
        List<ControlReply.ServiceStatus> services = state.services().values().stream()
                .map(service -> service(service, nowNs)).toList();
        return new ControlReply.Status(coordinatorPid, notes, services);
    }

    private static ControlReply.ServiceStatus service(Service service, long nowNs) {
        State state = service.state();
        Optional<Daemon> incumbent = switch (state) {
            case State.AwaitingIncumbentUp up -> Optional.of(up.incumbent().daemon());
            case State.Serving serving -> Optional.of(serving.incumbent().daemon());
            case State.InHandoff flight when flight.incumbent().alive() -> Optional.of(flight.incumbent().daemon());
            case State.Stopped _,State.AwaitingSpawn _,State.AwaitingRestart _,State.Failed _,State.AwaitingExit _,State.InHandoff _ ->
                Optional.empty();
        };
        Optional<ControlReply.HandoffStatus> handoff = state instanceof State.InHandoff flight
                ? Optional.of(handoff(service, flight, nowNs))
                : Optional.empty();
        return new ControlReply.ServiceStatus(service.name(), word(state),
                incumbent.map(daemon -> OptionalInt.of((int) daemon.pid())).orElse(OptionalInt.empty()),
                incumbent.map(Daemon::build).filter(build -> !build.isEmpty()), Answers.instant(service.sinceNs()),
                handoff, last(service.last()));
    }

    private static Optional<ControlReply.LastHandoff> last(Service.Last last) {
        if (last.id().equals(HandoffId.NONE)) {
            return Optional.empty();
        }
        SwapOutcome outcome = switch (last.outcome()) {
            case COMMITTED -> SwapOutcome.COMMITTED;
            case ROLLED_BACK -> SwapOutcome.ROLLED_BACK;
            case INDETERMINATE -> SwapOutcome.INDETERMINATE;
        };
        return Optional.of(new ControlReply.LastHandoff(last.id(), outcome,
                Optional.of(last.reason()).filter(reason -> !reason.isEmpty()), Answers.instant(last.endedNs())));
    }

    private static ControlReply.HandoffStatus handoff(Service service, State.InHandoff flight, long nowNs) {
        long leftMs = Math.max(0, (flight.handoff().deadlineNs() - nowNs) / NS_PER_MS);
        int sealed = 0;
        int total = 0;
        if (flight instanceof State.AwaitingSealComplete seal) {
            sealed = (int) seal.shardsSealed();
            total = (int) seal.shardsTotal();
        }
        return new ControlReply.HandoffStatus(flight.handoff().id(), phase(flight.label()),
                Answers.instant(service.sinceNs()), leftMs, sealed, total);
    }

    /** The state in one word for scripts; why, where there is a why, follows a colon. */
    private static String word(State state) {
        return switch (state) {
            case State.Stopped _ -> "stopped";
            case State.AwaitingSpawn _,State.AwaitingIncumbentUp _ -> "starting";
            case State.Serving serving -> serving.doubt().isEmpty() ? "serving" : "unconfirmed: " + serving.doubt();
            case State.AwaitingRestart restart -> "restarting: " + restart.reason();
            case State.Failed failed -> "failed: " + failed.reason();
            case State.AwaitingExit _ -> "stopping";
            case State.InHandoff _ -> "handoff";
        };
    }

    /** {@code AwaitingSealComplete} as scripts read it: {@code awaiting_seal_complete}. */
    static String phase(String label) {
        return label.replaceAll("(?<=[a-z])(?=[A-Z])", "_").toLowerCase(Locale.ROOT);
    }
}
