package dev.handoff.codec.event;

import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.Stream;

import dev.handoff.codec.BuildId;
import dev.handoff.codec.Capabilities;
import dev.handoff.codec.Fingerprint;
import dev.handoff.codec.HandoffId;
import dev.handoff.codec.Message;
import dev.handoff.codec.MessageKind;
import dev.handoff.codec.ShardRevisions;
import dev.handoff.codec.Side;

/** Events with any content their types allow; the same seed gives the same ones. */
final class RandomEvents {

    private static final String[] CHARACTERS = {"a", "Z", "/", " ", "\n", "\0", "é", "→", "\uFFFD", "😀", "\"", "\\"};

    private final SplittableRandom random;

    RandomEvents(long seed) {
        this.random = new SplittableRandom(seed);
    }

    Event next() {
        return next(oneOf(EventKind.values()));
    }

    Event next(EventKind kind) {
        Stamp stamp = new Stamp(anyLong(), random.nextInt(), anyId());
        return switch (kind) {
            case COORDINATOR_STARTED -> new Event.CoordinatorStarted(stamp, anyLong(), text(), text());
            case SERVICE_CONFIGURED -> new Event.ServiceConfigured(stamp, text(), text(), policy(),
                    random.nextBoolean());
            case COORDINATOR_RESTARTED -> new Event.CoordinatorRestarted(stamp, anyLong(), text(), text(), text(),
                    found());
            case STOP_REQUESTED -> new Event.StopRequested(stamp, text());
            case SWAP_REQUESTED -> new Event.SwapRequested(stamp, anyLong(), anyLong(), anyLong(), text(), text());
            case ABORT_REQUESTED -> new Event.AbortRequested(stamp, anyLong(), anyLong(), anyLong());
            case BINARY_RESOLVED -> new Event.BinaryResolved(stamp, text(), anyLong(), anyLong(), fingerprint());
            case BINARY_REJECTED -> new Event.BinaryRejected(stamp, text());
            case SPAWN_ORDERED -> new Event.SpawnOrdered(stamp, side(), text());
            case SPAWNED -> new Event.Spawned(stamp, side(), anyLong(), anyLong());
            case SPAWN_FAILED -> new Event.SpawnFailed(stamp, side(), random.nextInt(), text());
            case PROCESS_EXITED -> new Event.ProcessExited(stamp, anyLong(), exitStatus());
            case SESSION_CONNECTED -> new Event.SessionConnected(stamp, anyLong(), anyLong());
            case CONNECT_FAILED -> new Event.ConnectFailed(stamp, anyLong(), random.nextInt(), text());
            case MESSAGE_RECEIVED ->
                new Event.MessageReceived(stamp, anyLong(), side(), anyLong(), random.nextInt(0x1_0000), message());
            case FRAGMENT_RECEIVED -> new Event.FragmentReceived(stamp, anyLong(), side(), anyLong(), bytes());
            case FRAME_REJECTED ->
                new Event.FrameRejected(stamp, anyLong(), side(), anyLong(), text(), text(), bytes());
            case SESSION_CLOSED -> new Event.SessionClosed(stamp, anyLong(), side(), text());
            case MESSAGE_SENDING -> new Event.MessageSending(stamp, anyLong(), side(), message());
            case TIMER_FIRED -> new Event.TimerFired(stamp, oneOf(TimerKind.values()), anyLong());
            case FENCE_PASSED -> new Event.FencePassed(stamp, anyLong());
            case LOCK_SEEN -> new Event.LockSeen(stamp, anyLong());
            case GATE_JUDGED -> new Event.GateJudged(stamp, oneOf(Gate.values()), oneOf(Verdict.values()), text());
            case HANDOFF_ENDED -> new Event.HandoffEnded(stamp, oneOf(Outcome.values()), text());
        };
    }

    Message message() {
        HandoffId id = anyId();
        return switch (oneOf(MessageKind.values())) {
            case HELLO -> new Message.Hello(side(), anyU32(), BuildId.of(raw()), anyU16(), anyU16(),
                    new Capabilities(anyLong()));
            case HELLO_ACK -> new Message.HelloAck(anyU16(), id);
            case PREPARE_HANDOFF -> new Message.PrepareHandoff(id, anyU32(), anyLong(), anyLong());
            case DRAINED -> new Message.Drained(anyU32(), random.nextBoolean());
            case SEAL_REQUEST -> new Message.SealRequest(id);
            case SEAL_PROGRESS -> new Message.SealProgress(anyU32(), anyU32(), anyLong());
            case SEAL_COMPLETE -> new Message.SealComplete(id, revisions(), fingerprint());
            case SEAL_FAILED -> new Message.SealFailed(id, text(), text());
            case BEGIN -> new Message.Begin(id);
            case READY -> new Message.Ready(id, Stream.generate(this::text).limit(random.nextInt(4)).toList(),
                    random.nextBoolean(), revisions());
            case COMMIT -> new Message.Commit(id);
            case ABORT -> new Message.Abort(id, text());
            case RESUME_AFTER_ABORT -> new Message.ResumeAfterAbort(id);
            case HEARTBEAT -> new Message.Heartbeat(anyLong());
        };
    }

    private ServicePolicy policy() {
        return new ServicePolicy(positive(), positive(), positive(), positive(), positive(), positive(), positive(),
                random.nextInt(Integer.MAX_VALUE), random.nextBoolean(), random.nextBoolean());
    }

    private long positive() {
        return anyLong() & Long.MAX_VALUE;
    }

    private ExitStatus exitStatus() {
        return switch (random.nextInt(3)) {
            case 0 -> new ExitStatus.Exited(random.nextInt());
            case 1 -> new ExitStatus.Signaled(random.nextInt());
            default -> new ExitStatus.Unknown();
        };
    }

    /** Of any size in bits, so that short varints come up as often as long ones. */
    long anyLong() {
        return random.nextLong() >>> random.nextInt(Long.SIZE);
    }

    private long anyU32() {
        return anyLong() & 0xFFFF_FFFFL;
    }

    private int anyU16() {
        return (int) (anyLong() & 0xFFFF);
    }

    private HandoffId anyId() {
        return random.nextInt(4) == 0 ? HandoffId.NONE : new HandoffId(random.nextLong(), random.nextLong());
    }

    private Side side() {
        return oneOf(Side.values());
    }

    private String text() {
        StringBuilder text = new StringBuilder();
        for (int left = random.nextInt(20); left > 0; left--) {
            text.append(oneOf(CHARACTERS));
        }
        return text.toString();
    }

    private byte[] raw() {
        byte[] bytes = new byte[random.nextInt(70)];
        random.nextBytes(bytes);
        return bytes;
    }

    private Bytes bytes() {
        return Bytes.of(raw());
    }

    private List<Found> found() {
        return Stream.generate(() -> new Found(random.nextInt(), numbers(), numbers(), anyLong(), anyLong(), anyLong(),
                anyLong())).limit(random.nextInt(3)).toList();
    }

    private List<Long> numbers() {
        return Stream.generate(this::anyLong).limit(random.nextInt(3)).toList();
    }

    private Fingerprint fingerprint() {
        byte[] bytes = new byte[Fingerprint.BYTES];
        random.nextBytes(bytes);
        return Fingerprint.of(bytes);
    }

    private ShardRevisions revisions() {
        return ShardRevisions.of(random.longs(random.nextInt(20)).toArray());
    }

    private <T> T oneOf(T[] values) {
        return values[random.nextInt(values.length)];
    }

    static List<Event> sequence(long seed, int count) {
        RandomEvents events = new RandomEvents(seed);
        return Stream.generate(events::next).limit(count).toList();
    }
}
