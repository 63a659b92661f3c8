package dev.handoff.replay;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;

import dev.handoff.codec.HandoffId;
import dev.handoff.codec.Message;
import dev.handoff.codec.Side;
import dev.handoff.codec.event.Event;
import dev.handoff.coordinator.core.State;

/** A handoff whose end has not been read yet. One thread. */
final class OpenHandoff {

    private final HandoffId id;
    private final int service;
    private final Entry.Header first;
    private final long replayFrom;
    private Entry.Header last;
    private Optional<Event.SwapRequested> request = Optional.empty();
    private Participant incumbent = Participant.UNKNOWN;
    private Participant successor = Participant.UNKNOWN;
    private OptionalLong writerGapNs = OptionalLong.empty();
    private long gapStartNs;
    private int takeovers;
    private boolean statesKnown;
    private final List<PhaseSpan> phases = new ArrayList<>();
    private Phase phase;
    private Entry.Header phaseFrom;

    /**
     * @param replayFrom  the newest snapshot before its first record, 0 for none
     * @param statesKnown whether the core's states can be trusted at its beginning
     */
    OpenHandoff(HandoffId id, int service, Entry.Header first, long replayFrom, boolean statesKnown) {
        this.id = id;
        this.service = service;
        this.first = first;
        this.last = first;
        this.replayFrom = replayFrom;
        this.statesKnown = statesKnown;
    }

    HandoffId id() {
        return id;
    }

    int service() {
        return service;
    }

    /** A record that names this handoff. */
    void take(Event event, Entry.Header header) {
        last = header;
        if (event instanceof Event.SwapRequested asked) {
            request = Optional.of(asked);
        } else if (event instanceof Event.MessageReceived received
                && received.message() instanceof Message.Hello hello) {
            // What the state says of it, where there is one, says more.
            if (hello.role() == Side.INCUMBENT) {
                incumbent = new Participant(hello.pid(), hello.buildId().toString(), incumbent.binary());
            } else {
                successor = new Participant(hello.pid(), hello.buildId().toString(), successor.binary());
            }
        }
    }

    /** A step took the service from one state to another, at least one of them of this handoff. */
    void follow(State was, State is, Entry.Header header) {
        if (is instanceof State.InHandoff flight && flight.handoffId().equals(id)) {
            last = header;
            takeovers = flight.handoff().takeovers();
            gapStartNs = flight.handoff().gapStartNs();
            incumbent = Participant.of(flight.incumbent().daemon());
            if (flight instanceof State.WithSuccessor with) {
                successor = Participant.of(with.successor().daemon());
            }
            Phase now = Phase.of(flight);
            if (now != phase) {
                enter(now, header);
            }
        } else if (was instanceof State.InHandoff flight && flight.handoffId().equals(id)) {
            boolean committed = is instanceof State.Serving serving
                    && serving.incumbent().daemon().pid() == successor.pid();
            writerGapNs = gapStartNs == 0 ? OptionalLong.empty() : OptionalLong.of(header.timeNs() - gapStartNs);
            if (committed) {
                enter(Phase.COMMIT, header);
            }
        }
    }

    private void enter(Phase now, Entry.Header header) {
        leave(header);
        phase = now;
        phaseFrom = header;
    }

    private void leave(Entry.Header header) {
        if (phase != null) {
            phases.add(new PhaseSpan(phase, phaseFrom.timeNs(), header.timeNs(), phaseFrom.sequence(),
                    header.sequence()));
        }
    }

    /** From here on nobody knows in which phase it is. */
    void statesAreLost() {
        statesKnown = false;
    }

    /** To be asked for once, at its end. */
    HandoffSummary summary(String serviceName, Ending ending) {
        leave(last);
        if (ending instanceof Ending.InFlight && gapStartNs != 0) {
            writerGapNs = OptionalLong.of(last.timeNs() - gapStartNs);
        }
        return new HandoffSummary(id, service, serviceName, request, incumbent, successor, first, last, ending,
                writerGapNs, takeovers, statesKnown ? phases : List.of(), replayFrom);
    }
}
