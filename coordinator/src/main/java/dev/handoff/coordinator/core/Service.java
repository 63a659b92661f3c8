package dev.handoff.coordinator.core;

import java.util.List;

import dev.handoff.codec.HandoffId;
import dev.handoff.codec.event.Event;
import dev.handoff.codec.event.Outcome;
import dev.handoff.codec.event.ServicePolicy;

/**
 * Everything the coordinator knows of one service.
 *
 * @param number
 *            its number in the journal, from 1
 * @param configured
 *            what the configuration says a cold start runs
 * @param binary
 *            what a cold start runs: the configured one, after a commit the committed one
 * @param sinceNs
 *            when {@code state} was entered
 * @param lastSession
 *            the highest session number given out
 * @param timers
 *            what is armed, and for when; a {@code TimerFired} for any other moment is stale
 * @param departing
 *            committed incumbents that have not exited yet
 * @param owed
 *            decisions that are not in the journal yet, in their order
 * @param last
 *            how the last handoff ended
 */
public record Service(int number, String name, ServicePolicy policy, String configured, String binary, State state,
        long sinceNs, long lastSession, ArmedTimers timers, List<Departing> departing,
        List<Event.Decision> owed, Last last) {

    /**
     * A process on its way out: a committed incumbent, or a successor that turned up after its handoff was over.
     *
     * @param session
     *            the session kept open until it is gone, or {@link Peer#NO_SESSION}
     * @param committed
     *            the handoff that it may exit for, or {@link HandoffId#NONE}
     * @param dueNs
     *            when patience ends
     * @param terminated
     *            whether it got SIGTERM already, so that SIGKILL is next
     */
    public record Departing(Daemon daemon, long session, HandoffId committed, long dueNs, boolean terminated) {}

    /** How a handoff ended, and when. */
    public record Last(HandoffId id, Outcome outcome, String reason, long endedNs) {
        static final Last NONE = new Last(HandoffId.NONE, Outcome.INDETERMINATE, "", 0);
    }

    public Service {
        departing = List.copyOf(departing);
        owed = List.copyOf(owed);
    }

    static Service configured(int number, String name, String binary, ServicePolicy policy, long nowNs) {
        return new Service(number, name, policy, binary, binary, new State.Stopped(), nowNs, 0, ArmedTimers.NONE,
                List.of(), List.of(), Last.NONE);
    }

    /** Nobody configures it any more, and nothing of it runs. */
    Service abandoned(long nowNs) {
        return new Service(number, name, policy, configured, binary, new State.Stopped(), nowNs, lastSession,
                ArmedTimers.NONE, List.of(), owed, last);
    }

    /** The seal got on. */
    Service progressed(State.AwaitingSealComplete sealing) {
        return new Service(number, name, policy, configured, binary, sealing, sinceNs, lastSession, timers, departing,
                owed,
                last);
    }

    /** A committed binary stays in use until the configuration names another than before. */
    Service reconfigured(String newName, String newBinary, ServicePolicy newPolicy) {
        return new Service(number, newName, newPolicy, newBinary, newBinary.equals(configured) ? binary : newBinary,
                state, sinceNs, lastSession, timers, departing, owed, last);
    }
}
