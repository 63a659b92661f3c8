package dev.handoff.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.stream.Collectors;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class FrameCommandTest {

    private static final ObjectMapper JSON = new ObjectMapper();

    @Test
    void decodesEveryVectorToItsMessage() throws IOException {
        List<JsonNode> vectors = vectors("valid.json");

        CommandRun run = run("decode", hexLines(vectors));

        assertEquals(0, run.exit());
        List<JsonNode> lines = jsonLines(run.out());
        assertEquals(vectors.size(), lines.size());
        for (int i = 0; i < lines.size(); i++) {
            assertEquals(vectors.get(i).get("message"), lines.get(i).get("message"));
            assertEquals(vectors.get(i).get("proto_version"), lines.get(i).get("proto_version"));
            assertEquals(vectors.get(i).get("frame_hex").asText().length() / 2, lines.get(i).get("consumed").asInt());
        }
    }

    @Test
    void encodesEveryVectorToItsFrame() throws IOException {
        List<JsonNode> vectors = vectors("valid.json");

        CommandRun run = run("encode", vectors.stream().map(JsonNode::toString).collect(Collectors.joining("\n")));

        assertEquals(0, run.exit(), run.err());
        assertEquals(hexLines(vectors) + "\n", run.out());
    }

    @Test
    void judgesEveryVectorAsTheRustReaderDoes() throws IOException {
        List<JsonNode> vectors = vectors("malformed.json");

        CommandRun run = run("decode", hexLines(vectors));

        assertEquals(0, run.exit());
        assertEquals("", run.err());
        List<JsonNode> lines = jsonLines(run.out());
        assertEquals(vectors.size(), lines.size());
        for (int i = 0; i < lines.size(); i++) {
            JsonNode expect = vectors.get(i).get("expect");
            JsonNode line = lines.get(i);
            if (expect.get("kind").asText().equals("accepted")) {
                assertEquals(expect.get("message"), line.get("message"));
                assertEquals(expect.get("proto_version"), line.get("proto_version"));
                assertEquals(expect.get("consumed"), line.get("consumed"));
            } else {
                assertEquals(expect.get("kind"), line.get("error"), vectors.get(i).toString());
                assertTrue(line.get("offset").isInt());
                assertFalse(line.get("reason").asText().isBlank());
            }
        }
    }

    @Test
    void whatDecodePrintsEncodeTakes() throws IOException {
        String frames = hexLines(vectors("valid.json")) + "\n";

        assertEquals(frames, run("encode", run("decode", frames).out()).out());
    }

    @Test
    void anEmptyLineIsAnEmptyStreamAndNoLineIsNothing() {
        assertEquals("Io", jsonLines(run("decode", "\n").out()).getFirst().get("error").asText());
        assertEquals(new CommandRun(0, "", ""), run("decode", ""));
        assertEquals(new CommandRun(0, "", ""), run("encode", ""));
    }

    @Test
    void aLineThatIsNotHexIsNamedAndTheRestIsDecoded() {
        CommandRun run = run("decode", "0500000001000dac02\nabc\n05 00\r\n0500000001000DAC02\r\n");

        assertEquals(2, run.exit());
        assertEquals("""
                handoff frame decode: line 2: an odd number of hex digits (3)
                handoff frame decode: line 3: ' ' at column 3 is no hex digit
                """, run.err());
        assertEquals(
                """
                        {"proto_version":1,"message":{"variant":"Heartbeat","ts_ms":"300"},"consumed":9}
                        {"error":"Input","line":2,"reason":"an odd number of hex digits (3)"}
                        {"error":"Input","line":3,"reason":"' ' at column 3 is no hex digit"}
                        {"proto_version":1,"message":{"variant":"Heartbeat","ts_ms":"300"},"consumed":9}
                        """,
                run.out());
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '`', value = {
        "{ | no JSON: ",
        "{} {} | no JSON: ",
        "{\"message\":1,\"message\":2} | no JSON: Duplicate field 'message'",
        "`` | not a JSON object with proto_version and message",
        "[] | not a JSON object with proto_version and message",
        "{} | proto_version is missing",
        "{\"proto_version\":65536} | proto_version must be an integer in 0..65535, is 65536",
        "{\"proto_version\":\"1\"} | proto_version must be an integer in 0..65535, is \"1\"",
        "{\"proto_version\":1} | message is missing",
        "{\"proto_version\":1,\"message\":{\"variant\":\"Bye\"}} | message.variant must be one of the 14 messages",
        "{\"proto_version\":1,\"message\":{\"variant\":\"Heartbeat\"}} | message.ts_ms is missing"})
    void aLineThatCannotBeEncodedIsNamedAndTheRestIsEncoded(String line, String reason) {
        String heartbeat = "{\"proto_version\":1,\"message\":{\"variant\":\"Heartbeat\",\"ts_ms\":\"300\"}}";

        CommandRun run = run("encode", heartbeat + "\n" + line + "\n" + heartbeat + "\n");

        assertEquals(2, run.exit());
        assertEquals(1, run.err().lines().count(), run.err());
        assertTrue(run.err().startsWith("handoff frame encode: line 2: " + reason), run.err());
        assertEquals("0500000001000dac02\n\n0500000001000dac02\n", run.out());
    }

    @Test
    void aMessageOverOneMebibyteIsRefused() {
        CommandRun run = run("encode",
                "{\"proto_version\":1,\"message\":{\"variant\":\"SealFailed\",\"handoff_id\":"
                        + "\"123e4567-e89b-42d3-a456-426614174000\",\"partial_state\":\"\",\"error\":\""
                        + "x".repeat(1 << 20)
                        + "\"}}");

        assertEquals(2, run.exit());
        assertEquals("handoff frame encode: line 1: SealFailed needs a frame whose length is over 1048576\n",
                run.err());
    }

    @ParameterizedTest
    @ValueSource(strings = {"decode", "encode"})
    void helpHasExamplesThatAreTrue(String command) {
        CommandRun help = CommandRun.of("frame", command, "--help");
        assertEquals(0, help.exit());
        List<String> lines = help.out().replaceAll("\\\\\\R *", "").lines().toList();
        int examples = 0;
        for (int i = 0; i < lines.size(); i++) {
            String line = lines.get(i).strip();
            if (line.startsWith("$ echo ")) {
                String input = line.substring("$ echo ".length(), line.indexOf(" | handoff")).replace("'", "");
                CommandRun run = run(command, input);
                assertEquals(lines.get(i + 1).strip(), (run.err() + run.out()).strip());
                examples++;
            }
        }
        assertEquals(2, examples);
    }

    @Test
    void decodeOrEncodeMustBeSaid() {
        CommandRun run = CommandRun.of("frame");
        assertEquals(2, run.exit());
        assertEquals("handoff frame: decode or encode is missing ('handoff frame --help' shows usage)\n", run.err());
    }

    private static CommandRun run(String command, String stdin) {
        InputStream before = System.in;
        System.setIn(new ByteArrayInputStream(stdin.getBytes(StandardCharsets.UTF_8)));
        try {
            return CommandRun.of("frame", command);
        } finally {
            System.setIn(before);
        }
    }

    private static List<JsonNode> vectors(String name) throws IOException {
        try (InputStream in = FrameCommandTest.class.getResourceAsStream("/vectors/" + name)) {
            return JSON.readTree(in).valueStream().toList();
        }
    }

    private static String hexLines(List<JsonNode> vectors) {
        return vectors.stream().map(v -> v.get("frame_hex").asText()).collect(Collectors.joining("\n"));
    }

    private static List<JsonNode> jsonLines(String text) {
        return text.lines().map(line -> {
            try {
                return JSON.readTree(line);
            } catch (IOException e) {
                throw new AssertionError("no JSON: " + line, e);
            }
        }).toList();
    }
}
