package dev.handoff.stock;

import dev.handoff.codec.FrameEncoder;
import dev.handoff.codec.Message;

/**
 * What a stock session wants done, in the order of the list it comes in. Only the last action of a list asks for an answer
 * (a hook's, the lock's). When a {@link Write} fails, the rest of its list is dropped and the session told.
 */
public sealed interface StockAction {

    /** What an incumbent's session may ask for. */
    sealed interface OfIncumbent extends StockAction {}

    /** What a successor's session may ask for. */
    sealed interface OfSuccessor extends StockAction {}

    /** Write one frame whole. */
    record Write(Message message, int protoVersion) implements OfIncumbent, OfSuccessor {

        /** The frame's bytes. */
        public byte[] frame() {
            return new FrameEncoder().encode(message, protoVersion);
        }
    }

    /** Run the drain hook, and answer with {@link StockIncumbentSession#drainEnded}. {@code graceMs} is unsigned. */
    record RunDrain(long graceMs) implements OfIncumbent {}

    /** Run the seal hook, and answer with {@link StockIncumbentSession#sealEnded}. */
    record RunSeal() implements OfIncumbent {}

    /** Run the resume hook, and answer with {@link StockIncumbentSession#resumeEnded}. */
    record RunResume() implements OfIncumbent {}

    /** Release the data directory's lock. */
    record ReleaseLock() implements OfIncumbent {}

    /** Try for the lock once, and answer with {@code lockTried}. */
    record TakeLock() implements OfIncumbent, OfSuccessor {}

    /** Open the sealed state and start serving, and answer with {@link StockSuccessorSession#stateOpened}. */
    record OpenState() implements OfSuccessor {}

    /** Replace the control socket and go on as the incumbent. */
    record BindControlSocket() implements OfSuccessor {}

    /** Close the session's socket; {@code reason} for the log. */
    record Close(String reason) implements OfIncumbent, OfSuccessor {}

    /** End the process. */
    record Exit(int code, String reason) implements OfIncumbent, OfSuccessor {}
}
