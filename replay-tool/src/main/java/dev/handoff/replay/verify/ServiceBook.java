package dev.handoff.replay.verify;

import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;

import dev.handoff.codec.HandoffId;
import dev.handoff.codec.Side;
import dev.handoff.codec.event.Found;
import dev.handoff.coordinator.core.Daemon;
import dev.handoff.coordinator.core.Effect;
import dev.handoff.coordinator.core.Service;
import dev.handoff.coordinator.loop.Named;

/** What a journal tells of the world around one service. One thread. */
final class ServiceBook {

    final Sessions sessions = new Sessions();
    final Children children = new Children();
    final Timers timers = new Timers();
    final Orders orders = new Orders();
    final HandoffRules rules;
    final Writers writers;
    /** Ends that a taking over has to tell first. */
    private final Set<Long> owedEnds = new HashSet<>();
    /** The newest record that was an input of this service. */
    At lastInput = At.NOWHERE;

    ServiceBook(int service, Findings findings, Consumer<Writers.Interval> intervals) {
        rules = new HandoffRules(findings);
        writers = new Writers(service, intervals);
    }

    /** The coordinator died, and with it what it had ordered. */
    void newEpoch() {
        sessions.newEpoch();
        timers.clear();
        orders.clear();
        owedEnds.clear();
    }

    /** The reading begins at a snapshot: what the state names is there. */
    void trust(Service service, At at, long timeNs) {
        newEpoch();
        sessions.trust(Named.sessions(service), at);
        children.clear();
        Named.daemons(service).forEach(daemon -> children.runs(daemon.pid(), at));
        service.timers().forEach((kind, dueNs) -> timers.arm(kind, dueNs, at));
        rules.clear();
        writers.trust(service, at, timeNs);
    }

    /** What a coordinator that takes over cannot have found, or nothing. {@code before} as its dead one left it. */
    static Optional<String> objection(Found found, Optional<Service> before, boolean sameBoot) {
        List<Long> sessions = before.map(Named::sessions).orElse(List.of()).stream()
                .map(Named.NamedSession::number).toList();
        List<Long> daemons = before.map(Named::daemons).orElse(List.of()).stream().map(Daemon::pid).toList();
        if (!sessions.containsAll(found.sessions())) {
            return Optional.of("sessions " + found.sessions() + " were handed back, open were " + sessions);
        }
        if (!daemons.containsAll(found.gone())) {
            return Optional.of("processes " + found.gone() + " are gone, known were " + daemons);
        }
        if (!sameBoot && !found.gone().containsAll(daemons)) {
            return Optional.of("the machine was booted anew, and of processes " + daemons + " only " + found.gone()
                    + " are gone");
        }
        if (found.spawnedPid() != 0 && !before.map(Named::awaitsSpawn).orElse(false)) {
            return Optional.of("process " + found.spawnedPid() + " was started by an order that nobody gave");
        }
        return Optional.empty();
    }

    /** Another coordinator has taken over and found this. */
    void takeOver(Found found, Optional<Service> before, At at) {
        sessions.takeOver(before.map(Named::sessions).orElse(List.of()), found.sessions(), at);
        children.clear();
        before.map(Named::daemons).orElse(List.of()).forEach(daemon -> children.runs(daemon.pid(), at));
        for (long pid : new long[]{found.spawnedPid(), found.holderPid()}) {
            if (pid != 0) {
                boolean _ = children.runs(pid, at);
            }
        }
        owedEnds.addAll(found.gone());
        rules.takenOver();
    }

    /** What a taking over tells first is not all told yet. */
    boolean owesEnds() {
        return sessions.owesEnds() || !owedEnds.isEmpty();
    }

    void endTold(long pid) {
        owedEnds.remove(pid);
    }

    /** Takes note of what the core ordered on the record {@code by}. */
    void ordered(Effect effect, At by) {
        switch (effect) {
            case Effect.Connect e -> orders.add(
                    new Orders.Order(Orders.Kind.CONNECT, HandoffId.NONE, e.session(), e.expectedPid(), by));
            case Effect.CloseSession e -> {
                sessions.close(e.session(), by);
                orders.forgetSession(e.session());
            }
            case Effect.ResolveBinary e ->
                orders.add(new Orders.Order(Orders.Kind.RESOLVE, e.handoffId(), 0, 0, by));
            case Effect.SpawnSuccessor e ->
                orders.add(new Orders.Order(Orders.Kind.SPAWN_SUCCESSOR, e.handoffId(), 0, 0, by));
            case Effect.SpawnIncumbent _ ->
                orders.add(new Orders.Order(Orders.Kind.SPAWN_INCUMBENT, HandoffId.NONE, 0, 0, by));
            case Effect.Fence e -> orders.add(new Orders.Order(Orders.Kind.FENCE, HandoffId.NONE, e.session(), 0, by));
            case Effect.LookAtLock e ->
                orders.add(new Orders.Order(Orders.Kind.LOOK_AT_LOCK, e.handoffId(), 0, 0, by));
            case Effect.ArmTimer e -> timers.arm(e.kind(), e.dueNs(), by);
            case Effect.CancelTimer e -> timers.cancel(e.kind());
            case Effect.SendToIncumbent _,Effect.SendToSuccessor _,Effect.Terminate _,Effect.Kill _,Effect.Respond _,Effect.Note _,Effect.Exit _ ->
                {
                }
        }
    }

    /** Its {@code SpawnOrdered} is in the journal, so its channel exists. */
    void channelMade(Effect.SpawnSuccessor order, At by) {
        sessions.open(order.session(), Side.SUCCESSOR, by);
    }
}
