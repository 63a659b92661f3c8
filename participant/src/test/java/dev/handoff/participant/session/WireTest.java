package dev.handoff.participant.session;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.ByteBuffer;

import org.junit.jupiter.api.Test;

/** Output that its peer takes slowly, or not at all. */
class WireTest {

    private final IncumbentSession session = new IncumbentSession(Script.HEARTBEATS);

    private void receive(String message, long nowMs) {
        session.received(ByteBuffer.wrap(Script.frame(Script.message(message))), nowMs);
    }

    private void flush(long nowMs) {
        session.wrote(session.outgoing().remaining(), nowMs);
    }

    @Test
    void aWriteWithoutProgressForTenSecondsEndsTheSession() {
        session.connected(0);
        session.wrote(1, 50);
        receive("HelloAck A", 60);
        assertFalse(session.timePassed(10_049).stream()
                .anyMatch(action -> action instanceof IncumbentAction.CloseSession));
        assertInstanceOf(IncumbentAction.CloseSession.class, session.timePassed(10_050).getFirst());
        assertFalse(session.outgoing().hasRemaining());
    }

    @Test
    void aHeartbeatThatIsNotTakenIsNoFailureAndNoSecondOneIsQueued() {
        session.connected(0);
        flush(0);
        receive("HelloAck A", 1);
        session.timePassed(1_001);
        int one = session.outgoing().remaining();
        assertTrue(one > 0);
        for (long nowMs = 2_001; nowMs < 60_000; nowMs += 1_000) {
            assertTrue(session.timePassed(nowMs).isEmpty());
            assertEquals(one, session.outgoing().remaining());
        }
        // What follows it has ten seconds of its own.
        receive("PrepareHandoff A", 60_000);
        session.happened(Script.INCUMBENT_INPUTS.get("drain ended"), 60_001);
        assertTrue(session.timePassed(70_000).isEmpty());
        assertInstanceOf(IncumbentAction.CloseSession.class, session.timePassed(70_001).getFirst());
    }

    @Test
    void aFrameOfTheLargestSizeIsTakenInPieces() {
        session.connected(0);
        flush(0);
        byte[] frame = new byte[4 + (1 << 20)];
        byte[] ack = Script.frame(Script.message("HelloAck A"));
        System.arraycopy(ack, 0, frame, 0, ack.length);
        frame[0] = 0;
        frame[1] = 0;
        frame[2] = 0x10;
        frame[3] = 0;
        for (int i = 0; i < frame.length; i += 1_000) {
            session.received(ByteBuffer.wrap(frame, i, Math.min(1_000, frame.length - i)), 1);
        }
        assertInstanceOf(IncumbentState.AwaitingPrepare.class, session.state());
    }
}
