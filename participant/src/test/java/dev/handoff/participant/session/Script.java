package dev.handoff.participant.session;

import java.nio.ByteBuffer;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;

import dev.handoff.codec.BuildId;
import dev.handoff.codec.Decoded;
import dev.handoff.codec.Fingerprint;
import dev.handoff.codec.FrameDecoder;
import dev.handoff.codec.FrameEncoder;
import dev.handoff.codec.HandoffId;
import dev.handoff.codec.Message;
import dev.handoff.codec.ShardRevisions;
import dev.handoff.codec.Side;
import dev.handoff.participant.DrainReport;
import dev.handoff.participant.SealResult;
import org.agrona.concurrent.UnsafeBuffer;

/** The words of the transcripts: what can be told a session, and how its answers read. */
final class Script {

    static final HandoffId A = HandoffId.parse("aaaaaaaa-aaaa-aaaa-aaaa-aaaaaaaaaaaa");
    static final HandoffId B = HandoffId.parse("bbbbbbbb-bbbb-bbbb-bbbb-bbbbbbbbbbbb");
    static final Fingerprint FINGERPRINT = Fingerprint.of(new byte[Fingerprint.BYTES]);
    static final SessionTerms PLAIN = new SessionTerms(7, BuildId.parse("01"), OptionalInt.empty(), 10_000, 1_000_000);
    static final SessionTerms HEARTBEATS = new SessionTerms(7, BuildId.parse("01"), OptionalInt.of(1_000), 10_000,
            1_000_000);

    private Script() {}

    /** A message as the transcripts write it: its name, then {@code A} or {@code B} for the handoff. */
    static Message message(String text) {
        String[] words = text.split(" ", -1);
        HandoffId id = words.length > 1 && words[1].equals("B") ? B : A;
        return switch (words[0]) {
            case "HelloAck" -> new Message.HelloAck(words.length > 2 ? Integer.parseInt(words[2]) : 1, id);
            case "PrepareHandoff" -> new Message.PrepareHandoff(id, 8, 60_000, 20_000);
            case "SealRequest" -> new Message.SealRequest(id);
            case "Begin" -> new Message.Begin(id);
            case "Commit" -> new Message.Commit(id);
            case "Abort" -> new Message.Abort(id, "a reason");
            case "ResumeAfterAbort" -> new Message.ResumeAfterAbort(id);
            case "Heartbeat" -> new Message.Heartbeat(5);
            case "Hello" -> PLAIN.hello(Side.SUCCESSOR);
            case "Drained" -> new Message.Drained(0, true);
            case "SealProgress" -> new Message.SealProgress(1, 2, 3);
            case "SealComplete" -> new Message.SealComplete(id, ShardRevisions.of(4), FINGERPRINT);
            case "SealFailed" -> new Message.SealFailed(id, "an error", "");
            case "Ready" -> new Message.Ready(id, List.of("main"), true, ShardRevisions.of(4));
            default -> throw new IllegalArgumentException("no message is called '" + words[0] + "'");
        };
    }

    /** What else a transcript can tell an incumbent. */
    static final Map<String, IncumbentInput> INCUMBENT_INPUTS = Map.ofEntries(
            Map.entry("connected", new IncumbentInput.Connected()),
            Map.entry("lost", new IncumbentInput.Lost("closed")),
            Map.entry("another waits", new IncumbentInput.AnotherWaits()),
            Map.entry("drain ended", new IncumbentInput.DrainEnded(new DrainReport(0, true))),
            Map.entry("drain failed", new IncumbentInput.DrainFailed("disk full")),
            Map.entry("seal progressed", new IncumbentInput.SealProgressed(1, 2, 3)),
            Map.entry("sealed", new IncumbentInput.SealEnded(
                    new SealResult.Sealed(ShardRevisions.of(4), FINGERPRINT))),
            Map.entry("not sealed", new IncumbentInput.SealEnded(new SealResult.NotSealed("disk full", "1 of 2"))),
            Map.entry("lock taken", new IncumbentInput.LockTaken()),
            Map.entry("lock held", new IncumbentInput.LockNotTaken("held by pid 8")),
            Map.entry("resumed", new IncumbentInput.Resumed()),
            Map.entry("resume failed", new IncumbentInput.ResumeFailed("disk full")),
            Map.entry("time", new IncumbentInput.TimePassed()));

    /** What else a transcript can tell a successor. */
    static final Map<String, SuccessorInput> SUCCESSOR_INPUTS = Map.of(
            "connected", new SuccessorInput.Connected(),
            "lost", new SuccessorInput.Lost("closed"),
            "lock taken", new SuccessorInput.LockTaken(),
            "lock held", new SuccessorInput.LockNotTaken("held by pid 8"),
            "opened", new SuccessorInput.Opened(List.of("main"), true, ShardRevisions.of(4)),
            "opened unhealthy", new SuccessorInput.Opened(List.of("main"), false, ShardRevisions.of(4)),
            "flushed", new SuccessorInput.Flushed(),
            "time", new SuccessorInput.TimePassed());

    static byte[] frame(Message message) {
        return new FrameEncoder().encode(message);
    }

    /** The messages in {@code bytes}, which are whole frames, as lines. */
    static String written(ByteBuffer bytes) {
        byte[] copy = new byte[bytes.remaining()];
        bytes.get(copy);
        StringBuilder text = new StringBuilder();
        int offset = 0;
        FrameDecoder decoder = new FrameDecoder();
        while (offset < copy.length) {
            Decoded.Frame frame = (Decoded.Frame) decoder.decode(new UnsafeBuffer(copy), offset,
                    copy.length - offset);
            text.append("    write ").append(named(frame.message())).append('\n');
            offset += frame.consumed();
        }
        return text.toString();
    }

    /** Handoff ids by their letters, the fingerprint of zeros in short. */
    static String named(Object value) {
        return value.toString().replace(A.toString(), "A").replace(B.toString(), "B")
                .replace(FINGERPRINT.toString(), "00…");
    }
}
