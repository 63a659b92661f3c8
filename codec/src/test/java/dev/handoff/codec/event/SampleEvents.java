package dev.handoff.codec.event;

import java.nio.charset.StandardCharsets;
import java.util.List;

import dev.handoff.codec.BuildId;
import dev.handoff.codec.Capabilities;
import dev.handoff.codec.Fingerprint;
import dev.handoff.codec.HandoffId;
import dev.handoff.codec.Message;
import dev.handoff.codec.ShardRevisions;
import dev.handoff.codec.Side;

/** One event of each kind, and of each message, with plausible content: what the golden file holds. */
final class SampleEvents {

    static final long TIME_NS = 1_760_000_000_123_456_789L;
    static final HandoffId ID = HandoffId.parse("0192f7a1-5b3c-7d4e-8f60-718293a4b5c6");
    private static final Stamp STAMP = new Stamp(TIME_NS, 3, ID);
    private static final Stamp OUTSIDE = new Stamp(TIME_NS, 3, HandoffId.NONE);
    private static final Fingerprint SHA = Fingerprint
            .parse("000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f");

    private SampleEvents() {}

    static List<Event> ofEachKind() {
        return List.of(
                new Event.CoordinatorStarted(Stamp.ofCoordinator(TIME_NS), 4711, "0.1.0",
                        "5a0c4d51-1ea0-4bb6-a3c3-5f0a6b5b52aa"),
                new Event.ServiceConfigured(OUTSIDE, "kv", "/opt/kv/bin/kv", ServicePolicy.DEFAULT, false),
                new Event.ServiceConfigured(OUTSIDE, "kv", "/opt/kv/bin/kv", ServicePolicy.DEFAULT, true),
                new Event.CoordinatorRestarted(Stamp.ofCoordinator(TIME_NS), 4712, "0.1.0",
                        "5a0c4d51-1ea0-4bb6-a3c3-5f0a6b5b52aa", "records 17 to 20 are lost",
                        List.of(new Found(3, List.of(5L, 6L), List.of(200L), 301, 77, 400, 99), Found.nothing(4))),
                new Event.StopRequested(Stamp.ofCoordinator(TIME_NS), "SIGTERM"),
                new Event.SwapRequested(STAMP, 17, 1000, 4242, "/opt/kv/bin/kv-2", "c0ffee"),
                new Event.AbortRequested(STAMP, 18, 0, 4243),
                new Event.BinaryResolved(STAMP, "/opt/kv/bin/kv-2", 0xFE01L, 1_234_567L, SHA),
                new Event.BinaryRejected(STAMP, "no such file"),
                new Event.SpawnOrdered(STAMP, Side.SUCCESSOR, "/opt/kv/bin/kv-2"),
                new Event.Spawned(STAMP, Side.SUCCESSOR, 5000, 8_765_432L),
                new Event.SpawnFailed(OUTSIDE, Side.INCUMBENT, 2, "No such file or directory"),
                new Event.ProcessExited(STAMP, 5000, new ExitStatus.Exited(1)),
                new Event.ProcessExited(STAMP, 5000, new ExitStatus.Signaled(9)),
                new Event.ProcessExited(STAMP, 5000, new ExitStatus.Unknown()),
                new Event.SessionConnected(STAMP, 7, 4900),
                new Event.ConnectFailed(STAMP, 7, 111, "Connection refused"),
                new Event.FragmentReceived(STAMP, 7, Side.INCUMBENT, 65_536, bytes("part of a frame")),
                new Event.FrameRejected(STAMP, 8, Side.SUCCESSOR, 12, "Codec", "the payload ends inside a field",
                        bytes("GET / HTTP/1.1")),
                new Event.SessionClosed(STAMP, 8, Side.SUCCESSOR, "end of stream"),
                new Event.TimerFired(STAMP, TimerKind.DEADLINE, TIME_NS + 61_000_000_000L),
                new Event.FencePassed(STAMP, 7),
                new Event.LockSeen(STAMP, 5000),
                new Event.LockSeen(STAMP, -1),
                new Event.GateJudged(STAMP, Gate.REVISION, Verdict.NOT_APPLICABLE,
                        "the incumbent died before it sealed"),
                new Event.HandoffEnded(STAMP, Outcome.ROLLED_BACK, "the drain took longer than 25000 ms — naïve"),
                received(Side.INCUMBENT, new Message.Hello(Side.INCUMBENT, 4900, BuildId.parse("c0ffee"), 1, 1,
                        new Capabilities(Capabilities.HEARTBEATS | Capabilities.IDEMPOTENT))),
                sending(Side.INCUMBENT, new Message.HelloAck(1, ID)),
                sending(Side.INCUMBENT, new Message.PrepareHandoff(ID, 5000, 59_000, 25_000)),
                received(Side.INCUMBENT, new Message.Drained(3, true)),
                sending(Side.INCUMBENT, new Message.SealRequest(ID)),
                received(Side.INCUMBENT, new Message.SealProgress(2, 4, 99)),
                received(Side.INCUMBENT, new Message.SealComplete(ID, ShardRevisions.of(1, 128, -1), SHA)),
                received(Side.INCUMBENT, new Message.SealFailed(ID, "disk full", "2 of 4")),
                sending(Side.SUCCESSOR, new Message.Begin(ID)),
                received(Side.SUCCESSOR, new Message.Ready(ID, List.of("127.0.0.1:6379"), true,
                        ShardRevisions.of(1, 128, -1))),
                sending(Side.INCUMBENT, new Message.Commit(ID)),
                sending(Side.SUCCESSOR, new Message.Abort(ID, "the successor is behind")),
                sending(Side.INCUMBENT, new Message.ResumeAfterAbort(ID)),
                received(Side.SUCCESSOR, new Message.Heartbeat(1_760_000_000_123L)));
    }

    private static Bytes bytes(String text) {
        return Bytes.of(text.getBytes(StandardCharsets.US_ASCII));
    }

    private static Event received(Side from, Message message) {
        return new Event.MessageReceived(STAMP, 7, from, 4_096, Message.PROTOCOL_VERSION, message);
    }

    private static Event sending(Side to, Message message) {
        return new Event.MessageSending(STAMP, 8, to, message);
    }
}
