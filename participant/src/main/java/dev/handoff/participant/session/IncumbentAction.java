package dev.handoff.participant.session;

import dev.handoff.codec.HandoffId;
import dev.handoff.codec.Message;
import dev.handoff.participant.AbortedAt;

/** An order of an incumbent's session to whoever drives it. They are carried out in the order given. */
public sealed interface IncumbentAction {

    /** Queue this frame; {@link IncumbentSession} does it. */
    record Send(Message.FromIncumbent message) implements IncumbentAction {}

    /** Run the drain hook; its outcome comes back as an input. {@code successorPid} is 0..2^32-1, {@code graceMs} unsigned. */
    record RunDrain(HandoffId handoffId, long successorPid, long graceMs) implements IncumbentAction {}

    /** The drain that runs is for nothing: let it know. */
    record AbortDrain() implements IncumbentAction {}

    /** Run the seal hook; its outcome comes back as an input. */
    record RunSeal(HandoffId handoffId) implements IncumbentAction {}

    /** Release the data directory's lock. Any {@code SealComplete} is written only after this has been done. */
    record ReleaseLock() implements IncumbentAction {}

    /** Try for the lock once; the outcome comes back as an input. */
    record TakeLock() implements IncumbentAction {}

    /** Run the resume hook; its outcome comes back as an input. */
    record RunResume(AbortedAt at) implements IncumbentAction {}

    /** The daemon serves again: make sure that the control path leads to its socket. */
    record RestoreControlSocket() implements IncumbentAction {}

    /** Close the connection; what is queued for it is dropped. */
    record CloseSession(String reason) implements IncumbentAction {}

    /** This session is over and the daemon serves: accept the next one. */
    record AcceptAgain() implements IncumbentAction {}

    /** A successor has taken over: exit 0. */
    record ExitCommitted(HandoffId handoffId) implements IncumbentAction {}

    /** The daemon cannot serve on: exit 1. */
    record ExitFailed(String reason) implements IncumbentAction {}
}
