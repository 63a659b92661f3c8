package dev.handoff.replay.verify;

import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

import dev.handoff.codec.HandoffId;
import dev.handoff.codec.Message;
import dev.handoff.codec.ShardRevisions;
import dev.handoff.codec.Side;
import dev.handoff.codec.event.Event;
import dev.handoff.codec.event.Gate;
import dev.handoff.codec.event.Outcome;
import dev.handoff.codec.event.Verdict;
import dev.handoff.coordinator.core.Service;
import dev.handoff.coordinator.core.State;

/**
 * The protocol's rules on one service's handoffs, asked of the records themselves: of the state it looks at who is who, and nothing of
 * what the core decides. One thread.
 */
final class HandoffRules {

    /** Late words of a handoff may follow its end; after so many more handoffs they do not. */
    private static final int REMEMBERED = 16;

    /** What a journal has told of one handoff. */
    private static final class Flight {
        private final HandoffId id;
        private final At requested;
        private final long incumbentPid;
        private final String expectedBuild;
        private final Map<Gate, Verdict> gates = new EnumMap<>(Gate.class);
        private At drained;
        private At sealRequested;
        private boolean mayBeHeardAgain;
        private At sealed;
        private Message.SealComplete complete;
        private At incumbentDied;
        private String successorBuild = "";
        private At began;
        private long begunPid;
        private At reaped;
        private At readyAt;
        private Message.Ready ready;
        private boolean lockGate;
        private At lockSeen;
        private long holderPid;
        private At ended;

        Flight(HandoffId id, At requested, long incumbentPid, String expectedBuild) {
            this.id = id;
            this.requested = requested;
            this.incumbentPid = incumbentPid;
            this.expectedBuild = expectedBuild;
        }
    }

    private final Findings findings;
    private final Map<HandoffId, Flight> flights = new LinkedHashMap<>() {
        private static final long serialVersionUID = 1;

        @Override
        protected boolean removeEldestEntry(Map.Entry<HandoffId, Flight> eldest) {
            return size() > REMEMBERED;
        }
    };
    private Flight current;
    private final Map<Rule, Long> asked = new EnumMap<>(Rule.class);

    HandoffRules(Findings findings) {
        this.findings = findings;
    }

    /** How often each rule was asked. */
    Map<Rule, Long> asked() {
        return asked;
    }

    /** Nothing of what was told can be trusted any more. */
    void clear() {
        flights.clear();
        current = null;
    }

    /** A coordinator that takes over may read again what the one before it had in the journal. */
    void takenOver() {
        if (current != null) {
            current.mayBeHeardAgain = true;
        }
    }

    /** Takes a record; {@code was} and {@code is} are the service around it. */
    void take(Event event, At at, Optional<Service> was, Optional<Service> is) {
        switch (event) {
            case Event.SwapRequested e -> begins(e, at, was, is);
            case Event.ProcessExited e -> exited(e.pid(), at);
            case Event.MessageReceived e -> received(e, at, was);
            case Event.MessageSending e -> sending(e, at, was);
            case Event.LockSeen e -> {
                Flight flight = of(e.stamp().handoffId());
                if (flight != null) {
                    flight.lockSeen = at;
                    flight.holderPid = e.holderPid();
                }
            }
            case Event.GateJudged e -> judged(e, at);
            case Event.HandoffEnded e -> ended(e, at);
            case Event.CoordinatorStarted _,Event.CoordinatorRestarted _,Event.ServiceConfigured _,Event.StopRequested _,Event.AbortRequested _,Event.BinaryResolved _,Event.BinaryRejected _,Event.SpawnOrdered _,Event.Spawned _,Event.SpawnFailed _,Event.SessionConnected _,Event.ConnectFailed _,Event.FragmentReceived _,Event.FrameRejected _,Event.SessionClosed _,Event.TimerFired _,Event.FencePassed _ ->
                {
                }
        }
    }

    private Flight of(HandoffId id) {
        return current != null && current.id.equals(id) ? current : flights.get(id);
    }

    private void begins(Event.SwapRequested e, At at, Optional<Service> was, Optional<Service> is) {
        HandoffId id = e.stamp().handoffId();
        boolean accepted = is.isPresent() && is.get().state() instanceof State.InHandoff flight
                && flight.handoff().id().equals(id)
                && !(was.isPresent() && was.get().state().handoffId().equals(id));
        if (!accepted) {
            return;
        }
        ask(Rule.ONE_IN_FLIGHT, current == null || current.ended != null, at,
                current == null ? at : current.requested, "a handoff begins while another is in flight");
        long incumbent = is.get().state() instanceof State.InHandoff flight ? flight.incumbent().daemon().pid() : 0;
        current = new Flight(id, at, incumbent, e.expectedBuild());
        flights.put(id, current);
    }

    private void exited(long pid, At at) {
        if (current != null) {
            if (pid == current.incumbentPid) {
                current.incumbentDied = at;
            }
            if (pid == current.begunPid) {
                current.reaped = at;
            }
        }
    }

    private void received(Event.MessageReceived e, At at, Optional<Service> was) {
        if (current == null || was.isEmpty() || !(was.get().state() instanceof State.InHandoff flight)
                || !flight.handoff().id().equals(current.id)) {
            return;
        }
        boolean incumbent = e.from() == Side.INCUMBENT && flight.incumbent().session() == e.session();
        boolean successor = e.from() == Side.SUCCESSOR && flight instanceof State.WithSuccessor with
                && with.successor().session() == e.session();
        switch (e.message()) {
            case Message.Drained _ when incumbent -> current.drained = at;
            case Message.SealComplete complete when incumbent && complete.handoffId().equals(current.id) ->
                sealed(complete, at);
            case Message.Hello hello when successor -> current.successorBuild = hello.buildId().toString();
            case Message.Ready ready when successor && ready.handoffId().equals(current.id) -> {
                current.ready = ready;
                current.readyAt = at;
                current.lockGate = was.get().policy().lockGate();
            }
            case Message.Hello _,Message.HelloAck _,Message.PrepareHandoff _,Message.Drained _,Message.SealRequest _,Message.SealProgress _,Message.SealComplete _,Message.SealFailed _,Message.Begin _,Message.Ready _,Message.Commit _,Message.Abort _,Message.ResumeAfterAbort _,Message.Heartbeat _ ->
                {
                }
        }
    }

    private void sealed(Message.SealComplete complete, At at) {
        if (current.sealed == null) {
            ask(Rule.SEALED_ONCE, true, at, at, "");
            current.sealed = at;
            current.complete = complete;
        } else {
            ask(Rule.SEALED_ONCE, current.mayBeHeardAgain && complete.equals(current.complete), at, current.sealed,
                    "the incumbent tells of a second seal");
        }
    }

    private void sending(Event.MessageSending e, At at, Optional<Service> was) {
        switch (e.message()) {
            case Message.PrepareHandoff m -> goesOn(m.handoffId(), at);
            case Message.SealRequest m -> {
                Flight flight = goesOn(m.handoffId(), at);
                if (flight != null) {
                    ask(Rule.DRAIN_BEFORE_SEAL, flight.drained != null, at, flight.requested,
                            "the incumbent is asked to seal, and has not said Drained");
                    flight.sealRequested = at;
                }
            }
            case Message.Begin m -> {
                Flight flight = goesOn(m.handoffId(), at);
                if (flight != null) {
                    ask(Rule.SEAL_BEFORE_BEGIN, flight.sealed != null || flight.incumbentDied != null, at,
                            flight.sealRequested == null ? flight.requested : flight.sealRequested,
                            "the successor is told to begin, and the incumbent lives and has not sealed");
                    flight.began = at;
                    if (was.isPresent() && was.get().state() instanceof State.WithSuccessor with) {
                        flight.begunPid = with.successor().daemon().pid();
                    }
                }
            }
            case Message.ResumeAfterAbort m -> {
                Flight flight = goesOn(m.handoffId(), at);
                if (flight != null) {
                    ask(Rule.REAP_BEFORE_RESUME, flight.began == null || flight.reaped != null, at,
                            flight.began == null ? flight.requested : flight.began,
                            "the incumbent is told to resume, and the successor that began has not exited");
                }
            }
            case Message.Commit m -> {
                Flight flight = of(m.handoffId());
                if (flight != null) {
                    ask(Rule.SEAL_BEFORE_COMMIT, flight.sealed != null, at, flight.requested,
                            "the incumbent is let go without its SealComplete");
                    gatesPassed(flight, at);
                }
            }
            case Message.Abort m -> goesOn(m.handoffId(), at);
            case Message.Hello _,Message.HelloAck _,Message.Drained _,Message.SealProgress _,Message.SealComplete _,Message.SealFailed _,Message.Ready _,Message.Heartbeat _ ->
                {
                }
        }
    }

    /** The flight of something that is only said in flight; null where it is not known. */
    private Flight goesOn(HandoffId id, At at) {
        Flight flight = of(id);
        if (flight != null && flight.ended != null) {
            ask(Rule.ONE_END, false, at, flight.ended, "the handoff goes on after its end");
        }
        return flight;
    }

    private void judged(Event.GateJudged e, At at) {
        Flight flight = of(e.stamp().handoffId());
        if (flight == null) {
            return;
        }
        flight.gates.put(e.gate(), e.verdict());
        At source = e.gate() == Gate.LOCK ? flight.lockSeen : flight.readyAt;
        if (e.gate() == Gate.BUILD) {
            boolean fits = flight.expectedBuild.equals(flight.successorBuild);
            askGate(fits ? Verdict.PASSED : Verdict.FAILED, e, at, flight.requested);
        } else if (source == null) {
            ask(Rule.GATE, false, at, flight.requested, "the gate " + e.gate().wireName()
                    + " is judged before what it judges");
        } else {
            askGate(switch (e.gate()) {
                case HEALTH -> flight.ready.healthzOk() ? Verdict.PASSED : Verdict.FAILED;
                case REVISION -> flight.complete == null
                        ? Verdict.NOT_APPLICABLE
                        : covers(flight.ready.advertisedRevisionPerShard(), flight.complete.lastRevisionPerShard())
                                ? Verdict.PASSED
                                : Verdict.FAILED;
                case LOCK -> flight.holderPid == flight.begunPid ? Verdict.PASSED : Verdict.FAILED;
                case BUILD -> throw new IllegalStateException("judged above");
            }, e, at, source);
        }
    }

    private void askGate(Verdict due, Event.GateJudged e, At at, At source) {
        ask(Rule.GATE, e.verdict() == due, at, source, "the gate " + e.gate().wireName() + " says "
                + e.verdict().wireName() + ", what it judges says " + due.wireName());
    }

    private static boolean covers(ShardRevisions advertised, ShardRevisions sealed) {
        boolean covers = advertised.size() == sealed.size();
        for (int shard = 0; covers && shard < sealed.size(); shard++) {
            covers = Long.compareUnsigned(advertised.get(shard), sealed.get(shard)) >= 0;
        }
        return covers;
    }

    private void gatesPassed(Flight flight, At at) {
        At source = flight.readyAt == null ? flight.requested : flight.readyAt;
        ask(Rule.GATES_BEFORE_COMMIT, flight.readyAt != null, at, source,
                "the handoff commits, and its successor never said Ready");
        for (Gate gate : Gate.values()) {
            boolean needed = switch (gate) {
                case HEALTH, REVISION -> true;
                case LOCK -> flight.lockGate;
                case BUILD -> !flight.expectedBuild.isEmpty();
            };
            Verdict said = flight.gates.get(gate);
            boolean passed = said == Verdict.PASSED || (gate == Gate.REVISION && said == Verdict.NOT_APPLICABLE);
            ask(Rule.GATES_BEFORE_COMMIT, !needed || passed, at, source, "the handoff commits, and the gate "
                    + gate.wireName() + (said == null ? " was not judged" : " says " + said.wireName()));
        }
    }

    private void ended(Event.HandoffEnded e, At at) {
        Flight flight = of(e.stamp().handoffId());
        if (flight == null) {
            return;
        }
        ask(Rule.ONE_END, flight.ended == null, at, flight.ended == null ? at : flight.ended,
                "the handoff has ended before");
        flight.ended = at;
        if (e.outcome() == Outcome.COMMITTED) {
            ask(Rule.SEAL_BEFORE_BEGIN, flight.began != null, at, flight.requested,
                    "the handoff commits, and its successor was never told to begin");
            gatesPassed(flight, at);
        }
    }

    private void ask(Rule rule, boolean holds, At at, At against, String text) {
        asked.merge(rule, 1L, Long::sum);
        if (!holds) {
            findings.add(rule, at, against, text);
        }
    }
}
