package dev.handoff.replay.verify;

import java.util.Optional;

import dev.handoff.codec.HandoffId;
import dev.handoff.codec.Side;
import dev.handoff.codec.event.Event;
import dev.handoff.codec.event.EventLayout;
import dev.handoff.coordinator.core.Service;
import dev.handoff.coordinator.core.State;

/**
 * Whether an input of the loop can have come: from whom it says, about what it says, after what was asked. It moves the service's
 * book on. One thread.
 */
final class InputRules {

    private final Findings findings;
    private boolean trusting;
    private long lastRequest;

    InputRules(Findings findings) {
        this.findings = findings;
    }

    /** While this is so, answers to orders that nobody has read are taken on trust: the reading began in the middle. */
    void trust(boolean trusts) {
        trusting = trusts;
    }

    /** Requests are counted anew by each coordinator. */
    void newEpoch() {
        trusting = false;
        lastRequest = 0;
    }

    /**
     * Takes an input of a service.
     *
     * @param length of the record's payload
     * @param before the service before it
     */
    void take(Event event, At at, int length, ServiceBook book, Optional<Service> before) {
        HandoffId inFlight = before.map(service -> service.state().handoffId()).orElse(HandoffId.NONE);
        switch (event) {
            case Event.SwapRequested e -> {
                request(e.requestId(), at, book);
                if (e.stamp().handoffId().equals(HandoffId.NONE)) {
                    findings.add(Rule.STAMP, at, book.lastInput, "a swap that is asked for has a handoff's id");
                }
            }
            case Event.AbortRequested e -> {
                request(e.requestId(), at, book);
                stamped(event, inFlight, at, book);
            }
            case Event.BinaryResolved e -> answers(Orders.Kind.RESOLVE, e.stamp().handoffId(), 0, at, book);
            case Event.BinaryRejected e -> answers(Orders.Kind.RESOLVE, e.stamp().handoffId(), 0, at, book);
            case Event.Spawned e -> {
                answers(spawn(e.role()), e.stamp().handoffId(), 0, at, book);
                if (e.pid() <= 0) {
                    findings.add(Rule.PROCESS, at, book.lastInput, "no process has the pid " + e.pid());
                } else if (!book.children.runs(e.pid(), at)) {
                    findings.add(Rule.PROCESS, at, book.children.since(e.pid()),
                            "process " + e.pid() + " runs already");
                }
            }
            case Event.SpawnFailed e -> answers(spawn(e.role()), e.stamp().handoffId(), 0, at, book);
            case Event.ProcessExited e -> {
                stamped(event, inFlight, at, book);
                book.endTold(e.pid());
                if (!book.children.exited(e.pid(), at) && !trusting) {
                    At end = book.children.endOf(e.pid());
                    findings.add(Rule.PROCESS, at, end.sequence() == 0 ? book.lastInput : end,
                            "no process " + e.pid() + " of this service ran");
                }
            }
            case Event.SessionConnected e -> connected(e, at, book, inFlight);
            case Event.ConnectFailed e -> {
                stamped(event, inFlight, at, book);
                answers(Orders.Kind.CONNECT, HandoffId.NONE, e.session(), at, book);
            }
            case Event.MessageReceived e -> {
                stamped(event, inFlight, at, book);
                object(at, book, book.sessions.whole(e.session(), e.from(), e.streamOffset(),
                        length - EventLayout.FRAME_OFFSET));
                if (before.isPresent() && before.get().state() instanceof State.AwaitingSuccessorSpawn spawn
                        && spawn.session() == e.session()) {
                    findings.add(Rule.SESSION, at, book.lastInput,
                            "a successor is heard before it is known to have been started");
                }
            }
            case Event.FragmentReceived e -> {
                stamped(event, inFlight, at, book);
                if (e.bytes().length() == 0) {
                    findings.add(Rule.SESSION, at, book.lastInput, "a part of a frame without a byte");
                }
                object(at, book,
                        book.sessions.part(e.session(), e.from(), e.streamOffset(), e.bytes().length()));
            }
            case Event.FrameRejected e -> {
                stamped(event, inFlight, at, book);
                object(at, book, book.sessions.rejected(e.session(), e.from(), e.streamOffset(), at));
            }
            case Event.SessionClosed e -> {
                stamped(event, inFlight, at, book);
                object(at, book, book.sessions.ended(e.session(), e.peer(), at));
            }
            case Event.TimerFired e -> fired(e, at, book, inFlight);
            case Event.FencePassed e -> {
                stamped(event, inFlight, at, book);
                answers(Orders.Kind.FENCE, HandoffId.NONE, e.session(), at, book);
            }
            case Event.LockSeen e -> answers(Orders.Kind.LOOK_AT_LOCK, e.stamp().handoffId(), 0, at, book);
            case Event.ServiceConfigured _ -> stamped(event, inFlight, at, book);
            case Event.CoordinatorStarted _,Event.CoordinatorRestarted _,Event.StopRequested _,Event.SpawnOrdered _,Event.MessageSending _,Event.GateJudged _,Event.HandoffEnded _ ->
                throw new IllegalStateException("no input of a service: " + at);
        }
    }

    private static Orders.Kind spawn(Side role) {
        return switch (role) {
            case INCUMBENT -> Orders.Kind.SPAWN_INCUMBENT;
            case SUCCESSOR -> Orders.Kind.SPAWN_SUCCESSOR;
        };
    }

    private void request(long number, At at, ServiceBook book) {
        if (number <= lastRequest && !trusting) {
            findings.add(Rule.STAMP, at, book.lastInput,
                    "request " + number + " of this coordinator comes after its request " + lastRequest);
        }
        lastRequest = Math.max(lastRequest, number);
    }

    private void stamped(Event event, HandoffId inFlight, At at, ServiceBook book) {
        if (!event.stamp().handoffId().equals(inFlight)) {
            findings.add(Rule.STAMP, at, book.lastInput, "it names handoff " + name(event.stamp().handoffId())
                    + ", in flight is " + name(inFlight));
        }
    }

    private static String name(HandoffId id) {
        return id.equals(HandoffId.NONE) ? "none" : id.toString();
    }

    private Optional<Orders.Order> answers(Orders.Kind kind, HandoffId id, long number, At at, ServiceBook book) {
        Optional<Orders.Order> order = book.orders.take(kind, id, number);
        if (order.isEmpty() && !trusting) {
            findings.add(Rule.ANSWER, at, book.lastInput, "it answers an order that is not open");
        }
        return order;
    }

    private void connected(Event.SessionConnected e, At at, ServiceBook book, HandoffId inFlight) {
        stamped(e, inFlight, at, book);
        answers(Orders.Kind.CONNECT, HandoffId.NONE, e.session(), at, book).ifPresent(order -> {
            if (order.expected() != e.peerPid()) {
                findings.add(Rule.ANSWER, at, order.by(), "process " + e.peerPid() + " answers, where only process "
                        + order.expected() + " was to be connected to");
            }
        });
        if (!book.sessions.isOpen(e.session())) {
            book.sessions.open(e.session(), Side.INCUMBENT, at);
        } else if (!trusting) {
            findings.add(Rule.SESSION, at, book.lastInput, "session " + e.session() + " is open already");
        }
    }

    private void fired(Event.TimerFired e, At at, ServiceBook book, HandoffId inFlight) {
        stamped(e, inFlight, at, book);
        Optional<At> armed = book.timers.fire(e);
        if (armed.isEmpty() && !trusting) {
            findings.add(Rule.TIMER, at, book.lastInput, "no timer " + e.kind() + " was armed for that moment");
        }
        if (e.dueNs() > e.stamp().timeNs()) {
            findings.add(Rule.TIMER, at, armed.orElse(book.lastInput),
                    "timer " + e.kind() + " fired " + (e.dueNs() - e.stamp().timeNs()) + " ns before it was due");
        }
    }

    private void object(At at, ServiceBook book, Optional<Sessions.Objection> objection) {
        objection.ifPresent(one -> findings.add(Rule.SESSION, at,
                one.against().sequence() == 0 ? book.lastInput : one.against(), one.why()));
    }
}
