package dev.handoff.replay;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;

import dev.handoff.codec.Message;
import dev.handoff.codec.MessageKind;
import dev.handoff.codec.Side;
import dev.handoff.codec.event.Event;
import dev.handoff.codec.event.EventKind;
import dev.handoff.coordinator.core.Effect;

/**
 * Finds for each record of one service the record that led to it: what the core ordered is looked for when it comes true. One thread,
 * the records in the journal's order.
 */
final class Causes {

    /**
     * What is to come of an order.
     *
     * @param kind  of the record that will tell
     * @param what  a message's kind, a timer's, a side; may be empty
     * @param which a session, a pid or a time; 0 where one kind is enough
     */
    private record Expected(EventKind kind, String what, long which) {}

    private final long incumbentPid;
    private final Map<Expected, Long> expected = new HashMap<>();

    /** @param incumbentPid the process that a {@code Commit} lets go */
    Causes(long incumbentPid) {
        this.incumbentPid = incumbentPid;
    }

    /** What led to this record; to be asked before {@link #note} takes it. */
    OptionalLong of(Event event) {
        Long sequence = switch (event) {
            case Event.MessageSending e -> expected.get(sending(e.session(), e.message().kind()));
            case Event.MessageReceived e -> expected.get(received(e.from(), e.message().kind()));
            case Event.SessionConnected e ->
                expected.get(new Expected(EventKind.SESSION_CONNECTED, "", e.session()));
            case Event.ConnectFailed e -> expected.get(new Expected(EventKind.SESSION_CONNECTED, "", e.session()));
            case Event.BinaryResolved _ -> expected.get(new Expected(EventKind.BINARY_RESOLVED, "", 0));
            case Event.BinaryRejected _ -> expected.get(new Expected(EventKind.BINARY_RESOLVED, "", 0));
            case Event.SpawnOrdered e -> expected.get(new Expected(EventKind.SPAWN_ORDERED, e.role().name(), 0));
            case Event.Spawned e -> expected.get(new Expected(EventKind.SPAWNED, e.role().name(), 0));
            case Event.SpawnFailed e -> expected.get(new Expected(EventKind.SPAWNED, e.role().name(), 0));
            case Event.ProcessExited e -> expected.get(new Expected(EventKind.PROCESS_EXITED, "", e.pid()));
            case Event.TimerFired e -> expected.get(new Expected(EventKind.TIMER_FIRED, e.kind().name(), e.dueNs()));
            case Event.FencePassed e -> expected.get(new Expected(EventKind.FENCE_PASSED, "", e.session()));
            case Event.LockSeen _ -> expected.get(new Expected(EventKind.LOCK_SEEN, "", 0));
            case Event.GateJudged e -> expected.get(new Expected(EventKind.GATE_JUDGED, e.gate().name(), 0));
            case Event.HandoffEnded _ -> expected.get(new Expected(EventKind.HANDOFF_ENDED, "", 0));
            case Event.CoordinatorStarted _,Event.CoordinatorRestarted _,Event.ServiceConfigured _,Event.StopRequested _,Event.SwapRequested _,Event.AbortRequested _,Event.FragmentReceived _,Event.FrameRejected _,Event.SessionClosed _ ->
                null;
        };
        return sequence == null ? OptionalLong.empty() : OptionalLong.of(sequence);
    }

    /** Takes a record, and what the core ordered on it. */
    void note(long sequence, Event event, List<Effect> ordered) {
        switch (event) {
            case Event.MessageSending e -> noteAnswer(sequence, e);
            case Event.SpawnOrdered e -> expected.put(new Expected(EventKind.SPAWNED, e.role().name(), 0), sequence);
            case Event.Spawned e -> expected.put(received(e.role(), MessageKind.HELLO), sequence);
            case Event.SessionConnected _ -> expected.put(received(Side.INCUMBENT, MessageKind.HELLO), sequence);
            case Event.CoordinatorStarted _,Event.CoordinatorRestarted _,Event.ServiceConfigured _,Event.StopRequested _,Event.SwapRequested _,Event.AbortRequested _,Event.BinaryResolved _,Event.BinaryRejected _,Event.SpawnFailed _,Event.ProcessExited _,Event.ConnectFailed _,Event.MessageReceived _,Event.FragmentReceived _,Event.FrameRejected _,Event.SessionClosed _,Event.TimerFired _,Event.FencePassed _,Event.LockSeen _,Event.GateJudged _,Event.HandoffEnded _ ->
                {
                }
        }
        ordered.forEach(effect -> note(sequence, effect));
    }

    private void note(long sequence, Effect effect) {
        switch (effect) {
            case Effect.SendToIncumbent e -> expected.put(sending(e.session(), e.message().kind()), sequence);
            case Effect.SendToSuccessor e -> expected.put(sending(e.session(), e.message().kind()), sequence);
            case Effect.Connect e -> expected.put(new Expected(EventKind.SESSION_CONNECTED, "", e.session()), sequence);
            case Effect.ResolveBinary _ -> expected.put(new Expected(EventKind.BINARY_RESOLVED, "", 0), sequence);
            case Effect.SpawnSuccessor _ ->
                expected.put(new Expected(EventKind.SPAWN_ORDERED, Side.SUCCESSOR.name(), 0), sequence);
            case Effect.SpawnIncumbent _ ->
                expected.put(new Expected(EventKind.SPAWN_ORDERED, Side.INCUMBENT.name(), 0), sequence);
            case Effect.Terminate e ->
                expected.put(new Expected(EventKind.PROCESS_EXITED, "", e.daemon().pid()), sequence);
            case Effect.Kill e -> expected.put(new Expected(EventKind.PROCESS_EXITED, "", e.daemon().pid()), sequence);
            case Effect.ArmTimer e ->
                expected.put(new Expected(EventKind.TIMER_FIRED, e.kind().name(), e.dueNs()), sequence);
            case Effect.Fence e -> {
                expected.put(new Expected(EventKind.FENCE_PASSED, "", e.session()), sequence);
                expected.put(sending(e.session(), MessageKind.HEARTBEAT), sequence);
            }
            case Effect.LookAtLock _ -> expected.put(new Expected(EventKind.LOCK_SEEN, "", 0), sequence);
            case Effect.Note(Event.GateJudged judged) ->
                expected.put(new Expected(EventKind.GATE_JUDGED, judged.gate().name(), 0), sequence);
            case Effect.Note(Event.HandoffEnded _) ->
                expected.put(new Expected(EventKind.HANDOFF_ENDED, "", 0), sequence);
            case Effect.CloseSession _,Effect.CancelTimer _,Effect.Respond _,Effect.Exit _ -> {
            }
        }
    }

    /** The request that a reply answers. */
    private void noteAnswer(long sequence, Event.MessageSending sent) {
        switch (sent.message()) {
            case Message.PrepareHandoff _ -> expected.put(received(Side.INCUMBENT, MessageKind.DRAINED), sequence);
            case Message.SealRequest _ -> {
                expected.put(received(Side.INCUMBENT, MessageKind.SEAL_PROGRESS), sequence);
                expected.put(received(Side.INCUMBENT, MessageKind.SEAL_COMPLETE), sequence);
                expected.put(received(Side.INCUMBENT, MessageKind.SEAL_FAILED), sequence);
            }
            case Message.Begin _ -> expected.put(received(Side.SUCCESSOR, MessageKind.READY), sequence);
            case Message.Commit _ ->
                expected.put(new Expected(EventKind.PROCESS_EXITED, "", incumbentPid), sequence);
            case Message.Hello _,Message.HelloAck _,Message.Drained _,Message.SealProgress _,Message.SealComplete _,Message.SealFailed _,Message.Ready _,Message.Abort _,Message.ResumeAfterAbort _,Message.Heartbeat _ ->
                {
                }
        }
    }

    private static Expected sending(long session, MessageKind kind) {
        return new Expected(EventKind.MESSAGE_SENDING, kind.wireName(), session);
    }

    private static Expected received(Side from, MessageKind kind) {
        return new Expected(EventKind.MESSAGE_RECEIVED, kind.wireName() + " " + from.name(), 0);
    }
}
