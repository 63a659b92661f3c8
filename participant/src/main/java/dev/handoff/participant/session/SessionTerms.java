package dev.handoff.participant.session;

import java.util.OptionalInt;

import dev.handoff.codec.BuildId;
import dev.handoff.codec.Capabilities;
import dev.handoff.codec.Message;
import dev.handoff.codec.Side;

/**
 * What does not change while a session lasts.
 *
 * @param pid         this process, 0..2^32-1
 * @param buildId     this build
 * @param heartbeatMs how often to send a heartbeat throughout a handoff; empty where the supervisor announced none, and then
 *                    the extension is not announced either
 * @param holdMs      how long the supervisor may be parked; its silence counts only after this and
 *                    {@link SessionTimes#SILENCE_MS}
 * @param unixZeroMs  the Unix time in ms at the session clock's zero, for the heartbeats' time stamps
 */
public record SessionTerms(long pid, BuildId buildId, OptionalInt heartbeatMs, long holdMs, long unixZeroMs) {

    /** What a participant of this library announces. */
    Capabilities capabilities() {
        return new Capabilities(Capabilities.IDEMPOTENT | (heartbeatMs.isPresent() ? Capabilities.HEARTBEATS : 0));
    }

    Message.Hello hello(Side role) {
        return new Message.Hello(role, pid, buildId, Message.PROTOCOL_VERSION, Message.PROTOCOL_VERSION,
                capabilities());
    }

    Message.Heartbeat heartbeat(long nowMs) {
        return new Message.Heartbeat(unixZeroMs + nowMs);
    }

    /** How long a supervisor that has sent a heartbeat may be silent. */
    long silenceMs() {
        return SessionTimes.after(holdMs, SessionTimes.SILENCE_MS);
    }
}
