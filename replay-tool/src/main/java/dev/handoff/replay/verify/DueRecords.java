package dev.handoff.replay.verify;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

import dev.handoff.codec.FrameEncoder;
import dev.handoff.codec.HandoffId;
import dev.handoff.codec.Message;
import dev.handoff.codec.Side;
import dev.handoff.codec.event.Event;
import dev.handoff.codec.event.EventCodec;
import dev.handoff.codec.event.Stamp;
import dev.handoff.coordinator.core.Effect;
import org.agrona.DirectBuffer;
import org.agrona.ExpandableArrayBuffer;

/**
 * What the core ordered and the journal has to say next: the loop appends a message before it writes it, a process before it starts
 * it, a decision as it is made, and nothing else in between. One thread.
 *
 * <p>
 * Invariant: within an epoch, the next event is the first of these as long as there are any; a death leaves the rest out.
 */
final class DueRecords {

    private static final long NS_PER_MS = 1_000_000;

    /** An order, and the record on which the core gave it. */
    record Due(Effect effect, At by) {}

    private final ArrayDeque<Due> due = new ArrayDeque<>();
    private final EventCodec codec = new EventCodec();
    private final FrameEncoder frames = new FrameEncoder();
    private final ExpandableArrayBuffer frame = new ExpandableArrayBuffer(4096);
    private final ExpandableArrayBuffer expected = new ExpandableArrayBuffer(4096);

    /** Whether records of this kind stand in the journal only because the core ordered them. */
    static boolean isOrdered(Event event) {
        return switch (event) {
            case Event.MessageSending _,Event.SpawnOrdered _,Event.GateJudged _,Event.HandoffEnded _ -> true;
            case Event.CoordinatorStarted _,Event.CoordinatorRestarted _,Event.ServiceConfigured _,Event.StopRequested _,Event.SwapRequested _,Event.AbortRequested _,Event.BinaryResolved _,Event.BinaryRejected _,Event.Spawned _,Event.SpawnFailed _,Event.ProcessExited _,Event.SessionConnected _,Event.ConnectFailed _,Event.MessageReceived _,Event.FragmentReceived _,Event.FrameRejected _,Event.SessionClosed _,Event.TimerFired _,Event.FencePassed _,Event.LockSeen _ ->
                false;
        };
    }

    private static boolean leavesARecord(Effect effect) {
        return switch (effect) {
            case Effect.SendToIncumbent _,Effect.SendToSuccessor _,Effect.SpawnSuccessor _,Effect.SpawnIncumbent _,Effect.Fence _,Effect.Note _ ->
                true;
            case Effect.Connect _,Effect.CloseSession _,Effect.ResolveBinary _,Effect.Terminate _,Effect.Kill _,Effect.ArmTimer _,Effect.CancelTimer _,Effect.LookAtLock _,Effect.Respond _,Effect.Exit _ ->
                false;
        };
    }

    /** The core ordered this on a record; it comes before what was due already, for the loop runs effects as it finds them. */
    void ordered(List<Effect> effects, At by) {
        if (effects.isEmpty()) {
            return;
        }
        List<Due> more = new ArrayList<>(effects.size());
        for (Effect effect : effects) {
            if (leavesARecord(effect)) {
                more.add(new Due(effect, by));
            }
        }
        for (Due one : more.reversed()) {
            due.addFirst(one);
        }
    }

    /** What has to come next, or null. */
    Due next() {
        return due.peekFirst();
    }

    /** It has come. */
    void came() {
        due.removeFirst();
    }

    int size() {
        return due.size();
    }

    /** Its coordinator is dead, or what was due cannot be told. */
    void clear() {
        due.clear();
    }

    /**
     * Compares a record with what is due, byte for byte where it is a message.
     *
     * @param payload    of the record
     * @param inFlight   the handoff that the service's state names
     * @param notBefore  the time of the record before it
     * @return why it is not what is due; empty if it is
     */
    Optional<String> difference(Due due, Event event, DirectBuffer payload, int length, HandoffId inFlight,
            long notBefore) {
        return switch (due.effect()) {
            case Effect.SendToIncumbent e -> message(e.service(), e.session(), Side.INCUMBENT, e.message(), event,
                    payload, length, inFlight);
            case Effect.SendToSuccessor e -> message(e.service(), e.session(), Side.SUCCESSOR, e.message(), event,
                    payload, length, inFlight);
            case Effect.Fence e -> {
                // Its time is read while it is made: after the record before, and not after its own.
                if (event instanceof Event.MessageSending sending
                        && sending.message() instanceof Message.Heartbeat heartbeat
                        && heartbeat.tsMs() >= notBefore / NS_PER_MS
                        && heartbeat.tsMs() <= event.stamp().timeNs() / NS_PER_MS) {
                    yield message(e.service(), e.session(), Side.INCUMBENT, heartbeat, event, payload, length,
                            inFlight);
                }
                yield Optional.of("the fence's Heartbeat was due");
            }
            case Effect.SpawnSuccessor e -> same(new Event.SpawnOrdered(
                    new Stamp(event.stamp().timeNs(), e.service(), e.handoffId()), Side.SUCCESSOR, e.binary()), event);
            case Effect.SpawnIncumbent e -> same(new Event.SpawnOrdered(
                    new Stamp(event.stamp().timeNs(), e.service(), HandoffId.NONE), Side.INCUMBENT, e.binary()), event);
            case Effect.Note(Event.Decision decision) -> same(decision.at(new Stamp(event.stamp().timeNs(),
                    decision.stamp().service(), decision.stamp().handoffId())), event);
            case Effect.Connect _,Effect.CloseSession _,Effect.ResolveBinary _,Effect.Terminate _,Effect.Kill _,Effect.ArmTimer _,Effect.CancelTimer _,Effect.LookAtLock _,Effect.Respond _,Effect.Exit _ ->
                throw new IllegalStateException("leaves no record: " + due);
        };
    }

    private static Optional<String> same(Event expected, Event event) {
        return expected.equals(event)
                ? Optional.empty()
                : Optional.of(shown(expected) + " was due, here is "
                        + shown(event));
    }

    private Optional<String> message(int service, long session, Side to, Message message, Event event,
            DirectBuffer payload, int length, HandoffId inFlight) {
        HandoffId id = idOf(message).orElse(inFlight);
        if (event instanceof Event.MessageSending) {
            int frameLength = frames.encode(message, frame, 0);
            int expectedLength = codec.encodeSending(expected, 0, service, id.mostSignificantBits(),
                    id.leastSignificantBits(), session, to, frame, 0, frameLength);
            if (expectedLength == length && isEqual(payload, length)) {
                return Optional.empty();
            }
        }
        Event due = new Event.MessageSending(new Stamp(event.stamp().timeNs(), service, id), session, to, message);
        return Optional.of(due.equals(event)
                ? "the same message is encoded otherwise than the coordinator does"
                : shown(due) + " was due, here is " + shown(event));
    }

    private boolean isEqual(DirectBuffer payload, int length) {
        int at = 0;
        for (; at + Long.BYTES <= length; at += Long.BYTES) {
            if (payload.getLong(at) != expected.getLong(at)) {
                return false;
            }
        }
        for (; at < length; at++) {
            if (payload.getByte(at) != expected.getByte(at)) {
                return false;
            }
        }
        return true;
    }

    /** As the loop stamps what it sends. */
    private static Optional<HandoffId> idOf(Message message) {
        return switch (message) {
            case Message.HelloAck m -> Optional.of(m.handoffId());
            case Message.PrepareHandoff m -> Optional.of(m.handoffId());
            case Message.SealRequest m -> Optional.of(m.handoffId());
            case Message.Begin m -> Optional.of(m.handoffId());
            case Message.Commit m -> Optional.of(m.handoffId());
            case Message.Abort m -> Optional.of(m.handoffId());
            case Message.ResumeAfterAbort m -> Optional.of(m.handoffId());
            case Message.Hello _,Message.Drained _,Message.SealProgress _,Message.SealComplete _,Message.SealFailed _,Message.Ready _,Message.Heartbeat _ ->
                Optional.empty();
        };
    }

    /** What is due, in a few words. */
    static String shown(Due due) {
        return switch (due.effect()) {
            case Effect.SendToIncumbent e -> At.sending(e.message()) + " to the incumbent";
            case Effect.SendToSuccessor e -> At.sending(e.message()) + " to the successor";
            case Effect.Fence _ -> "the fence's Heartbeat";
            case Effect.SpawnSuccessor _ -> "SpawnOrdered of a successor";
            case Effect.SpawnIncumbent _ -> "SpawnOrdered of an incumbent";
            case Effect.Note(Event.GateJudged judged) -> "GateJudged " + judged.gate().wireName();
            case Effect.Note(Event.HandoffEnded _) -> "HandoffEnded";
            case Effect.Connect _,Effect.CloseSession _,Effect.ResolveBinary _,Effect.Terminate _,Effect.Kill _,Effect.ArmTimer _,Effect.CancelTimer _,Effect.LookAtLock _,Effect.Respond _,Effect.Exit _ ->
                "nothing";
        };
    }

    /** All that differs can be seen in it, and a line of it can be read. */
    private static String shown(Event event) {
        String text = event.toString();
        int most = 400;
        return text.length() <= most ? text : text.substring(0, most) + "…";
    }
}
