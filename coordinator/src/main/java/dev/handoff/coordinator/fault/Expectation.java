package dev.handoff.coordinator.fault;

import java.util.List;

import dev.handoff.codec.Message;
import dev.handoff.codec.Side;
import dev.handoff.codec.event.Event;
import dev.handoff.codec.event.Outcome;
import dev.handoff.coordinator.fault.Fault.Victim;

/**
 * How a handoff has to end in which a process was killed, by the protocol page.
 *
 * @param outcome as the journal has it, or {@link #NOT_STARTED}
 * @param why     where it is not the commit that one would wish for; else empty
 */
public record Expectation(String outcome, String why) {

    /** There was no handoff. */
    public static final String NOT_STARTED = "not_started";

    private static final Expectation COMMITTED = new Expectation(Outcome.COMMITTED.wireName(), "");

    /**
     * Which row applies, from what the journal says had happened.
     *
     * @param early   whether the kill may have come before anybody could ask
     * @param handoff every record of the handoff
     */
    public static Expectation of(Victim victim, boolean early, List<Event> handoff) {
        if (early && handoff.isEmpty()) {
            return new Expectation(NOT_STARTED,
                    "there was no coordinator to ask when the swap was asked for, and nobody had been told that a handoff began");
        }
        return switch (victim) {
            case COORDINATOR -> COMMITTED;
            case INCUMBENT -> handoff.stream().anyMatch(Expectation::incumbentGreets)
                    ? COMMITTED
                    : new Expectation(Outcome.ROLLED_BACK.wireName(),
                            "the incumbent died before it had said hello, so no successor was started: the daemon is"
                                    + " started from cold");
            case SUCCESSOR -> handoff.stream().anyMatch(Event.LockSeen.class::isInstance) && passed(handoff)
                    ? COMMITTED
                    : new Expectation(Outcome.ROLLED_BACK.wireName(),
                            "the successor died before its Ready had passed the gates: the incumbent serves on");
        };
    }

    private static boolean incumbentGreets(Event event) {
        return event instanceof Event.MessageReceived received && received.from() == Side.INCUMBENT
                && received.message() instanceof Message.Hello;
    }

    /** Whether the kernel saw the lock with the successor: from then on it is the authority. */
    private static boolean passed(List<Event> handoff) {
        long successor = 0;
        for (Event event : handoff) {
            if (event instanceof Event.Spawned spawned && spawned.role() == Side.SUCCESSOR) {
                successor = spawned.pid();
            } else if (event instanceof Event.LockSeen seen && seen.holderPid() == successor) {
                return true;
            }
        }
        return false;
    }
}
