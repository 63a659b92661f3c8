package dev.handoff.participant.session;

import dev.handoff.codec.HandoffId;
import dev.handoff.codec.Message;

/** An order of a successor's session to whoever drives it. They are carried out in the order given. */
public sealed interface SuccessorAction {

    /** Queue this frame; {@link SuccessorSession} does it. */
    record Send(Message.FromSuccessor message) implements SuccessorAction {}

    /** The handshake is done: the daemon may warm up. */
    record WarmUp(HandoffId handoffId) implements SuccessorAction {}

    /** Try for the lock; the outcome comes back as an input. */
    record TakeLock() implements SuccessorAction {}

    /** Open the daemon's state; {@link SuccessorInput.Opened} tells when that is done. */
    record OpenState() implements SuccessorAction {}

    /** Read what is left in the channel and close it: a close over unread bytes would reset it under {@code Ready}. */
    record CloseChannel() implements SuccessorAction {}

    /** Put the control socket in place, then accept: this process is the incumbent. */
    record BecomeIncumbent() implements SuccessorAction {}

    /** This successor is given up: exit 1. */
    record ExitFailed(String reason) implements SuccessorAction {}
}
