package dev.handoff.cli;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.util.HexFormat;
import java.util.concurrent.Callable;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.handoff.codec.Decoded;
import dev.handoff.codec.FrameDecoder;
import dev.handoff.codec.FrameEncoder;
import dev.handoff.codec.Message;
import dev.handoff.replay.MessageJson;
import org.agrona.concurrent.UnsafeBuffer;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** {@code handoff frame}: frames as JSON and back, for people who debug or write a participant. */
@Command(name = "frame", mixinStandardHelpOptions = true, description = "Turns frames of the protocol into JSON, and back.", synopsisSubcommandLabel = "COMMAND", subcommands = {
    FrameCommand.Decode.class, FrameCommand.Encode.class})
public final class FrameCommand implements Runnable {

    private static final JsonMapper JSON = JsonMapper.builder().enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
            .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS).build();

    @Spec
    private CommandSpec spec;

    @Override
    public void run() {
        throw new ParameterException(spec.commandLine(), "decode or encode is missing");
    }

    /** Hex in, JSON out. */
    @Command(name = "decode", mixinStandardHelpOptions = true, description = {
        "Decodes frames: one stream in hex a line on stdin, one JSON object a line on stdout.",
        "Only the first frame of a stream is decoded; 'consumed' says where the next one starts."}, footer = {
            "", "Examples:", "  $ echo 0500000001000dac02 | handoff frame decode",
            "  {\"proto_version\":1,\"message\":{\"variant\":\"Heartbeat\",\"ts_ms\":\"300\"},\"consumed\":9}",
            "  $ echo 0500000001000d | handoff frame decode",
            "  {\"error\":\"Io\",\"offset\":7,\"reason\":\"the stream ended after 7 bytes of a frame that needs 9\"}",
            "",
            "'error' is what the protocol calls it: FrameMalformed (a length under 2), FrameTooLarge (over",
            "1 MiB), Codec (the payload is no message) or Io (the stream ended inside a frame). 'offset'",
            "counts bytes from the frame's start. An empty line is an empty stream.",
            "A line that is not hex gives {\"error\":\"Input\",\"line\":...,\"reason\":...}.", "",
            "Exit codes: 0 every line was hex, whatever it decoded to; 2 some line was not."})
    static final class Decode implements Callable<Integer> {

        private final FrameDecoder decoder = new FrameDecoder();

        @Spec
        private CommandSpec spec;

        @Override
        public Integer call() {
            return forEachLine(spec, (line, number, out, err) -> {
                String hex = line.strip();
                int wrongAt = firstNonHex(hex);
                if (wrongAt >= 0) {
                    return refuse(number, "'" + hex.substring(wrongAt, hex.offsetByCodePoints(wrongAt, 1))
                            + "' at column " + (wrongAt + 1) + " is no hex digit", out, err);
                }
                if (hex.length() % 2 != 0) {
                    return refuse(number, "an odd number of hex digits (" + hex.length() + ")", out, err);
                }
                byte[] stream = HexFormat.of().parseHex(hex);
                out.println(json(decoder.decodeAtEndOfStream(new UnsafeBuffer(stream), 0, stream.length)));
                return true;
            });
        }

        /** Said on stdout too, so that the n-th line of the output stays the n-th line's of the input. */
        private boolean refuse(long number, String reason, PrintWriter out, PrintWriter err) {
            out.println(JSON.createObjectNode().put("error", "Input").put("line", number).put("reason", reason));
            complain(spec, number, reason, err);
            return false;
        }

        private static int firstNonHex(String hex) {
            for (int i = 0; i < hex.length(); i++) {
                if (!HexFormat.isHexDigit(hex.charAt(i))) {
                    return i;
                }
            }
            return -1;
        }

        private static ObjectNode json(Decoded decoded) {
            ObjectNode json = JSON.createObjectNode();
            switch (decoded) {
                case Decoded.Frame(int protoVersion, Message message, int consumed) -> {
                    json.put("proto_version", protoVersion);
                    json.set("message", MessageJson.toJson(message));
                    json.put("consumed", consumed);
                }
                case Decoded.Malformed(Decoded.Kind kind, String reason, int offset) -> {
                    json.put("error", kind.wireName());
                    json.put("offset", offset);
                    json.put("reason", reason);
                }
                case Decoded.Incomplete incomplete ->
                    throw new IllegalStateException("the decoder waits for more at the end of a stream: " + incomplete);
            }
            return json;
        }
    }

    /** JSON in, hex out. */
    @Command(name = "encode", mixinStandardHelpOptions = true, description = {
        "Encodes frames: one JSON object a line on stdin, in the shape that 'decode' prints; one frame",
        "in hex a line on stdout."}, footer = {"", "Examples:",
            "  $ echo '{\"proto_version\":1,\"message\":{\"variant\":\"Heartbeat\",\"ts_ms\":\"300\"}}' \\",
            "      | handoff frame encode",
            "  0500000001000dac02",
            "  $ echo '{\"proto_version\":1,\"message\":{\"variant\":\"Abort\",\"reason\":\"x\"}}' \\",
            "      | handoff frame encode",
            "  handoff frame encode: line 1: message.handoff_id is missing", "",
            "u16 and u32 are numbers, u64 strings in decimal, bytes hex, a handoff id a UUID.",
            "A line that cannot be encoded is named on stderr, and gives an empty line on stdout.", "",
            "Exit codes: 0 every line was encoded; 2 some line was not."})
    static final class Encode implements Callable<Integer> {

        private static final int U16_MAX = 0xFFFF;

        private final FrameEncoder encoder = new FrameEncoder();

        @Spec
        private CommandSpec spec;

        @Override
        public Integer call() {
            return forEachLine(spec, (line, number, out, err) -> switch (encode(line)) {
                case Encoded.Frame(String hex) -> {
                    out.println(hex);
                    yield true;
                }
                case Encoded.Refused(String reason) -> {
                    out.println();
                    complain(spec, number, reason, err);
                    yield false;
                }
            });
        }

        private sealed interface Encoded {
            record Frame(String hex) implements Encoded {}

            record Refused(String reason) implements Encoded {}
        }

        private Encoded encode(String line) {
            JsonNode json;
            try {
                json = JSON.readTree(line);
            } catch (JsonProcessingException e) {
                long column = e.getLocation() == null ? 1 : e.getLocation().getColumnNr();
                return new Encoded.Refused(
                        "no JSON: " + e.getOriginalMessage().lines().findFirst().orElse("it is broken")
                                + " (column " + column + ")");
            }
            if (!json.isObject()) {
                return new Encoded.Refused("not a JSON object with proto_version and message");
            }
            JsonNode version = json.path("proto_version");
            if (!version.isIntegralNumber() || !version.canConvertToInt() || version.intValue() < 0
                    || version.intValue() > U16_MAX) {
                return new Encoded.Refused(version.isMissingNode()
                        ? "proto_version is missing"
                        : "proto_version must be an integer in 0..65535, is " + version);
            }
            if (json.path("message").isMissingNode()) {
                return new Encoded.Refused("message is missing");
            }
            return switch (MessageJson.parse(json.path("message"))) {
                case MessageJson.Parsed.Refused(String reason) -> new Encoded.Refused(reason);
                case MessageJson.Parsed.Accepted(Message message) -> frame(message, version.intValue());
            };
        }

        private Encoded frame(Message message, int protoVersion) {
            try {
                return new Encoded.Frame(HexFormat.of().formatHex(encoder.encode(message, protoVersion)));
            } catch (IllegalArgumentException e) {
                return new Encoded.Refused(e.getMessage()); // over 1 MiB
            }
        }
    }

    @FunctionalInterface
    private interface LineTranslation {
        /** Prints the translation of a line, numbered from 1; false if the line is wrong. */
        boolean translate(String line, long number, PrintWriter out, PrintWriter err);
    }

    private static int forEachLine(CommandSpec spec, LineTranslation translation) {
        PrintWriter out = spec.commandLine().getOut();
        PrintWriter err = spec.commandLine().getErr();
        boolean allRight = true;
        try {
            BufferedReader in = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
            long number = 0;
            // A reader that has gone away (head, less) needs no more lines.
            for (String line = in.readLine(); line != null && !out.checkError(); line = in.readLine()) {
                number++;
                allRight &= translation.translate(line, number, out, err);
            }
        } catch (IOException e) {
            err.println(spec.qualifiedName() + ": cannot read standard input: " + e.getMessage());
            return ExitCode.FAILED;
        }
        out.flush();
        return allRight ? ExitCode.OK : ExitCode.USAGE;
    }

    private static void complain(CommandSpec spec, long number, String reason, PrintWriter err) {
        err.println(spec.qualifiedName() + ": line " + number + ": " + reason);
    }
}
