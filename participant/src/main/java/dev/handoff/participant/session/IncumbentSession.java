package dev.handoff.participant.session;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;

import dev.handoff.codec.Decoded;

/**
 * One supervisor session of the incumbent, from its connection to {@code AcceptAgain} or an exit: bytes, outcomes and time
 * in, bytes and orders out. It does nothing itself. Owned by one thread, which
 *
 * <ol>
 * <li>calls the method for what happened, with a time in ms that is 0 or more and never runs backwards,
 * <li>carries out the actions it returns, in their order, and only then
 * <li>writes what {@link #outgoing} holds, as far as the socket takes it, and tells {@link #wrote},
 * <li>calls {@link #timePassed} at {@link #dueAtMs}, or a little later.
 * </ol>
 *
 * Invariant: {@code SealComplete} is in {@link #outgoing} only when the call that returned {@code ReleaseLock} has returned.
 */
public final class IncumbentSession {

    private final IncumbentProtocol protocol;
    private final Wire wire = new Wire();

    private IncumbentState state = new IncumbentState.AwaitingConnection();
    private boolean closed;

    public IncumbentSession(SessionTerms terms) {
        protocol = new IncumbentProtocol(terms);
    }

    /** A supervisor was accepted: {@code Hello} is to be written. */
    public List<IncumbentAction> connected(long nowMs) {
        return happened(new IncumbentInput.Connected(), nowMs);
    }

    /** Bytes arrived, any number, wherever frames begin; all are taken. */
    public List<IncumbentAction> received(ByteBuffer bytes, long nowMs) {
        if (closed) {
            bytes.position(bytes.limit());
            return List.of();
        }
        wire.arrived(bytes);
        List<IncumbentAction> actions = new ArrayList<>();
        while (!closed) {
            switch (wire.next()) {
                case Decoded.Incomplete _ -> {
                    return actions;
                }
                case Decoded.Frame(int protoVersion, var message, _) ->
                    step(new IncumbentInput.Received(protoVersion, message), nowMs, actions);
                case Decoded.Malformed(var kind, String reason, _) ->
                    step(new IncumbentInput.Lost("the supervisor's bytes are no frame: " + kind + ", " + reason), nowMs,
                            actions);
            }
        }
        return actions;
    }

    /** The kernel took {@code bytes} of {@link #outgoing}. */
    public void wrote(int bytes, long nowMs) {
        wire.wrote(bytes, nowMs);
    }

    /** The outcome of an action, the end of the connection, or a supervisor that waits. */
    public List<IncumbentAction> happened(IncumbentInput input, long nowMs) {
        List<IncumbentAction> actions = new ArrayList<>();
        step(input, nowMs, actions);
        return actions;
    }

    /** It is {@code nowMs}. */
    public List<IncumbentAction> timePassed(long nowMs) {
        return nowMs >= wire.stalledAtMs()
                ? happened(new IncumbentInput.Lost(
                        "the supervisor has taken no byte for " + SessionTimes.WRITE_STALL_MS + " ms"), nowMs)
                : happened(new IncumbentInput.TimePassed(), nowMs);
    }

    /** When {@link #timePassed} is due; {@link SessionTimes#NEVER} for never. */
    public long dueAtMs() {
        return Math.min(protocol.dueAtMs(state), wire.stalledAtMs());
    }

    /** What is to be written, read-only, valid until the next call here. */
    public ByteBuffer outgoing() {
        return wire.outgoing();
    }

    /** What the session awaits. */
    public IncumbentState state() {
        return state;
    }

    private void step(IncumbentInput input, long nowMs, List<IncumbentAction> actions) {
        IncumbentProtocol.Transition transition = protocol.step(state, nowMs, input);
        state = transition.next();
        for (IncumbentAction action : transition.actions()) {
            switch (action) {
                case IncumbentAction.Send(var message) -> wire.send(message, nowMs);
                case IncumbentAction.CloseSession _ -> {
                    closed = true;
                    wire.drop();
                    actions.add(action);
                }
                case IncumbentAction.RunDrain _,IncumbentAction.AbortDrain _,IncumbentAction.RunSeal _,IncumbentAction.ReleaseLock _,IncumbentAction.TakeLock _,IncumbentAction.RunResume _,IncumbentAction.RestoreControlSocket _,IncumbentAction.AcceptAgain _,IncumbentAction.ExitCommitted _,IncumbentAction.ExitFailed _ ->
                    actions.add(action);
            }
        }
    }
}
