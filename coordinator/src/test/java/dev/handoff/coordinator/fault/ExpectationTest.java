package dev.handoff.coordinator.fault;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import java.util.List;

import dev.handoff.codec.BuildId;
import dev.handoff.codec.Capabilities;
import dev.handoff.codec.HandoffId;
import dev.handoff.codec.Message;
import dev.handoff.codec.Side;
import dev.handoff.codec.event.Event;
import dev.handoff.codec.event.Stamp;
import dev.handoff.coordinator.fault.Fault.Victim;
import org.junit.jupiter.api.Test;

class ExpectationTest {

    private static final HandoffId ID = HandoffId.parse("0b51cbd2-9d51-4cde-8d3f-1d0d8c1d5b4a");
    private static final Stamp STAMP = new Stamp(1, 1, ID);
    private static final Event REQUESTED = new Event.SwapRequested(STAMP, 1, 0, 1, "", "");
    private static final Event GREETED = new Event.MessageReceived(STAMP, 1, Side.INCUMBENT, 0, 1,
            new Message.Hello(Side.INCUMBENT, 7, BuildId.of(new byte[]{1}), 1, 1, Capabilities.NONE));
    private static final Event SPAWNED = new Event.Spawned(STAMP, Side.SUCCESSOR, 8, 1);

    private static String outcome(Victim victim, Event... handoff) {
        return Expectation.of(victim, true, List.of(handoff)).outcome();
    }

    @Test
    void aCoordinatorsDeathCostsNoHandoffThatIsInTheJournal() {
        assertEquals("committed", outcome(Victim.COORDINATOR, REQUESTED));
        assertEquals("not_started", outcome(Victim.COORDINATOR));
        assertFalse(Expectation.of(Victim.COORDINATOR, true, List.of()).why().isEmpty());
        assertEquals("committed", Expectation.of(Victim.COORDINATOR, false, List.of()).outcome());
    }

    @Test
    void anIncumbentsDeathIsRecoveredForwardOnceItHasSaidHello() {
        assertEquals("rolled_back", outcome(Victim.INCUMBENT, REQUESTED));
        assertEquals("committed", outcome(Victim.INCUMBENT, REQUESTED, GREETED));
    }

    @Test
    void aSuccessorsDeathIsRolledBackUntilTheKernelSawItsLock() {
        assertEquals("rolled_back", outcome(Victim.SUCCESSOR, REQUESTED, GREETED, SPAWNED));
        assertEquals("rolled_back",
                outcome(Victim.SUCCESSOR, REQUESTED, GREETED, SPAWNED, new Event.LockSeen(STAMP, 0)));
        assertEquals("committed",
                outcome(Victim.SUCCESSOR, REQUESTED, GREETED, SPAWNED, new Event.LockSeen(STAMP, 8)));
    }
}
