package dev.handoff.replay.verify;

import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;

import dev.handoff.codec.Message;
import dev.handoff.codec.Side;
import dev.handoff.codec.event.Event;
import dev.handoff.codec.event.Found;
import dev.handoff.codec.event.Outcome;
import dev.handoff.coordinator.core.Peer;
import dev.handoff.coordinator.core.Service;
import dev.handoff.coordinator.core.State;

/**
 * Which process of a service may write, as the journal can show it: from its cold start, or its {@code Begin}, or its taking up again
 * after a rollback, to its {@code SealComplete} or its end. It looks at messages and deaths only, and asks the core nothing. One
 * thread.
 */
final class Writers {

    /**
     * The time in which a process was the writer.
     *
     * @param to its end; the newest record where it has none yet
     */
    record Interval(int service, long pid, At from, long fromNs, At to, long toNs, boolean open) {}

    private record Holding(long pid, At since, long sinceNs) {}

    private final int service;
    private final Consumer<Interval> sink;
    private final Map<Long, Holding> holding = new HashMap<>();
    private long intervals;

    Writers(int service, Consumer<Interval> sink) {
        this.service = service;
        this.sink = sink;
    }

    /** Two that overlap: the one that was the writer already. */
    record Overlap(long pid, At since) {}

    long intervals() {
        return intervals + holding.size();
    }

    /** What the record does to the role. {@code was} and {@code is} are the service around it. */
    Optional<Overlap> take(Event event, At at, Optional<Service> was, Optional<Service> is) {
        long timeNs = event.stamp().timeNs();
        switch (event) {
            case Event.Spawned e when e.role() == Side.INCUMBENT -> {
                return gain(e.pid(), at, timeNs);
            }
            case Event.ProcessExited e -> lose(e.pid(), at, timeNs);
            case Event.MessageSending e when e.message() instanceof Message.Begin -> {
                if (was.isPresent() && was.get().state() instanceof State.WithSuccessor with) {
                    return gain(with.successor().daemon().pid(), at, timeNs);
                }
            }
            case Event.MessageSending e when e.message() instanceof Message.ResumeAfterAbort -> {
                if (was.isPresent() && was.get().state() instanceof State.InHandoff flight) {
                    return gain(flight.incumbent().daemon().pid(), at, timeNs);
                }
            }
            case Event.MessageReceived e when e.from() == Side.INCUMBENT
                    && e.message() instanceof Message.SealComplete complete -> {
                if (was.isPresent() && was.get().state() instanceof State.InHandoff flight
                        && flight.incumbent().session() == e.session()
                        && complete.handoffId().equals(flight.handoff().id())) {
                    lose(flight.incumbent().daemon().pid(), at, timeNs);
                }
            }
            case Event.HandoffEnded e when e.outcome() == Outcome.ROLLED_BACK -> {
                // A sealed incumbent whose session has ended takes the lock again by itself.
                if (is.isPresent() && is.get().state() instanceof State.Serving serving
                        && serving.incumbent().alive()) {
                    return gain(serving.incumbent().daemon().pid(), at, timeNs);
                }
            }
            case Event.CoordinatorStarted _,Event.CoordinatorRestarted _,Event.ServiceConfigured _,Event.StopRequested _,Event.SwapRequested _,Event.AbortRequested _,Event.BinaryResolved _,Event.BinaryRejected _,Event.SpawnOrdered _,Event.Spawned _,Event.SpawnFailed _,Event.SessionConnected _,Event.ConnectFailed _,Event.MessageReceived _,Event.FragmentReceived _,Event.FrameRejected _,Event.SessionClosed _,Event.MessageSending _,Event.TimerFired _,Event.FencePassed _,Event.LockSeen _,Event.GateJudged _,Event.HandoffEnded _ ->
                {
                }
        }
        return Optional.empty();
    }

    /** What a coordinator that takes over found: the dead write no more, and the kernel's word on the lock is the last one. */
    Optional<Overlap> takeOver(Found found, At at, long timeNs, Optional<Service> is) {
        found.gone().forEach(pid -> lose(pid, at, timeNs));
        long holder = found.holderPid();
        long daemon = is.isPresent() && is.get().state() instanceof State.AwaitingIncumbentUp up
                ? up.incumbent().daemon().pid()
                : 0;
        if (daemon != 0 && daemon == holder && !holding.containsKey(daemon)) {
            Map.copyOf(holding).keySet().forEach(pid -> lose(pid, at, timeNs));
        }
        return daemon == 0 ? Optional.empty() : gain(daemon, at, timeNs);
    }

    /** The reading begins in the middle: who writes, as the state has it. */
    void trust(Service service, At at, long timeNs) {
        holding.clear();
        Optional<Peer> writer = switch (service.state()) {
            case State.AwaitingIncumbentUp up -> Optional.of(up.incumbent());
            case State.Serving serving -> Optional.of(serving.incumbent());
            case State.AwaitingReady a -> Optional.of(a.successor());
            case State.AwaitingLockSeen a -> Optional.of(a.successor());
            case State.AwaitingSuccessorExit a when a.undo() == State.Undo.SEAL -> Optional.of(a.successor());
            case State.AwaitingIncumbentResumed a when a.undo() == State.Undo.SEAL -> Optional.empty();
            case State.AwaitingIncumbentProbed _ -> Optional.empty();
            case State.InHandoff flight -> Optional.of(flight.incumbent());
            case State.Stopped _,State.AwaitingSpawn _,State.AwaitingRestart _,State.Failed _,State.AwaitingExit _ ->
                Optional.empty();
        };
        writer.filter(Peer::alive).ifPresent(peer -> holding.put(peer.daemon().pid(),
                new Holding(peer.daemon().pid(), at, timeNs)));
    }

    boolean isWriter(long pid) {
        return holding.containsKey(pid);
    }

    private Optional<Overlap> gain(long pid, At at, long timeNs) {
        if (holding.containsKey(pid)) {
            return Optional.empty();
        }
        Optional<Overlap> overlap = holding.values().stream().findFirst()
                .map(other -> new Overlap(other.pid(), other.since()));
        holding.put(pid, new Holding(pid, at, timeNs));
        return overlap;
    }

    private void lose(long pid, At at, long timeNs) {
        Holding ended = holding.remove(pid);
        if (ended != null) {
            intervals++;
            sink.accept(new Interval(service, pid, ended.since(), ended.sinceNs(), at, timeNs, false));
        }
    }

    /** The reading is over. */
    void finish(At at, long timeNs) {
        holding.values().forEach(one -> sink.accept(
                new Interval(service, one.pid(), one.since(), one.sinceNs(), at, timeNs, true)));
    }

}
