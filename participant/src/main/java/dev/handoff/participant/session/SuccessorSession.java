package dev.handoff.participant.session;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;

import dev.handoff.codec.Decoded;

/**
 * The successor's session, from its control channel to incumbent or exit: bytes, outcomes and time in, bytes and orders out.
 * It does nothing itself. Owned by one thread, which drives it as {@link IncumbentSession} is driven; here {@link #wrote}
 * returns actions too.
 */
public final class SuccessorSession {

    private final SuccessorProtocol protocol;
    private final Wire wire = new Wire();

    private SuccessorState state = new SuccessorState.AwaitingConnection();
    private boolean closed;

    public SuccessorSession(SessionTerms terms) {
        protocol = new SuccessorProtocol(terms);
    }

    /** The channel is there: {@code Hello} is to be written. */
    public List<SuccessorAction> connected(long nowMs) {
        return happened(new SuccessorInput.Connected(), nowMs);
    }

    /** Bytes arrived, any number, wherever frames begin; all are taken. */
    public List<SuccessorAction> received(ByteBuffer bytes, long nowMs) {
        if (closed) {
            bytes.position(bytes.limit());
            return List.of();
        }
        wire.arrived(bytes);
        List<SuccessorAction> actions = new ArrayList<>();
        while (!closed) {
            switch (wire.next()) {
                case Decoded.Incomplete _ -> {
                    return actions;
                }
                case Decoded.Frame(int protoVersion, var message, _) ->
                    step(new SuccessorInput.Received(protoVersion, message), nowMs, actions);
                case Decoded.Malformed(var kind, String reason, _) ->
                    step(new SuccessorInput.Lost("the supervisor's bytes are no frame: " + kind + ", " + reason), nowMs,
                            actions);
            }
        }
        return actions;
    }

    /** The kernel took {@code bytes} of {@link #outgoing}. */
    public List<SuccessorAction> wrote(int bytes, long nowMs) {
        wire.wrote(bytes, nowMs);
        return wire.flushed() && bytes > 0 ? happened(new SuccessorInput.Flushed(), nowMs) : List.of();
    }

    /** The outcome of an action, or the end of the channel. */
    public List<SuccessorAction> happened(SuccessorInput input, long nowMs) {
        List<SuccessorAction> actions = new ArrayList<>();
        step(input, nowMs, actions);
        return actions;
    }

    /** It is {@code nowMs}. */
    public List<SuccessorAction> timePassed(long nowMs) {
        return nowMs >= wire.stalledAtMs()
                ? happened(new SuccessorInput.Lost(
                        "the supervisor has taken no byte for " + SessionTimes.WRITE_STALL_MS + " ms"), nowMs)
                : happened(new SuccessorInput.TimePassed(), nowMs);
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
    public SuccessorState state() {
        return state;
    }

    private void step(SuccessorInput input, long nowMs, List<SuccessorAction> actions) {
        SuccessorProtocol.Transition transition = protocol.step(state, nowMs, input);
        state = transition.next();
        for (SuccessorAction action : transition.actions()) {
            switch (action) {
                case SuccessorAction.Send(var message) -> wire.send(message, nowMs);
                case SuccessorAction.CloseChannel _ -> {
                    closed = true;
                    wire.drop();
                    actions.add(action);
                }
                case SuccessorAction.WarmUp _,SuccessorAction.TakeLock _,SuccessorAction.OpenState _,SuccessorAction.BecomeIncumbent _,SuccessorAction.ExitFailed _ ->
                    actions.add(action);
            }
        }
    }
}
