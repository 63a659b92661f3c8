package dev.handoff.replay.verify;

import java.util.Arrays;

import dev.handoff.codec.Message;
import dev.handoff.codec.MessageKind;
import dev.handoff.codec.event.Event;
import dev.handoff.codec.event.EventKind;

/**
 * One record, as a finding names it.
 *
 * @param what its kind, and the message in it if it holds one
 */
public record At(long sequence, String what) {

    private static final String[] RECEIVED = named(EventKind.MESSAGE_RECEIVED);
    private static final String[] SENDING = named(EventKind.MESSAGE_SENDING);

    /** No record: before the first one. */
    static final At NOWHERE = new At(0, "nothing");

    static At of(long sequence, Event event) {
        return new At(sequence, switch (event) {
            case Event.MessageReceived e -> RECEIVED[e.message().kind().discriminant()];
            case Event.MessageSending e -> SENDING[e.message().kind().discriminant()];
            case Event.CoordinatorStarted _,Event.CoordinatorRestarted _,Event.ServiceConfigured _,Event.StopRequested _,Event.SwapRequested _,Event.AbortRequested _,Event.BinaryResolved _,Event.BinaryRejected _,Event.SpawnOrdered _,Event.Spawned _,Event.SpawnFailed _,Event.ProcessExited _,Event.SessionConnected _,Event.ConnectFailed _,Event.FragmentReceived _,Event.FrameRejected _,Event.SessionClosed _,Event.TimerFired _,Event.FencePassed _,Event.LockSeen _,Event.GateJudged _,Event.HandoffEnded _ ->
                EventKind.of(event).eventName();
        });
    }

    static At heartbeatReceived(long sequence) {
        return new At(sequence, RECEIVED[MessageKind.HEARTBEAT.discriminant()]);
    }

    static String sending(Message message) {
        return SENDING[message.kind().discriminant()];
    }

    private static String[] named(EventKind kind) {
        return Arrays.stream(MessageKind.values()).map(message -> kind.eventName() + " " + message.wireName())
                .toArray(String[]::new);
    }

    @Override
    public String toString() {
        return sequence == 0 ? what : "record " + sequence + " (" + what + ")";
    }
}
