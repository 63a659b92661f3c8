package dev.handoff.coordinator.fault;

import java.util.Locale;

import dev.handoff.codec.Message;
import dev.handoff.codec.Side;
import dev.handoff.codec.event.Event;
import dev.handoff.codec.event.EventKind;
import dev.handoff.coordinator.core.Effect;

/**
 * What a record and an effect are called in a {@link Step}: the kind, and behind it what tells two of a kind apart in one
 * handoff, be it the message, the side where it may be either, the timer or the gate.
 */
public final class StepNames {

    private static final String EFFECT = "Effect.";

    private StepNames() {}

    /** {@code MessageReceived.Hello.incumbent}, {@code Spawned.successor}, {@code TimerFired.hello}, {@code LockSeen}. */
    public static String of(Event event) {
        return EventKind.of(event).eventName() + switch (event) {
            case Event.MessageReceived e -> part(received(e.message(), e.from()));
            case Event.MessageSending e -> part(sent(e.message(), e.to()));
            case Event.SpawnOrdered e -> part(e.role());
            case Event.Spawned e -> part(e.role());
            case Event.SpawnFailed e -> part(e.role());
            case Event.FragmentReceived e -> part(e.from());
            case Event.FrameRejected e -> part(e.from());
            case Event.SessionClosed e -> part(e.peer());
            case Event.TimerFired e -> part(e.kind());
            case Event.GateJudged e -> part(e.gate());
            case Event.CoordinatorStarted _,Event.CoordinatorRestarted _,Event.ServiceConfigured _,Event.StopRequested _,Event.SwapRequested _,Event.AbortRequested _,Event.BinaryResolved _,Event.BinaryRejected _,Event.ProcessExited _,Event.SessionConnected _,Event.ConnectFailed _,Event.FencePassed _,Event.LockSeen _,Event.HandoffEnded _ ->
                "";
        };
    }

    /** {@code Effect.SendToIncumbent.SealRequest}, {@code Effect.ArmTimer.hello}, {@code Effect.SpawnSuccessor}. */
    public static String of(Effect effect) {
        return EFFECT + effect.getClass().getSimpleName() + switch (effect) {
            case Effect.SendToIncumbent e -> part(e.message().kind().wireName());
            case Effect.SendToSuccessor e -> part(e.message().kind().wireName());
            case Effect.ArmTimer e -> part(e.kind());
            case Effect.CancelTimer e -> part(e.kind());
            case Effect.Note e -> part(of(e.decision()));
            case Effect.Respond e -> part(e.answer().getClass().getSimpleName());
            case Effect.Connect _,Effect.CloseSession _,Effect.ResolveBinary _,Effect.SpawnSuccessor _,Effect.SpawnIncumbent _,Effect.Terminate _,Effect.Kill _,Effect.Fence _,Effect.LookAtLock _,Effect.Exit _ ->
                "";
        };
    }

    private static String received(Message message, Side from) {
        boolean either = message instanceof Message.FromIncumbent && message instanceof Message.FromSuccessor;
        return message.kind().wireName() + (either ? part(from) : "");
    }

    private static String sent(Message message, Side to) {
        boolean either = message instanceof Message.ToIncumbent && message instanceof Message.ToSuccessor;
        return message.kind().wireName() + (either ? part(to) : "");
    }

    private static String part(String name) {
        return "." + name;
    }

    private static String part(Enum<?> name) {
        return "." + name.name().toLowerCase(Locale.ROOT);
    }
}
