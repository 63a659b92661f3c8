package dev.handoff.replay;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.HexFormat;
import java.util.stream.Stream;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.handoff.codec.Decoded;
import dev.handoff.codec.FrameDecoder;
import dev.handoff.codec.FrameEncoder;
import dev.handoff.codec.Message;
import dev.handoff.replay.MessageJson.Parsed;
import org.agrona.concurrent.UnsafeBuffer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

class MessageJsonTest {

    private static final ObjectMapper JSON = new ObjectMapper();
    private static final HexFormat HEX = HexFormat.of();
    private static final String ID = "123e4567-e89b-42d3-a456-426614174000";

    static Stream<JsonNode> valid() {
        try (InputStream in = MessageJsonTest.class.getResourceAsStream("/vectors/valid.json")) {
            return JSON.readTree(in).valueStream();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @ParameterizedTest
    @MethodSource("valid")
    void aDecodedMessageHasTheShapeOfTheVectors(JsonNode vector) {
        byte[] frame = HEX.parseHex(vector.get("frame_hex").asText());
        Decoded.Frame decoded = assertInstanceOf(Decoded.Frame.class,
                new FrameDecoder().decode(new UnsafeBuffer(frame), 0, frame.length));

        // Through text, so that an int and a long of one value are equal.
        assertEquals(vector.get("message"), reread(MessageJson.toJson(decoded.message())));
    }

    @ParameterizedTest
    @MethodSource("valid")
    void theVectorsMessageEncodesToTheVectorsFrame(JsonNode vector) {
        Parsed.Accepted parsed = assertInstanceOf(Parsed.Accepted.class, MessageJson.parse(vector.get("message")));

        assertEquals(vector.get("frame_hex").asText(),
                HEX.formatHex(new FrameEncoder().encode(parsed.message(), vector.get("proto_version").asInt())));
    }

    @ParameterizedTest
    @MethodSource("valid")
    void everyFieldIsNeededAndNoOtherIsTaken(JsonNode vector) {
        ObjectNode message = (ObjectNode) vector.get("message");
        for (String field : (Iterable<String>) () -> message.fieldNames()) {
            ObjectNode without = message.deepCopy();
            without.remove(field);
            assertEquals("message." + field + " is missing", refusal(without).replace(
                    "message.variant must be one of the 14 messages (Hello, ..., Heartbeat), is missing",
                    "message.variant is missing"));
        }
        assertEquals("message.extra is no field of this message", refusal(message.deepCopy().put("extra", 1)));
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '`', value = {
        "Goodbye    | variant      | \"Goodbye\"      | message.variant must be one of the 14 messages (Hello, ..., Heartbeat), is \"Goodbye\"",
        "Heartbeat  | ts_ms        | \"-1\"           | message.ts_ms must be a decimal string in 0..18446744073709551615, is \"-1\"",
        "Heartbeat  | ts_ms        | \"+1\"           | message.ts_ms must be a decimal string in 0..18446744073709551615, is \"+1\"",
        "Heartbeat  | ts_ms        | \"18446744073709551616\" | message.ts_ms must be a decimal string in 0..18446744073709551615, is \"18446744073709551616\"",
        "Heartbeat  | ts_ms        | 1.5              | message.ts_ms must be a decimal string in 0..18446744073709551615, is 1.5",
        "Hello      | pid          | 4294967296       | message.pid must be an integer in 0..4294967295, is 4294967296",
        "Hello      | pid          | -1               | message.pid must be an integer in 0..4294967295, is -1",
        "Hello      | pid          | \"1\"            | message.pid must be an integer in 0..4294967295, is \"1\"",
        "Hello      | pid          | 99999999999999999999999 | message.pid must be an integer in 0..4294967295, is 99999999999999999999999",
        "Hello      | proto_max    | 65536            | message.proto_max must be an integer in 0..65535, is 65536",
        "Hello      | role         | \"Supervisor\"   | message.role must be Incumbent or Successor, is \"Supervisor\"",
        "Hello      | build_id     | \"abc\"          | message.build_id must be an even number of hex digits, is \"abc\"",
        "Hello      | build_id     | \"zz\"           | message.build_id must be an even number of hex digits, is \"zz\"",
        "Hello      | capabilities | 0                | message.capabilities must be an object with the field reserved, is 0",
        "Hello      | capabilities | {}               | message.capabilities.reserved is missing",
        "Hello      | capabilities | {\"reserved\":\"0\",\"x\":1} | message.capabilities.x is no field of this message",
        "Drained    | accept_closed | 1               | message.accept_closed must be true or false, is 1",
        "Abort      | handoff_id   | \"1-1-1-1-1\"    | message.handoff_id must be a UUID, is \"1-1-1-1-1\"",
        "Abort      | handoff_id   | null             | message.handoff_id must be a UUID, is null",
        "Abort      | reason       | 5                | message.reason must be a string, is 5",
        "Abort      | reason       | \"\\ud800\"      | message.reason must be a string, is \"\uD800\"",
        "SealComplete | data_dir_fingerprint | \"00\" | message.data_dir_fingerprint must be 64 hex digits, is \"00\"",
        "SealComplete | last_revision_per_shard | {} | message.last_revision_per_shard must be an array of decimal strings in 0..18446744073709551615, is an object",
        "SealComplete | last_revision_per_shard | [\"1\",\"x\"] | message.last_revision_per_shard[1] must be one of decimal strings in 0..18446744073709551615, is \"x\"",
        "Ready      | listening_on | [[]]             | message.listening_on[0] must be one of strings, is an array"})
    void saysWhichFieldIsWrongAndWhatWasExpected(String variant, String field, String value, String reason)
            throws IOException {
        ObjectNode message = valid().map(v -> v.get("message"))
                .filter(m -> m.get("variant").asText().equals(variant.equals("Goodbye") ? "Begin" : variant))
                .findFirst()
                .map(m -> (ObjectNode) m).orElseThrow();

        assertEquals(reason, refusal(message.set(field, JSON.readTree(value))));
    }

    @Test
    void somethingElseThanAnObjectIsRefused() throws IOException {
        assertEquals("message must be an object, is 5", refusal(JSON.readTree("5")));
        assertEquals("message must be an object, is an array", refusal(JSON.readTree("[]")));
        assertEquals("message must be an object, is null", refusal(JSON.readTree("null")));
    }

    @Test
    void aNumberWillDoForAU64() throws IOException {
        assertEquals(new Parsed.Accepted(new Message.Heartbeat(-1)),
                MessageJson.parse(JSON.readTree("{\"variant\":\"Heartbeat\",\"ts_ms\":18446744073709551615}")));
    }

    @Test
    void fieldsComeInTheWiresOrder() throws IOException {
        Parsed.Accepted abort = assertInstanceOf(Parsed.Accepted.class, MessageJson.parse(
                JSON.readTree("{\"reason\":\"x\",\"handoff_id\":\"" + ID + "\",\"variant\":\"Abort\"}")));

        assertEquals("{\"variant\":\"Abort\",\"handoff_id\":\"" + ID + "\",\"reason\":\"x\"}",
                MessageJson.toJson(abort.message()).toString());
    }

    private static String refusal(JsonNode json) {
        return assertInstanceOf(Parsed.Refused.class, MessageJson.parse(json)).reason();
    }

    private static JsonNode reread(JsonNode json) {
        try {
            return JSON.readTree(json.toString());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
