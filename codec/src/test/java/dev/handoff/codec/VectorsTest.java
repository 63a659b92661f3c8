package dev.handoff.codec;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.stream.Stream;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import org.agrona.concurrent.UnsafeBuffer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The frames that the Rust implementation made and judged, which have the last word on the wire format. */
class VectorsTest {

    private static final HexFormat HEX = HexFormat.of();

    record Valid(String name, int protoVersion, JsonNode message, String frameHex) {
        byte[] frame() {
            return HEX.parseHex(frameHex);
        }

        @Override
        public String toString() {
            return name;
        }
    }

    record Judged(String name, String streamHex, JsonNode expect) {
        byte[] stream() {
            return HEX.parseHex(streamHex);
        }

        @Override
        public String toString() {
            return name;
        }
    }

    static Stream<Valid> valid() {
        return load("valid.json").map(v -> new Valid(v.get("name").asText(), v.get("proto_version").asInt(),
                v.get("message"), v.get("frame_hex").asText()));
    }

    static Stream<Judged> judged() {
        return load("malformed.json").map(v -> new Judged(v.get("name").asText(),
                v.get("frame_hex").asText(), v.get("expect")));
    }

    @ParameterizedTest
    @MethodSource("valid")
    void encodesTheMessageToTheSameBytes(Valid vector) {
        byte[] frame = new FrameEncoder().encode(message(vector.message()), vector.protoVersion());

        assertEquals(vector.frameHex(), HEX.formatHex(frame));
    }

    @ParameterizedTest
    @MethodSource("valid")
    void decodesTheFrameToTheSameMessage(Valid vector) {
        Decoded decoded = decodeAtEndOfStream(vector.frame());

        assertEquals(new Decoded.Frame(vector.protoVersion(), message(vector.message()), vector.frame().length),
                decoded);
    }

    @ParameterizedTest
    @MethodSource("valid")
    void waitsOnALiveStreamForEveryPrefixOfAFrame(Valid vector) {
        UnsafeBuffer buffer = new UnsafeBuffer(vector.frame());
        for (int available = 0; available < vector.frame().length; available++) {
            int needed = available < FrameLayout.LENGTH_BYTES ? FrameLayout.LENGTH_BYTES : vector.frame().length;
            assertEquals(new Decoded.Incomplete(needed), new FrameDecoder().decode(buffer, 0, available));
        }
    }

    @ParameterizedTest
    @MethodSource("judged")
    void agreesWithTheRustReader(Judged vector) {
        Decoded decoded = decodeAtEndOfStream(vector.stream());

        String kind = vector.expect().get("kind").asText();
        int consumed = vector.expect().get("consumed").asInt();
        if (kind.equals("accepted")) {
            assertEquals(new Decoded.Frame(vector.expect().get("proto_version").asInt(),
                    message(vector.expect().get("message")), consumed), decoded);
        } else {
            Decoded.Malformed malformed = assertInstanceOf(Decoded.Malformed.class, decoded);
            assertEquals(kind, malformed.kind().toString());
            assertEquals(consumed, bytesReadUntil(malformed, vector.stream()), malformed.toString());
        }
    }

    /** How far a reader has read when it refuses: the length field, the frame, or the stream to its end. */
    private static int bytesReadUntil(Decoded.Malformed malformed, byte[] stream) {
        return switch (malformed.kind()) {
            case FRAME_MALFORMED, FRAME_TOO_LARGE -> FrameLayout.LENGTH_BYTES;
            case CODEC -> FrameDecoder.frameLength(new UnsafeBuffer(stream), 0, stream.length);
            case IO -> malformed.offset();
        };
    }

    @ParameterizedTest
    @MethodSource("judged")
    void waitsOnALiveStreamExactlyWhereTheEndOfTheStreamIsAnError(Judged vector) {
        Decoded live = new FrameDecoder().decode(new UnsafeBuffer(vector.stream()), 0, vector.stream().length);

        assertEquals(vector.expect().get("kind").asText().equals("Io"), live instanceof Decoded.Incomplete,
                live.toString());
    }

    @Test
    void coversEveryMessageAndEveryRefusal() {
        assertEquals(62, valid().count());
        assertEquals(14, valid().map(v -> message(v.message()).kind()).distinct().count());
        List<String> kinds = judged().map(j -> j.expect().get("kind").asText()).distinct().sorted().toList();
        assertEquals(List.of("Codec", "FrameMalformed", "FrameTooLarge", "Io", "accepted"), kinds);
    }

    @Test
    void decodesFromTheMiddleOfABuffer() {
        byte[] heartbeat = HEX.parseHex("0500000001000dac02");
        UnsafeBuffer buffer = new UnsafeBuffer(new byte[32]);
        buffer.putBytes(7, heartbeat);

        assertEquals(new Decoded.Frame(1, new Message.Heartbeat(300), 9), new FrameDecoder().decode(buffer, 7, 20));
        assertArrayEquals(heartbeat, new FrameEncoder().encode(new Message.Heartbeat(300)));
    }

    private static Decoded decodeAtEndOfStream(byte[] stream) {
        return new FrameDecoder().decodeAtEndOfStream(new UnsafeBuffer(stream), 0, stream.length);
    }

    private static Stream<JsonNode> load(String name) {
        try (InputStream in = VectorsTest.class.getResourceAsStream("/vectors/" + name)) {
            return new ObjectMapper().readTree(in).valueStream();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Not the product's own mapping on purpose, so that one mistake cannot hide the other. */
    private static Message message(JsonNode json) {
        return switch (json.get("variant").asText()) {
            case "Hello" -> new Message.Hello(
                    json.get("role").asText().equals("Incumbent") ? Side.INCUMBENT : Side.SUCCESSOR,
                    json.get("pid").asLong(), BuildId.parse(json.get("build_id").asText()),
                    json.get("proto_min").asInt(),
                    json.get("proto_max").asInt(), new Capabilities(u64(json.get("capabilities").get("reserved"))));
            case "HelloAck" -> new Message.HelloAck(json.get("proto_version_chosen").asInt(), id(json));
            case "PrepareHandoff" -> new Message.PrepareHandoff(id(json), json.get("successor_pid").asLong(),
                    u64(json.get("deadline_ms")), u64(json.get("drain_grace_ms")));
            case "Drained" -> new Message.Drained(json.get("open_conns_remaining").asLong(),
                    json.get("accept_closed").asBoolean());
            case "SealRequest" -> new Message.SealRequest(id(json));
            case "SealProgress" -> new Message.SealProgress(json.get("shards_sealed").asLong(),
                    json.get("shards_total").asLong(), u64(json.get("last_revision")));
            case "SealComplete" -> new Message.SealComplete(id(json), revisions(json.get("last_revision_per_shard")),
                    Fingerprint.parse(json.get("data_dir_fingerprint").asText()));
            case "SealFailed" ->
                new Message.SealFailed(id(json), json.get("error").asText(), json.get("partial_state").asText());
            case "Begin" -> new Message.Begin(id(json));
            case "Ready" -> {
                List<String> listeningOn = new ArrayList<>();
                json.get("listening_on").forEach(address -> listeningOn.add(address.asText()));
                yield new Message.Ready(id(json), listeningOn, json.get("healthz_ok").asBoolean(),
                        revisions(json.get("advertised_revision_per_shard")));
            }
            case "Commit" -> new Message.Commit(id(json));
            case "Abort" -> new Message.Abort(id(json), json.get("reason").asText());
            case "ResumeAfterAbort" -> new Message.ResumeAfterAbort(id(json));
            case "Heartbeat" -> new Message.Heartbeat(u64(json.get("ts_ms")));
            default -> throw new IllegalArgumentException(json.toString());
        };
    }

    private static HandoffId id(JsonNode json) {
        return HandoffId.parse(json.get("handoff_id").asText());
    }

    private static long u64(JsonNode json) {
        return Long.parseUnsignedLong(json.asText());
    }

    private static ShardRevisions revisions(JsonNode json) {
        return ShardRevisions.of(json.valueStream().mapToLong(VectorsTest::u64).toArray());
    }
}
