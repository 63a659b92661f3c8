package dev.handoff.participant.session;

import dev.handoff.codec.HandoffId;
import dev.handoff.codec.Message;

/**
 * The connection to the supervisor after its {@code HelloAck}, as far as decisions depend on it.
 *
 * @param open           false once the session is lost while the daemon is still in a hook
 * @param ack            the supervisor's answer: a frame of another version, or an id that it did not assign, ends the session
 * @param heardMs        when a frame last arrived
 * @param heartbeatHeard whether one was a heartbeat during this handoff: only then does silence count
 * @param beatMs         when we last sent a heartbeat, or last began to owe them
 */
public record Link(boolean open, Message.HelloAck ack, long heardMs, boolean heartbeatHeard, long beatMs) {

    static Link established(Message.HelloAck ack, long nowMs) {
        return new Link(true, ack, nowMs, false, nowMs);
    }

    HandoffId ackedId() {
        return ack.handoffId();
    }

    Link heard(long nowMs) {
        return new Link(open, ack, nowMs, heartbeatHeard, beatMs);
    }

    Link heardHeartbeat() {
        return new Link(open, ack, heardMs, true, beatMs);
    }

    /** A handoff begins or ends on a session that is kept: the supervisor's silence counts anew. */
    Link forgetHeartbeats(long nowMs) {
        return new Link(open, ack, heardMs, false, nowMs);
    }

    Link beatAt(long nowMs) {
        return new Link(open, ack, heardMs, heartbeatHeard, nowMs);
    }

    Link closed() {
        return new Link(false, ack, heardMs, heartbeatHeard, beatMs);
    }
}
