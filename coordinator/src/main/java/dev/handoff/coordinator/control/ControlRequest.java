package dev.handoff.coordinator.control;

import java.util.Optional;

import dev.handoff.codec.HandoffId;

/**
 * What an operator asks of the coordinator. A service may be left out where there is only one. A binary is as the
 * operator's shell knew it, made absolute by the client; without one the configured binary is started.
 */
public sealed interface ControlRequest {

    /**
     * Replace the service's daemon; answered by {@code Accepted} then {@code SwapEnded}, or by {@code Busy}.
     *
     * @param handoffId
     *            what the handoff is to be called: whoever names it can ask again, should the coordinator die before it answers,
     *            and it happens once; without one the coordinator makes one up
     */
    record Swap(Optional<String> service, Optional<String> binary, Optional<HandoffId> handoffId)
            implements
            ControlRequest {}

    /** Roll the handoff in flight back; answered, once it is, by {@code Aborted}, or by {@code NotAborted}. */
    record Abort(Optional<String> service) implements ControlRequest {}

    /** Tell what is; answered by {@code Status}. */
    record AskStatus() implements ControlRequest {}

    /** The Rust supervisor's {@code handoff [BINARY]} line: a swap whose one answer is a line of that protocol. */
    record RustHandoff(Optional<String> binary) implements ControlRequest {}
}
