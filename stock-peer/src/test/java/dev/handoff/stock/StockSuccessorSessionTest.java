package dev.handoff.stock;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.TimeUnit;

import dev.handoff.codec.BuildId;
import dev.handoff.codec.Capabilities;
import dev.handoff.codec.FrameEncoder;
import dev.handoff.codec.HandoffId;
import dev.handoff.codec.Message;
import dev.handoff.codec.ShardRevisions;
import dev.handoff.codec.Side;
import org.junit.jupiter.api.Test;

class StockSuccessorSessionTest {

    private static final HandoffId ID = new HandoffId(1, 2);
    private static final HandoffId OTHER = new HandoffId(3, 4);
    private static final StockAction.TakeLock TAKE_LOCK = new StockAction.TakeLock();
    private static final StockSuccessorSession.Readiness READINESS = new StockSuccessorSession.Readiness(
            List.of("127.0.0.1:1"), true, ShardRevisions.of(43));
    private static final Message READY = new Message.Ready(ID, List.of("127.0.0.1:1"), true, ShardRevisions.of(43));

    private StockSuccessorSession session = new StockSuccessorSession(77, BuildId.EMPTY, false);
    private long nowNs = TimeUnit.SECONDS.toNanos(1000);

    @Test
    void theHappyPathClosesTheChannelRightAfterReadyAndBindsThen() {
        assertEquals(
                List.of(new StockAction.Write(
                        new Message.Hello(Side.SUCCESSOR, 77, BuildId.EMPTY, 1, 1, Capabilities.NONE), 1)),
                session.open());
        assertEquals(List.of(), receive(new Message.HelloAck(1, ID)));
        assertEquals(List.of(TAKE_LOCK), receive(new Message.Begin(ID)));
        assertEquals(List.of(new StockAction.OpenState()), session.lockTried(LockOutcome.TAKEN));
        assertEquals(List.of(new StockAction.Write(READY, 1), new StockAction.Close("ready"),
                new StockAction.BindControlSocket()), session.stateOpened(READINESS));
        assertTrue(session.ended());
    }

    @Test
    void takesAnyChosenVersionAndAnswersInIt() {
        session.open();
        receive(new Message.HelloAck(9, ID));
        receive(new Message.Begin(ID));
        session.lockTried(LockOutcome.TAKEN);
        assertEquals(new StockAction.Write(READY, 9), session.stateOpened(READINESS).getFirst());
    }

    @Test
    void waitsWithoutLimitForHelloAckAndForBegin() {
        session.open();
        assertEquals(StockIncumbentSession.NO_DEADLINE, session.nextDeadlineNs());
        receive(new Message.HelloAck(1, ID));
        assertEquals(StockIncumbentSession.NO_DEADLINE, session.nextDeadlineNs());
    }

    @Test
    void skipsHeartbeatsBetweenHelloAckAndBeginWithoutAnEcho() {
        handshake();
        assertEquals(List.of(), receive(new Message.Heartbeat(1)));
        assertEquals(List.of(TAKE_LOCK), receive(new Message.Begin(ID)));
    }

    @Test
    void aHeartbeatBeforeHelloAckIsTheEnd() {
        session.open();
        assertExit(receive(new Message.Heartbeat(1)));
    }

    @Test
    void anotherIdIsTheEnd() {
        handshake();
        assertExit(receive(new Message.Begin(OTHER)));
    }

    @Test
    void anAbortOfAnyIdIsTheEnd() {
        handshake();
        assertEquals(List.of(new StockAction.Close("aborted: why"), new StockAction.Exit(1, "aborted: why")),
                receive(new Message.Abort(OTHER, "why")));
    }

    @Test
    void anythingElseIsTheEnd() {
        handshake();
        assertExit(receive(new Message.Commit(ID)));
        session = new StockSuccessorSession(77, BuildId.EMPTY, false);
        handshake();
        assertExit(receive(new Message.HelloAck(1, ID)));
        session = new StockSuccessorSession(77, BuildId.EMPTY, false);
        handshake();
        assertExit(session.received(new byte[]{0, 0, 0, 0}, 4, nowNs));
    }

    @Test
    void aChannelThatClosesBeforeBeginIsTheEnd() {
        handshake();
        assertExit(session.endOfStream());
    }

    @Test
    void readsNothingAfterBegin() {
        begun();
        assertEquals(0, session.bytesWanted());
        session.lockTried(LockOutcome.TAKEN);
        assertEquals(0, session.bytesWanted());
    }

    @Test
    void aLockHeldElsewhereIsTheEndAtTheFirstTry() {
        begun();
        assertExit(session.lockTried(LockOutcome.HELD));
    }

    @Test
    void aStateThatCannotBeOpenedIsTheEnd() {
        begun();
        session.lockTried(LockOutcome.TAKEN);
        assertExit(session.stateNotOpened("damaged"));
    }

    @Test
    void aReadyThatCannotBeWrittenIsTheEnd() {
        begun();
        session.lockTried(LockOutcome.TAKEN);
        session.stateOpened(READINESS);
        assertExit(session.writeFailed());
    }

    @Test
    void sendsHeartbeatsWhileOpeningOnlyWhenItsProgramAskedForThem() {
        begun();
        session.lockTried(LockOutcome.TAKEN);
        assertEquals(StockIncumbentSession.NO_DEADLINE, session.nextDeadlineNs());

        session = new StockSuccessorSession(77, BuildId.EMPTY, true);
        begun();
        session.lockTried(LockOutcome.TAKEN);
        nowNs += TimeUnit.MILLISECONDS.toNanos(1_999);
        assertEquals(List.of(), session.tick(nowNs));
        nowNs += TimeUnit.MILLISECONDS.toNanos(1);
        assertEquals(List.of(new StockAction.Write(new Message.Heartbeat(1_002_000), 1)), session.tick(nowNs));
        assertEquals(List.of(), session.writeFailed(), "one that cannot be written is given up");
        assertEquals(StockIncumbentSession.NO_DEADLINE, session.nextDeadlineNs());
    }

    private void handshake() {
        session.open();
        receive(new Message.HelloAck(1, ID));
    }

    private void begun() {
        handshake();
        receive(new Message.Begin(ID));
    }

    private List<StockAction.OfSuccessor> receive(Message message) {
        byte[] bytes = new FrameEncoder().encode(message);
        List<StockAction.OfSuccessor> actions = new ArrayList<>();
        int offset = 0;
        while (offset < bytes.length) {
            int wanted = session.bytesWanted();
            actions.addAll(session.received(Arrays.copyOfRange(bytes, offset, offset + wanted), wanted, nowNs));
            offset += wanted;
        }
        return actions;
    }

    private void assertExit(List<StockAction.OfSuccessor> actions) {
        assertEquals(2, actions.size(), actions::toString);
        assertTrue(actions.getFirst() instanceof StockAction.Close, actions::toString);
        assertTrue(actions.getLast() instanceof StockAction.Exit exit && exit.code() == 1, actions::toString);
        assertTrue(session.ended());
    }
}
