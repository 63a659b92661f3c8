package dev.handoff.stock;

import java.util.List;
import java.util.concurrent.TimeUnit;

import dev.handoff.codec.BuildId;
import dev.handoff.codec.Capabilities;
import dev.handoff.codec.Decoded;
import dev.handoff.codec.HandoffId;
import dev.handoff.codec.Message;
import dev.handoff.codec.ShardRevisions;
import dev.handoff.codec.Side;

/**
 * A stock successor's session with the supervisor that spawned it: bytes and time in, actions out, driven as
 * {@link StockIncumbentSession} is. One thread.
 *
 * <p>
 * What makes it stock: it waits for {@code HelloAck} without limit and takes any chosen version; it reads nothing after
 * {@code Begin}; it closes its channel right after {@code Ready}, before its control socket is bound; whatever goes wrong is
 * an exit with 1.
 */
public final class StockSuccessorSession {

    private enum Phase {
        NEW,
        AWAITING_HELLO_ACK,
        AWAITING_BEGIN,
        TAKING_LOCK,
        OPENING_STATE,
        DONE
    }

    /**
     * What {@code Ready} says.
     *
     * @param listeningOn
     *            the addresses served
     */
    public record Readiness(List<String> listeningOn, boolean healthzOk, ShardRevisions advertisedRevisionPerShard) {
        public Readiness {
            listeningOn = List.copyOf(listeningOn);
        }
    }

    private final int pid;
    private final BuildId buildId;
    private final boolean heartbeatsWhileOpening;
    private final FrameReader reader = new FrameReader();

    private Phase phase = Phase.NEW;
    private long deadlineNs = StockIncumbentSession.NO_DEADLINE;
    private HandoffId handoffId;
    private int protoVersion = Message.PROTOCOL_VERSION;

    /**
     * Before its {@code Hello}.
     *
     * @param heartbeatsWhileOpening
     *            whether its program asked for heartbeats between {@code Begin} and {@code Ready}
     */
    public StockSuccessorSession(int pid, BuildId buildId, boolean heartbeatsWhileOpening) {
        this.pid = pid;
        this.buildId = buildId;
        this.heartbeatsWhileOpening = heartbeatsWhileOpening;
    }

    /** The process has started. */
    public List<StockAction.OfSuccessor> open() {
        require(Phase.NEW);
        phase = Phase.AWAITING_HELLO_ACK;
        return List.of(write(new Message.Hello(Side.SUCCESSOR, pid, buildId, Message.PROTOCOL_VERSION,
                Message.PROTOCOL_VERSION, Capabilities.NONE)));
    }

    /** How many bytes it would read now; 0: it reads nothing. */
    public int bytesWanted() {
        return phase == Phase.AWAITING_HELLO_ACK || phase == Phase.AWAITING_BEGIN ? reader.bytesWanted() : 0;
    }

    /** Whether its part as a successor is over: it is the incumbent, or was told to exit. */
    public boolean ended() {
        return phase == Phase.DONE;
    }

    /** When {@link #tick} is due, or {@link StockIncumbentSession#NO_DEADLINE}. */
    public long nextDeadlineNs() {
        return deadlineNs;
    }

    /** Takes the first {@code count} of {@code bytes}, at least 1 and at most {@link #bytesWanted}. */
    public List<StockAction.OfSuccessor> received(byte[] bytes, int count, long nowNs) {
        return switch (reader.take(bytes, count)) {
            case Decoded.Incomplete incomplete -> List.of();
            case Decoded.Malformed malformed -> exit("malformed frame: " + malformed.reason());
            case Decoded.Frame frame -> handle(frame.message(), nowNs);
        };
    }

    /** The supervisor's end is closed or was reset. Only while it reads. */
    public List<StockAction.OfSuccessor> endOfStream() {
        return exit("the supervisor left before Begin");
    }

    /** A frame could not be written. A heartbeat is given up silently, {@code Hello} and {@code Ready} are not. */
    public List<StockAction.OfSuccessor> writeFailed() {
        if (phase == Phase.OPENING_STATE || phase == Phase.TAKING_LOCK) {
            deadlineNs = StockIncumbentSession.NO_DEADLINE;
            return List.of();
        }
        return exit("a frame could not be written");
    }

    /** Time has passed; does what is due. */
    public List<StockAction.OfSuccessor> tick(long nowNs) {
        if (nowNs < deadlineNs) {
            return List.of();
        }
        deadlineNs = nowNs + StockIncumbentSession.HEARTBEAT_INTERVAL_NS;
        return List.of(write(new Message.Heartbeat(TimeUnit.NANOSECONDS.toMillis(nowNs))));
    }

    /** The answer to {@link StockAction.TakeLock}: one try, no more. */
    public List<StockAction.OfSuccessor> lockTried(LockOutcome outcome) {
        require(Phase.TAKING_LOCK);
        if (outcome != LockOutcome.TAKEN) {
            return exit("the lock could not be taken: " + outcome);
        }
        phase = Phase.OPENING_STATE;
        return List.of(new StockAction.OpenState());
    }

    /** The answer to {@link StockAction.OpenState}. */
    public List<StockAction.OfSuccessor> stateOpened(Readiness readiness) {
        require(Phase.OPENING_STATE);
        deadlineNs = StockIncumbentSession.NO_DEADLINE;
        phase = Phase.DONE;
        return List.of(
                write(new Message.Ready(handoffId, readiness.listeningOn(), readiness.healthzOk(),
                        readiness.advertisedRevisionPerShard())),
                new StockAction.Close("ready"), new StockAction.BindControlSocket());
    }

    /** The answer to {@link StockAction.OpenState} when the program could not. */
    public List<StockAction.OfSuccessor> stateNotOpened(String error) {
        require(Phase.OPENING_STATE);
        return exit(error);
    }

    private List<StockAction.OfSuccessor> handle(Message message, long nowNs) {
        if (phase == Phase.AWAITING_HELLO_ACK) {
            if (!(message instanceof Message.HelloAck(int chosen, HandoffId assigned))) {
                return exit(message.kind() + " instead of HelloAck");
            }
            protoVersion = chosen;
            handoffId = assigned;
            phase = Phase.AWAITING_BEGIN;
            return List.of();
        }
        return switch (message) {
            case Message.Begin(HandoffId id) when id.equals(handoffId) -> {
                phase = Phase.TAKING_LOCK;
                if (heartbeatsWhileOpening) {
                    deadlineNs = nowNs + StockIncumbentSession.HEARTBEAT_INTERVAL_NS;
                }
                yield List.of(new StockAction.TakeLock());
            }
            case Message.Begin(HandoffId id) -> exit("Begin for " + id + ", expected " + handoffId);
            // Whatever its id.
            case Message.Abort(HandoffId ignored, String reason) -> exit("aborted: " + reason);
            case Message.Heartbeat heartbeat -> List.of();
            case Message other -> exit(other.kind() + " was not expected");
        };
    }

    private List<StockAction.OfSuccessor> exit(String reason) {
        phase = Phase.DONE;
        deadlineNs = StockIncumbentSession.NO_DEADLINE;
        return List.of(new StockAction.Close(reason), new StockAction.Exit(1, reason));
    }

    /** In the version that the supervisor chose, whatever it is. */
    private StockAction.Write write(Message message) {
        return new StockAction.Write(message, protoVersion);
    }

    private void require(Phase expected) {
        if (phase != expected) {
            throw new IllegalStateException("the session is " + phase + ", not " + expected);
        }
    }
}
