package dev.handoff.replay.verify;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

import dev.handoff.codec.event.Event;
import dev.handoff.codec.event.Found;
import dev.handoff.coordinator.core.CoordinatorState;
import dev.handoff.coordinator.core.Service;

/**
 * How a coordinator begins its epoch: {@code CoordinatorStarted} and the {@code ServiceConfigured} of its services; or, where one was
 * before, these and then {@code CoordinatorRestarted}. One thread.
 */
final class Beginning {

    private enum Phase {
        /** No event of this epoch was seen. */
        FRESH,
        /** The first coordinator tells its services. */
        CONFIGURING,
        /** One that takes over tells its services. */
        TAKING_OVER,
        /** It runs. */
        RUNNING
    }

    private Phase phase = Phase.FRESH;
    private final List<Integer> configured = new ArrayList<>();
    private At first = At.NOWHERE;
    /** A loss was noted that no taking over has answered. */
    private At unanswered;

    /** What is wrong with a record's place in the epoch, and the record that it contradicts. */
    record Objection(String why, At against) {}

    void newEpoch() {
        phase = Phase.FRESH;
        configured.clear();
        first = At.NOWHERE;
    }

    /** The reading begins within an epoch. */
    void trust(CoordinatorState state) {
        phase = Phase.RUNNING;
        configured.clear();
        state.services().values().forEach(service -> configured.add(service.number()));
    }

    boolean isFresh() {
        return phase == Phase.FRESH;
    }

    boolean isRunning() {
        return phase == Phase.RUNNING || phase == Phase.CONFIGURING;
    }

    /** A note of loss, which only stands before an epoch's first event. */
    Optional<Objection> loss(At at) {
        unanswered = at;
        return phase == Phase.FRESH
                ? Optional.empty()
                : Optional.of(new Objection("losses are noted before a coordinator's first event", first));
    }

    /** Any event; {@code before} is the state before it. */
    Optional<Objection> take(Event event, At at, CoordinatorState before) {
        Optional<Objection> objection = judge(event, before);
        if (first.sequence() == 0) {
            first = at;
        }
        switch (event) {
            case Event.CoordinatorStarted _ -> phase = Phase.CONFIGURING;
            case Event.CoordinatorRestarted _ -> {
                phase = Phase.RUNNING;
                unanswered = null;
            }
            case Event.ServiceConfigured told -> {
                configured.add(told.stamp().service());
                if (phase == Phase.FRESH) {
                    phase = Phase.TAKING_OVER;
                }
            }
            case Event.MessageSending _,Event.SpawnOrdered _,Event.GateJudged _,Event.HandoffEnded _ -> {
                // ordered, and so no input
            }
            case Event.StopRequested _,Event.SwapRequested _,Event.AbortRequested _,Event.BinaryResolved _,Event.BinaryRejected _,Event.Spawned _,Event.SpawnFailed _,Event.ProcessExited _,Event.SessionConnected _,Event.ConnectFailed _,Event.MessageReceived _,Event.FragmentReceived _,Event.FrameRejected _,Event.SessionClosed _,Event.TimerFired _,Event.FencePassed _,Event.LockSeen _ ->
                phase = Phase.RUNNING;
        }
        return objection;
    }

    private Optional<Objection> judge(Event event, CoordinatorState before) {
        return switch (event) {
            case Event.CoordinatorStarted started -> phase != Phase.FRESH
                    ? wrong("a coordinator starts in the middle of an epoch")
                    : before.services().size() > 0
                            ? wrong("a first coordinator starts where one was before, with "
                                    + before.services().size() + " services")
                            : unanswered != null
                                    ? Optional.of(new Objection(
                                            "a first coordinator starts although records were noted as lost",
                                            unanswered))
                                    : identity(started.pid(), started.bootId());
            case Event.ServiceConfigured told -> configured(told, before);
            case Event.CoordinatorRestarted restarted -> restarted(restarted);
            case Event.StopRequested _,Event.SwapRequested _,Event.AbortRequested _,Event.BinaryResolved _,Event.BinaryRejected _,Event.SpawnOrdered _,Event.Spawned _,Event.SpawnFailed _,Event.ProcessExited _,Event.SessionConnected _,Event.ConnectFailed _,Event.MessageReceived _,Event.FragmentReceived _,Event.FrameRejected _,Event.SessionClosed _,Event.MessageSending _,Event.TimerFired _,Event.FencePassed _,Event.LockSeen _,Event.GateJudged _,Event.HandoffEnded _ ->
                switch (phase) {
                    case FRESH -> wrong("an epoch begins with it, and not with a coordinator's start or taking over");
                    case TAKING_OVER -> wrong("it stands within a taking over, before CoordinatorRestarted");
                    case CONFIGURING, RUNNING -> Optional.empty();
                };
        };
    }

    private Optional<Objection> configured(Event.ServiceConfigured told, CoordinatorState before) {
        if (phase == Phase.RUNNING) {
            return wrong("a service is configured in the middle of an epoch");
        }
        if (told.takeover() != (phase != Phase.CONFIGURING)) {
            return wrong(told.takeover()
                    ? "a service is configured for a taking over, and a first coordinator began"
                    : "a service is configured for a first start, and none began");
        }
        int number = told.stamp().service();
        if (configured.contains(number)) {
            return wrong("service " + number + " is configured twice in an epoch");
        }
        Service known = before.services().get(number);
        int highest = before.services().values().stream().mapToInt(Service::number).max().orElse(0);
        boolean nameTaken = before.services().values().stream()
                .anyMatch(service -> service.number() != number && service.name().equals(told.name()));
        if (known == null ? number != highest + 1 || nameTaken : !known.name().equals(told.name())) {
            return wrong("service " + number + " is " + (known == null
                    ? "new, and the next number is " + (highest + 1) + (nameTaken ? "; its name has another" : "")
                    : "named " + known.name() + ", not " + told.name()));
        }
        return Optional.empty();
    }

    private Optional<Objection> restarted(Event.CoordinatorRestarted restarted) {
        if (phase == Phase.RUNNING || phase == Phase.CONFIGURING) {
            return wrong("a coordinator takes over in the middle of an epoch");
        }
        List<Integer> found = restarted.found().stream().map(Found::service).toList();
        if (!found.equals(configured)) {
            return wrong("it tells what was found of services " + found + ", configured are " + configured);
        }
        if (unanswered != null && restarted.damage().isEmpty()) {
            return Optional.of(new Objection("it tells of no damage, although records were noted as lost", unanswered));
        }
        return identity(restarted.pid(), restarted.bootId());
    }

    private Optional<Objection> identity(long pid, String bootId) {
        return pid > 0 && !bootId.isEmpty() ? Optional.empty() : wrong("a coordinator has a pid and a boot id");
    }

    /** Whether the service is one of this epoch's. */
    boolean isConfigured(int service) {
        return configured.contains(service);
    }

    private Optional<Objection> wrong(String why) {
        return Optional.of(new Objection(why, first));
    }
}
