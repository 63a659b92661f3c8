package dev.handoff.stock;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

import dev.handoff.codec.BuildId;
import dev.handoff.codec.Capabilities;
import dev.handoff.codec.Decoded;
import dev.handoff.codec.HandoffId;
import dev.handoff.codec.Message;
import dev.handoff.codec.Side;

/**
 * One supervisor's session at a stock incumbent: bytes and time in, actions out. It reads no clock and does no I/O; whoever
 * drives it passes the time, nanoseconds since the Unix epoch that never step back, and gives it only what
 * {@link #bytesWanted} asks for. One thread.
 *
 * <p>
 * What makes it stock: it reads nothing while a hook runs, and sends a heartbeat every 2 s meanwhile; a repeated
 * {@code PrepareHandoff} drains again, a repeated {@code SealRequest} seals again though the lock is gone; nothing checks
 * {@code HelloAck}'s id or a frame's version; after a failed drain it does not resume.
 */
public final class StockIncumbentSession {

    /** A session whose supervisor is silent this long before its {@code HelloAck} is dropped. */
    public static final long HELLO_ACK_TIMEOUT_NS = TimeUnit.SECONDS.toNanos(5);
    /** Between two heartbeats while a drain or seal hook runs. */
    public static final long HEARTBEAT_INTERVAL_NS = TimeUnit.SECONDS.toNanos(2);
    /** Between two tries for the lock after a session that ended sealed. */
    public static final long LOCK_RETRY_INTERVAL_NS = TimeUnit.MILLISECONDS.toNanos(25);
    /** How long it tries before it gives up and exits. */
    public static final long LOCK_RETRY_LIMIT_NS = TimeUnit.SECONDS.toNanos(2);
    /** {@link #nextDeadlineNs} when no time matters. */
    public static final long NO_DEADLINE = Long.MAX_VALUE;

    private enum Phase {
        NEW,
        AWAITING_HELLO_ACK,
        READING,
        DRAINING,
        SEALING,
        /** The lock is tried for once, on the supervisor's request. */
        RETAKING_LOCK,
        /** The resume hook runs because the seal failed; because of an abort; because the session ends; after its end. */
        RESUMING_AFTER_FAILED_SEAL,
        RESUMING_AFTER_ABORT,
        RESUMING_AT_END,
        RESUMING_AFTER_END,
        /** The session is closed, the lock is gone and tried for again and again. */
        RETAKING_LOCK_AFTER_END,
        ENDED
    }

    private final int pid;
    private final BuildId buildId;
    private final FrameReader reader = new FrameReader();

    private Phase phase = Phase.NEW;
    private long deadlineNs = NO_DEADLINE;
    private long lockGiveUpNs;
    private boolean lockHeld = true;
    private HandoffId active;
    private boolean drained;
    private boolean sealed;
    private boolean endedInError;
    private String endReason = "";

    /** For an incumbent that holds its lock; a new one for every session. */
    public StockIncumbentSession(int pid, BuildId buildId) {
        this.pid = pid;
        this.buildId = buildId;
    }

    /** A supervisor has connected. */
    public List<StockAction.OfIncumbent> open(long nowNs) {
        require(Phase.NEW);
        phase = Phase.AWAITING_HELLO_ACK;
        deadlineNs = nowNs + HELLO_ACK_TIMEOUT_NS;
        return List.of(write(new Message.Hello(Side.INCUMBENT, pid, buildId, Message.PROTOCOL_VERSION,
                Message.PROTOCOL_VERSION, Capabilities.NONE)));
    }

    /** How many bytes it would read now; 0: it reads nothing, and whatever arrives stays in the socket. */
    public int bytesWanted() {
        return switch (phase) {
            case AWAITING_HELLO_ACK, READING -> reader.bytesWanted();
            case NEW, DRAINING, SEALING, RETAKING_LOCK, RESUMING_AFTER_FAILED_SEAL, RESUMING_AFTER_ABORT,
                    RESUMING_AT_END,
                    RESUMING_AFTER_END, RETAKING_LOCK_AFTER_END, ENDED ->
                0;
        };
    }

    /** Whether the session is over and the incumbent accepts the next one (unless it was told to exit). */
    public boolean ended() {
        return phase == Phase.ENDED;
    }

    /** When {@link #tick} is due, or {@link #NO_DEADLINE}. */
    public long nextDeadlineNs() {
        return deadlineNs;
    }

    /** Takes the first {@code count} of {@code bytes}, at least 1 and at most {@link #bytesWanted}. */
    public List<StockAction.OfIncumbent> received(byte[] bytes, int count, long nowNs) {
        if (phase == Phase.AWAITING_HELLO_ACK) {
            // The limit is a read timeout: every byte restarts it.
            deadlineNs = nowNs + HELLO_ACK_TIMEOUT_NS;
        }
        return switch (reader.take(bytes, count)) {
            case Decoded.Incomplete incomplete -> List.of();
            case Decoded.Malformed malformed -> fail("malformed frame: " + malformed.reason(), nowNs);
            case Decoded.Frame frame -> handle(frame.message(), nowNs);
        };
    }

    /** The supervisor's stream has ended or was reset. Only while it reads: a hook does not notice. */
    public List<StockAction.OfIncumbent> endOfStream(long nowNs) {
        if (phase == Phase.AWAITING_HELLO_ACK) {
            return fail("the supervisor left before its HelloAck", nowNs);
        }
        require(Phase.READING);
        return end(sealed, "the supervisor disconnected", nowNs);
    }

    /** A frame could not be written. A heartbeat beside a hook is given up silently, anything else ends the session. */
    public List<StockAction.OfIncumbent> writeFailed(long nowNs) {
        if (phase == Phase.DRAINING || phase == Phase.SEALING) {
            deadlineNs = NO_DEADLINE;
            return List.of();
        }
        return fail("a frame could not be written", nowNs);
    }

    /** Time has passed; does what is due. */
    public List<StockAction.OfIncumbent> tick(long nowNs) {
        if (nowNs < deadlineNs) {
            return List.of();
        }
        return switch (phase) {
            case AWAITING_HELLO_ACK -> fail("no HelloAck in time", nowNs);
            case DRAINING, SEALING -> {
                deadlineNs = nowNs + HEARTBEAT_INTERVAL_NS;
                yield List.of(heartbeat(nowNs));
            }
            case RETAKING_LOCK_AFTER_END -> {
                deadlineNs = NO_DEADLINE;
                yield List.of(new StockAction.TakeLock());
            }
            case NEW, READING, RETAKING_LOCK, RESUMING_AFTER_FAILED_SEAL, RESUMING_AFTER_ABORT, RESUMING_AT_END,
                    RESUMING_AFTER_END, ENDED ->
                List.of();
        };
    }

    /** The answer to {@link StockAction.RunDrain}. */
    public List<StockAction.OfIncumbent> drainEnded(DrainOutcome outcome, long nowNs) {
        require(Phase.DRAINING);
        deadlineNs = NO_DEADLINE;
        phase = Phase.READING;
        return switch (outcome) {
            case DrainOutcome.Drained(long openConnsRemaining, boolean acceptClosed) -> {
                drained = true;
                yield List.of(write(new Message.Drained(openConnsRemaining, acceptClosed)));
            }
            // Not drained, so that nothing resumes the program: it may stay deaf.
            case DrainOutcome.Failed(String error) -> fail("the drain failed: " + error, nowNs);
        };
    }

    /** The answer to {@link StockAction.RunSeal}. */
    public List<StockAction.OfIncumbent> sealEnded(SealOutcome outcome, long nowNs) {
        require(Phase.SEALING);
        deadlineNs = NO_DEADLINE;
        return switch (outcome) {
            case SealOutcome.Sealed(var lastRevisionPerShard, var dataDirFingerprint) -> {
                phase = Phase.READING;
                sealed = true;
                List<StockAction.OfIncumbent> actions = new ArrayList<>();
                if (lockHeld) {
                    lockHeld = false;
                    actions.add(new StockAction.ReleaseLock());
                }
                actions.add(write(new Message.SealComplete(active, lastRevisionPerShard, dataDirFingerprint)));
                yield actions;
            }
            case SealOutcome.Failed(String error) -> {
                phase = Phase.RESUMING_AFTER_FAILED_SEAL;
                yield List.of(write(new Message.SealFailed(active, error, "")), new StockAction.RunResume());
            }
        };
    }

    /** The answer to {@link StockAction.RunResume}. */
    public List<StockAction.OfIncumbent> resumeEnded(boolean resumed, long nowNs) {
        return switch (phase) {
            case RESUMING_AFTER_FAILED_SEAL -> {
                if (!resumed) {
                    yield fail("the resume hook failed after a failed seal", nowNs);
                }
                // A seal that failed when repeated leaves it sealed: it writes without the lock.
                drained = false;
                active = null;
                phase = Phase.READING;
                yield List.of();
            }
            case RESUMING_AFTER_ABORT -> {
                if (!resumed) {
                    yield fail("the resume hook failed after an abort", nowNs);
                }
                sealed = false;
                drained = false;
                active = null;
                phase = Phase.READING;
                yield List.of();
            }
            // A resume hook that fails here is only logged.
            case RESUMING_AT_END -> close(nowNs);
            case RESUMING_AFTER_END -> {
                phase = Phase.ENDED;
                yield List.of();
            }
            case NEW, AWAITING_HELLO_ACK, READING, DRAINING, SEALING, RETAKING_LOCK, RETAKING_LOCK_AFTER_END, ENDED ->
                throw new IllegalStateException("no resume hook runs while " + phase);
        };
    }

    /** The answer to {@link StockAction.TakeLock}. */
    public List<StockAction.OfIncumbent> lockTried(LockOutcome outcome, long nowNs) {
        lockHeld |= outcome == LockOutcome.TAKEN;
        if (phase == Phase.RETAKING_LOCK) {
            if (outcome == LockOutcome.TAKEN) {
                phase = Phase.RESUMING_AFTER_ABORT;
                return List.of(new StockAction.RunResume());
            }
            return fail("the lock could not be retaken: " + outcome, nowNs);
        }
        require(Phase.RETAKING_LOCK_AFTER_END);
        return switch (outcome) {
            case TAKEN -> {
                phase = Phase.RESUMING_AFTER_END;
                yield List.of(new StockAction.RunResume());
            }
            case HELD -> {
                if (nowNs < lockGiveUpNs) {
                    deadlineNs = nowNs + LOCK_RETRY_INTERVAL_NS;
                    yield List.of();
                }
                yield exit(1, "another process holds the lock: cannot resume");
            }
            case FAILED -> exit(1, "the lock cannot be taken: cannot resume");
        };
    }

    private List<StockAction.OfIncumbent> handle(Message message, long nowNs) {
        if (phase == Phase.AWAITING_HELLO_ACK) {
            return switch (message) {
                case Message.HelloAck(int chosen, HandoffId ignored) when chosen == Message.PROTOCOL_VERSION -> {
                    phase = Phase.READING;
                    deadlineNs = NO_DEADLINE;
                    yield List.of();
                }
                case Message.HelloAck(int chosen, HandoffId ignored) ->
                    fail("protocol version " + chosen + " is not supported", nowNs);
                case Message other -> unexpected(other, nowNs);
            };
        }
        return switch (message) {
            case Message.PrepareHandoff prepare -> prepare(prepare, nowNs);
            case Message.SealRequest(HandoffId handoffId) -> {
                if (!handoffId.equals(active)) {
                    yield unknownId(message, nowNs);
                }
                phase = Phase.SEALING;
                deadlineNs = nowNs + HEARTBEAT_INTERVAL_NS;
                yield List.of(new StockAction.RunSeal());
            }
            case Message.Commit(HandoffId handoffId) -> {
                if (!handoffId.equals(active)) {
                    yield unknownId(message, nowNs);
                }
                if (!sealed) {
                    yield fail("Commit before SealComplete", nowNs);
                }
                phase = Phase.ENDED;
                yield List.of(new StockAction.Close("committed"), new StockAction.Exit(0, "committed"));
            }
            case Message.ResumeAfterAbort(HandoffId handoffId) -> rollBack(message, handoffId, nowNs);
            case Message.Abort(HandoffId handoffId, String reason) -> rollBack(message, handoffId, nowNs);
            case Message.Heartbeat heartbeat -> List.of(heartbeat(nowNs));
            case Message.Hello hello -> unexpected(hello, nowNs);
            case Message.HelloAck ack -> unexpected(ack, nowNs);
            case Message.Drained drainedMessage -> unexpected(drainedMessage, nowNs);
            case Message.SealProgress progress -> unexpected(progress, nowNs);
            case Message.SealComplete complete -> unexpected(complete, nowNs);
            case Message.SealFailed failed -> unexpected(failed, nowNs);
            case Message.Begin begin -> unexpected(begin, nowNs);
            case Message.Ready ready -> unexpected(ready, nowNs);
        };
    }

    private List<StockAction.OfIncumbent> prepare(Message.PrepareHandoff prepare, long nowNs) {
        if (active != null && !active.equals(prepare.handoffId())) {
            return fail("handoff " + active + " is in progress", nowNs);
        }
        active = prepare.handoffId();
        phase = Phase.DRAINING;
        deadlineNs = nowNs + HEARTBEAT_INTERVAL_NS;
        long graceMs = Long.compareUnsigned(prepare.drainGraceMs(), prepare.deadlineMs()) < 0
                ? prepare.drainGraceMs()
                : prepare.deadlineMs();
        return List.of(new StockAction.RunDrain(graceMs));
    }

    /** {@code Abort} and {@code ResumeAfterAbort} do the same. */
    private List<StockAction.OfIncumbent> rollBack(Message message, HandoffId handoffId, long nowNs) {
        if (!handoffId.equals(active)) {
            return unknownId(message, nowNs);
        }
        if (sealed) {
            phase = Phase.RETAKING_LOCK;
            return List.of(new StockAction.TakeLock());
        }
        if (drained) {
            phase = Phase.RESUMING_AFTER_ABORT;
            return List.of(new StockAction.RunResume());
        }
        active = null;
        return List.of();
    }

    private List<StockAction.OfIncumbent> unexpected(Message message, long nowNs) {
        return fail(message.kind() + " was not expected", nowNs);
    }

    private List<StockAction.OfIncumbent> unknownId(Message message, long nowNs) {
        return fail(message.kind() + " for an unknown handoff id", nowNs);
    }

    private List<StockAction.OfIncumbent> fail(String reason, long nowNs) {
        return end(true, reason, nowNs);
    }

    private List<StockAction.OfIncumbent> end(boolean inError, String reason, long nowNs) {
        deadlineNs = NO_DEADLINE;
        endedInError = inError;
        endReason = reason;
        if (drained && !sealed) {
            phase = Phase.RESUMING_AT_END;
            return List.of(new StockAction.RunResume());
        }
        return close(nowNs);
    }

    private List<StockAction.OfIncumbent> close(long nowNs) {
        if (endedInError && !lockHeld) {
            phase = Phase.RETAKING_LOCK_AFTER_END;
            lockGiveUpNs = nowNs + LOCK_RETRY_LIMIT_NS;
            return List.of(new StockAction.Close(endReason), new StockAction.TakeLock());
        }
        phase = Phase.ENDED;
        return List.of(new StockAction.Close(endReason));
    }

    private List<StockAction.OfIncumbent> exit(int code, String reason) {
        phase = Phase.ENDED;
        return List.of(new StockAction.Exit(code, reason));
    }

    private static StockAction.Write write(Message message) {
        return new StockAction.Write(message, Message.PROTOCOL_VERSION);
    }

    private static StockAction.Write heartbeat(long nowNs) {
        return write(new Message.Heartbeat(TimeUnit.NANOSECONDS.toMillis(nowNs)));
    }

    private void require(Phase expected) {
        if (phase != expected) {
            throw new IllegalStateException("the session is " + phase + ", not " + expected);
        }
    }
}
