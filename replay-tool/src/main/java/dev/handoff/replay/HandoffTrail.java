package dev.handoff.replay;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;

import dev.handoff.codec.HandoffId;
import dev.handoff.codec.Message;
import dev.handoff.codec.MessageKind;
import dev.handoff.codec.Side;
import dev.handoff.codec.event.Event;
import dev.handoff.codec.event.Outcome;

/** What a journal holds of one handoff's course: its messages in both directions, and its end. One thread. */
public final class HandoffTrail {

    /**
     * One message of the handoff.
     *
     * @param inbound from the peer to the coordinator
     */
    public record Step(boolean inbound, Side peer, MessageKind message) {
        @Override
        public String toString() {
            return message.wireName() + (inbound ? " from the " : " to the ")
                    + (peer == Side.INCUMBENT ? "incumbent" : "successor");
        }
    }

    /** A step, and when it was journaled. */
    public record Taken(Step step, long timeNs) {}

    public static final Step PREPARE = new Step(false, Side.INCUMBENT, MessageKind.PREPARE_HANDOFF);
    public static final Step DRAINED = new Step(true, Side.INCUMBENT, MessageKind.DRAINED);
    public static final Step SEAL_REQUEST = new Step(false, Side.INCUMBENT, MessageKind.SEAL_REQUEST);
    public static final Step SEAL_COMPLETE = new Step(true, Side.INCUMBENT, MessageKind.SEAL_COMPLETE);
    public static final Step BEGIN = new Step(false, Side.SUCCESSOR, MessageKind.BEGIN);
    public static final Step READY = new Step(true, Side.SUCCESSOR, MessageKind.READY);
    public static final Step COMMIT = new Step(false, Side.INCUMBENT, MessageKind.COMMIT);

    private final HandoffId id;
    private final List<Taken> taken = new ArrayList<>();
    private Optional<Event.HandoffEnded> end = Optional.empty();

    public HandoffTrail(HandoffId id) {
        this.id = id;
    }

    public HandoffId id() {
        return id;
    }

    /** Takes an event of this handoff, in the journal's order. Heartbeats and seal progress, which may come at any time, are left out. */
    public void add(Event event) {
        switch (event) {
            case Event.MessageReceived e -> add(true, e.from(), e.message(), e.stamp().timeNs());
            case Event.MessageSending e -> add(false, e.to(), e.message(), e.stamp().timeNs());
            case Event.HandoffEnded e -> end = Optional.of(e);
            case Event.CoordinatorStarted _,Event.CoordinatorRestarted _,Event.ServiceConfigured _,Event.StopRequested _,Event.SwapRequested _,Event.AbortRequested _,Event.BinaryResolved _,Event.BinaryRejected _,Event.SpawnOrdered _,Event.Spawned _,Event.SpawnFailed _,Event.ProcessExited _,Event.SessionConnected _,Event.ConnectFailed _,Event.FragmentReceived _,Event.FrameRejected _,Event.SessionClosed _,Event.TimerFired _,Event.FencePassed _,Event.LockSeen _,Event.GateJudged _ ->
                {
                }
        }
    }

    private void add(boolean inbound, Side peer, Message message, long timeNs) {
        if (!(message instanceof Message.Heartbeat) && !(message instanceof Message.SealProgress)) {
            taken.add(new Taken(new Step(inbound, peer, message.kind()), timeNs));
        }
    }

    /** In the journal's order. */
    public List<Taken> taken() {
        return Collections.unmodifiableList(taken);
    }

    /** Empty as long as the journal holds no end. */
    public Optional<Outcome> outcome() {
        return end.map(Event.HandoffEnded::outcome);
    }

    /** From the first of one step to the first of the other after it, by the journal's clock; empty if either is missing. */
    public OptionalLong betweenNs(Step from, Step to) {
        long fromNs = -1;
        for (Taken each : taken) {
            if (fromNs < 0 && each.step().equals(from)) {
                fromNs = each.timeNs();
            } else if (fromNs >= 0 && each.step().equals(to)) {
                return OptionalLong.of(each.timeNs() - fromNs);
            }
        }
        return OptionalLong.empty();
    }
}
