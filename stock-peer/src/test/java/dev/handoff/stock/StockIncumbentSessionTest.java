package dev.handoff.stock;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.TimeUnit;

import dev.handoff.codec.BuildId;
import dev.handoff.codec.Capabilities;
import dev.handoff.codec.Fingerprint;
import dev.handoff.codec.FrameEncoder;
import dev.handoff.codec.HandoffId;
import dev.handoff.codec.Message;
import dev.handoff.codec.ShardRevisions;
import dev.handoff.codec.Side;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class StockIncumbentSessionTest {

    private static final HandoffId ID = new HandoffId(1, 2);
    private static final HandoffId OTHER = new HandoffId(3, 4);
    private static final BuildId BUILD = BuildId.parse("abcd");
    private static final StockAction.RunDrain DRAIN = new StockAction.RunDrain(200);
    private static final StockAction.RunSeal SEAL = new StockAction.RunSeal();
    private static final StockAction.RunResume RESUME = new StockAction.RunResume();
    private static final StockAction.TakeLock TAKE_LOCK = new StockAction.TakeLock();
    private static final SealOutcome.Sealed SEALED = new SealOutcome.Sealed(ShardRevisions.of(42),
            Fingerprint.of(new byte[32]));
    private static final DrainOutcome.Drained DRAINED = new DrainOutcome.Drained(3, true);
    private static final StockAction.Write WRITE_DRAINED = write(new Message.Drained(3, true));
    private static final StockAction.Write SEAL_COMPLETE = write(
            new Message.SealComplete(ID, SEALED.lastRevisionPerShard(), SEALED.dataDirFingerprint()));
    private static final Message PREPARE = new Message.PrepareHandoff(ID, 7, 1000, 200);

    private StockIncumbentSession session;
    private long nowNs;

    @BeforeEach
    void open() {
        session = new StockIncumbentSession(77, BUILD);
        nowNs = TimeUnit.SECONDS.toNanos(1000);
    }

    @Test
    void theHappyPathEndsWithAnExitOfZero() {
        handshake();
        assertEquals(List.of(DRAIN), receive(PREPARE));
        assertEquals(List.of(WRITE_DRAINED), session.drainEnded(DRAINED, nowNs));
        assertEquals(List.of(SEAL), receive(new Message.SealRequest(ID)));
        assertEquals(List.of(new StockAction.ReleaseLock(), SEAL_COMPLETE), session.sealEnded(SEALED, nowNs),
                "the lock is released before the supervisor hears of it");
        assertEquals(List.of(new StockAction.Close("committed"), new StockAction.Exit(0, "committed")),
                receive(new Message.Commit(ID)));
        assertTrue(session.ended());
    }

    @Test
    void saysHelloFirst() {
        assertEquals(List.of(write(new Message.Hello(Side.INCUMBENT, 77, BUILD, 1, 1, Capabilities.NONE))),
                session.open(nowNs));
    }

    @Test
    void dropsASessionWithoutHelloAckAfterFiveSeconds() {
        session.open(nowNs);
        advance(4_999);
        assertEquals(List.of(), session.tick(nowNs));
        advance(1);
        assertEquals(List.of(new StockAction.Close("no HelloAck in time")), session.tick(nowNs));
        assertTrue(session.ended());
    }

    @Test
    void waitsWithoutLimitAfterHelloAck() {
        handshake();
        assertEquals(StockIncumbentSession.NO_DEADLINE, session.nextDeadlineNs());
        advance(3_600_000);
        assertEquals(List.of(), session.tick(nowNs));
    }

    @Test
    void refusesAVersionItDoesNotSpeakButAnyIdAndAnyFrameVersion() {
        session.open(nowNs);
        assertEquals(List.of(new StockAction.Close("protocol version 2 is not supported")),
                receive(new Message.HelloAck(2, ID)));

        open();
        session.open(nowNs);
        assertEquals(List.of(), deliver(new FrameEncoder().encode(new Message.HelloAck(1, OTHER), 99)));
        assertEquals(List.of(DRAIN), receive(PREPARE), "HelloAck's id is not compared with this one");
    }

    @Test
    void aHeartbeatBeforeHelloAckIsAnError() {
        session.open(nowNs);
        assertClosed(receive(new Message.Heartbeat(1)));
    }

    @Test
    void echoesHeartbeatsOnlyWhileItReads() {
        handshake();
        assertEquals(List.of(write(new Message.Heartbeat(1_000_000))), receive(new Message.Heartbeat(5)));
        receive(PREPARE);
        assertEquals(0, session.bytesWanted(), "a hook runs: the rest stays in the socket");
    }

    @Test
    void sendsAHeartbeatEveryTwoSecondsWhileDrainOrSealRuns() {
        handshake();
        receive(PREPARE);
        assertHeartbeatsEveryTwoSeconds();
        session.drainEnded(DRAINED, nowNs);
        assertEquals(StockIncumbentSession.NO_DEADLINE, session.nextDeadlineNs());
        receive(new Message.SealRequest(ID));
        assertHeartbeatsEveryTwoSeconds();
        session.sealEnded(SEALED, nowNs);
        assertEquals(StockIncumbentSession.NO_DEADLINE, session.nextDeadlineNs());
        receive(new Message.Abort(ID, "why"));
        session.lockTried(LockOutcome.TAKEN, nowNs);
        assertEquals(StockIncumbentSession.NO_DEADLINE, session.nextDeadlineNs(), "none while the resume hook runs");
    }

    private void assertHeartbeatsEveryTwoSeconds() {
        for (int i = 0; i < 3; i++) {
            advance(1_999);
            assertEquals(List.of(), session.tick(nowNs));
            advance(1);
            assertEquals(List.of(write(new Message.Heartbeat(TimeUnit.NANOSECONDS.toMillis(nowNs)))),
                    session.tick(nowNs));
        }
    }

    @Test
    void aHeartbeatThatCannotBeWrittenIsGivenUpButTheAnswerIsStillTried() {
        handshake();
        receive(PREPARE);
        assertEquals(List.of(), session.writeFailed(nowNs));
        assertEquals(StockIncumbentSession.NO_DEADLINE, session.nextDeadlineNs());
        assertEquals(List.of(WRITE_DRAINED), session.drainEnded(DRAINED, nowNs));
        assertEquals(List.of(RESUME), session.writeFailed(nowNs));
    }

    @Test
    void drainsForTheShorterOfTheTwoBudgetsWhichAreUnsigned() {
        handshake();
        assertEquals(List.of(new StockAction.RunDrain(100)),
                receive(new Message.PrepareHandoff(ID, 7, 100, 200)));
        open();
        handshake();
        assertEquals(List.of(new StockAction.RunDrain(200)),
                receive(new Message.PrepareHandoff(ID, 7, -1, 200)));
    }

    @Test
    void aRepeatedPrepareDrainsAgain() {
        drained();
        assertEquals(List.of(DRAIN), receive(PREPARE));
        assertEquals(List.of(WRITE_DRAINED), session.drainEnded(DRAINED, nowNs));
    }

    @Test
    void aRepeatedSealRequestSealsAgainWithoutTheLock() {
        sealed();
        assertEquals(List.of(SEAL), receive(new Message.SealRequest(ID)));
        assertEquals(List.of(SEAL_COMPLETE), session.sealEnded(SEALED, nowNs), "there is no lock left to release");
    }

    @Test
    void aRepeatedSealThatFailsResumesWritingWithoutTheLock() {
        sealed();
        receive(new Message.SealRequest(ID));
        assertEquals(List.of(write(new Message.SealFailed(ID, "no", "")), RESUME),
                session.sealEnded(new SealOutcome.Failed("no"), nowNs));
    }

    @Test
    void aSecondHandoffInTheSessionIsRefused() {
        drained();
        assertEquals(List.of(RESUME), receive(new Message.PrepareHandoff(OTHER, 7, 1, 1)));
        assertClosed(session.resumeEnded(true, nowNs));
    }

    @Test
    void aFailedDrainClosesTheSessionWithoutResuming() {
        handshake();
        receive(PREPARE);
        assertEquals(List.of(new StockAction.Close("the drain failed: disk")),
                session.drainEnded(new DrainOutcome.Failed("disk"), nowNs));
        assertTrue(session.ended());
    }

    @Test
    void aFailedSealResumesAndKeepsTheSessionForAnotherHandoff() {
        drained();
        receive(new Message.SealRequest(ID));
        assertEquals(List.of(write(new Message.SealFailed(ID, "disk", "")), RESUME),
                session.sealEnded(new SealOutcome.Failed("disk"), nowNs));
        assertEquals(0, session.bytesWanted());
        assertEquals(List.of(), session.resumeEnded(true, nowNs));
        assertEquals(List.of(DRAIN), receive(new Message.PrepareHandoff(OTHER, 7, 1000, 200)));
    }

    @Test
    void aSealFailureThatCannotBeSaidStillResumesOnce() {
        drained();
        receive(new Message.SealRequest(ID));
        session.sealEnded(new SealOutcome.Failed("disk"), nowNs);
        assertEquals(List.of(RESUME), session.writeFailed(nowNs));
        assertClosed(session.resumeEnded(true, nowNs));
    }

    @Test
    void theSupervisorsDeathAfterTheDrainResumes() {
        drained();
        assertEquals(List.of(RESUME), session.endOfStream(nowNs));
        assertEquals(List.of(new StockAction.Close("the supervisor disconnected")), session.resumeEnded(true, nowNs));
        assertTrue(session.ended());
    }

    @Test
    void theSupervisorsDeathAfterTheSealTriesForTheLockEvery25MsForTwoSecondsThenExits() {
        sealed();
        assertEquals(List.of(new StockAction.Close("the supervisor disconnected"), TAKE_LOCK),
                session.endOfStream(nowNs));
        List<StockAction.OfIncumbent> last = List.of();
        int tries = 0;
        long startNs = nowNs;
        while (last.isEmpty()) {
            tries++;
            last = session.lockTried(LockOutcome.HELD, nowNs);
            if (last.isEmpty()) {
                advance(24);
                assertEquals(List.of(), session.tick(nowNs));
                advance(1);
                assertEquals(List.of(TAKE_LOCK), session.tick(nowNs));
            }
        }
        assertEquals(List.of(new StockAction.Exit(1, "another process holds the lock: cannot resume")), last);
        assertEquals(2_000, TimeUnit.NANOSECONDS.toMillis(nowNs - startNs));
        assertEquals(81, tries);
    }

    @Test
    void itResumesWhenTheLockBecomesFreeInThatTime() {
        sealed();
        session.endOfStream(nowNs);
        session.lockTried(LockOutcome.HELD, nowNs);
        advance(25);
        session.tick(nowNs);
        assertEquals(List.of(RESUME), session.lockTried(LockOutcome.TAKEN, nowNs));
        assertFalse(session.ended());
        assertEquals(List.of(), session.resumeEnded(true, nowNs));
        assertTrue(session.ended());
    }

    @Test
    void aLockThatCannotEvenBeTriedIsTheEndAtOnce() {
        sealed();
        session.endOfStream(nowNs);
        assertEquals(List.of(new StockAction.Exit(1, "the lock cannot be taken: cannot resume")),
                session.lockTried(LockOutcome.FAILED, nowNs));
    }

    @Test
    void bothAbortAndResumeRollASealedHandoffBack() {
        for (Message message : List.of(new Message.Abort(ID, "why"), new Message.ResumeAfterAbort(ID))) {
            open();
            sealed();
            assertEquals(List.of(TAKE_LOCK), receive(message));
            assertEquals(List.of(RESUME), session.lockTried(LockOutcome.TAKEN, nowNs));
            assertEquals(List.of(), session.resumeEnded(true, nowNs));
            assertEquals(List.of(DRAIN), receive(new Message.PrepareHandoff(OTHER, 7, 1000, 200)));
        }
    }

    @Test
    void anAbortAfterTheDrainResumesAndASecondOneEndsTheSession() {
        drained();
        assertEquals(List.of(RESUME), receive(new Message.Abort(ID, "why")));
        session.resumeEnded(true, nowNs);
        assertEquals(List.of(new StockAction.Close("ABORT for an unknown handoff id")),
                receive(new Message.Abort(ID, "why")));
    }

    @Test
    void aLockStillHeldAtResumeEndsTheSessionAndIsTriedForAgain() {
        sealed();
        receive(new Message.ResumeAfterAbort(ID));
        assertEquals(List.of(new StockAction.Close("the lock could not be retaken: HELD"), TAKE_LOCK),
                session.lockTried(LockOutcome.HELD, nowNs));
        assertEquals(List.of(RESUME), session.lockTried(LockOutcome.TAKEN, nowNs));
    }

    @Test
    void aResumeThatFailsEndsTheSessionWithTheLockHeld() {
        sealed();
        receive(new Message.ResumeAfterAbort(ID));
        session.lockTried(LockOutcome.TAKEN, nowNs);
        assertClosed(session.resumeEnded(false, nowNs));
        assertTrue(session.ended());
    }

    @Test
    void aCommitBeforeTheSealIsRefusedAndItResumes() {
        drained();
        assertEquals(List.of(RESUME), receive(new Message.Commit(ID)));
        assertEquals(List.of(new StockAction.Close("Commit before SealComplete")), session.resumeEnded(true, nowNs));
    }

    @Test
    void anotherIdEndsTheSession() {
        handshake();
        assertClosed(receive(new Message.SealRequest(ID)));
        for (Message message : List.of(new Message.SealRequest(OTHER), new Message.Commit(OTHER),
                new Message.Abort(OTHER, ""), new Message.ResumeAfterAbort(OTHER))) {
            open();
            drained();
            assertEquals(List.of(RESUME), receive(message));
            open();
            sealed();
            assertEquals(TAKE_LOCK, receive(message).getLast());
        }
    }

    @Test
    void aMessageFromTheWrongSideOrOutOfOrderEndsTheSession() {
        for (Message message : List.of(new Message.Begin(ID), new Message.HelloAck(1, ID),
                new Message.Ready(ID, List.of(), true, ShardRevisions.EMPTY), new Message.Drained(0, true))) {
            open();
            handshake();
            assertClosed(receive(message));
        }
    }

    @Test
    void malformedBytesEndTheSession() {
        handshake();
        assertClosed(deliver(new byte[]{1, 0, 0, 0}));
        open();
        handshake();
        assertClosed(deliver(new byte[]{0, 0, 0x20, 0}));
    }

    @Test
    void takesOneFrameAtATimeAndNothingBehindIt() {
        handshake();
        assertEquals(4, session.bytesWanted());
        byte[] frame = new FrameEncoder().encode(PREPARE);
        assertEquals(List.of(), session.received(frame, 3, nowNs));
        assertEquals(1, session.bytesWanted());
        assertEquals(List.of(), session.received(Arrays.copyOfRange(frame, 3, 4), 1, nowNs));
        assertEquals(frame.length - 4, session.bytesWanted());
        assertThrows(IllegalArgumentException.class, () -> session.received(new byte[99], 99, nowNs));
        assertEquals(List.of(DRAIN),
                session.received(Arrays.copyOfRange(frame, 4, frame.length), frame.length - 4, nowNs));
    }

    private void handshake() {
        session.open(nowNs);
        assertEquals(List.of(), receive(new Message.HelloAck(1, ID)));
    }

    private void drained() {
        handshake();
        receive(PREPARE);
        session.drainEnded(DRAINED, nowNs);
    }

    private void sealed() {
        drained();
        receive(new Message.SealRequest(ID));
        session.sealEnded(SEALED, nowNs);
    }

    private void advance(long ms) {
        nowNs += TimeUnit.MILLISECONDS.toNanos(ms);
    }

    private List<StockAction.OfIncumbent> receive(Message message) {
        return deliver(new FrameEncoder().encode(message));
    }

    /** Hands bytes over as the session asks for them. */
    private List<StockAction.OfIncumbent> deliver(byte[] bytes) {
        List<StockAction.OfIncumbent> actions = new ArrayList<>();
        int offset = 0;
        while (offset < bytes.length) {
            int wanted = Math.min(session.bytesWanted(), bytes.length - offset);
            actions.addAll(session.received(Arrays.copyOfRange(bytes, offset, offset + wanted), wanted, nowNs));
            offset += wanted;
        }
        return actions;
    }

    private void assertClosed(List<StockAction.OfIncumbent> actions) {
        assertEquals(1, actions.size(), actions::toString);
        assertTrue(actions.getFirst() instanceof StockAction.Close, actions::toString);
        assertTrue(session.ended());
    }

    private static StockAction.Write write(Message message) {
        return new StockAction.Write(message, 1);
    }
}
