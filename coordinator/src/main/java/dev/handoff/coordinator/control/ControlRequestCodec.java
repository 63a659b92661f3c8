package dev.handoff.coordinator.control;

import java.util.Optional;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.handoff.codec.HandoffId;
import dev.handoff.coordinator.control.ControlJson.BadField;

/** Requests to lines and back. Pure; no line, however bad, causes an exception. */
public final class ControlRequestCodec {

    /** The longest request line a coordinator reads, without its newline: a binary's path is at most 4,096 bytes. */
    public static final int MAX_LINE_BYTES = 16 * 1024;

    private ControlRequestCodec() {}

    /** The line, without its newline. */
    public static String encode(ControlRequest request) {
        return switch (request) {
            case ControlRequest.Swap(Optional<String> service, Optional<String> binary, Optional<HandoffId> id) ->
                ControlJson.line(withOptional(withOptional(withOptional(op("swap"), "service", service), "binary",
                        binary), "handoff_id", id.map(HandoffId::toString)));
            case ControlRequest.Abort(Optional<String> service) ->
                ControlJson.line(withOptional(op("abort"), "service", service));
            case ControlRequest.AskStatus() -> ControlJson.line(op("status"));
            case ControlRequest.RustHandoff(Optional<String> binary) ->
                binary.map(path -> "handoff " + path).orElse("handoff");
        };
    }

    /**
     * What a line asks for. One that does not begin with a brace is the Rust supervisor's: its words are split at white
     * space, the first must be {@code handoff}, the second is the binary, and what follows is ignored, as it is there.
     */
    public static Parsed<ControlRequest> decode(String line) {
        String trimmed = line.strip();
        if (!trimmed.startsWith("{")) {
            return decodeRust(trimmed);
        }
        try {
            JsonNode node = ControlJson.object(trimmed);
            String op = ControlJson.text(node, "op");
            return switch (op) {
                case "swap" -> new Parsed.Understood<>(
                        new ControlRequest.Swap(ControlJson.optionalText(node, "service"),
                                ControlJson.optionalText(node, "binary"), ControlJson.optionalHandoffId(node,
                                        "handoff_id")));
                case "abort" ->
                    new Parsed.Understood<>(new ControlRequest.Abort(ControlJson.optionalText(node, "service")));
                case "status" -> new Parsed.Understood<>(new ControlRequest.AskStatus());
                default -> new Parsed.NotUnderstood<>("unknown op \"" + op + "\"; known are swap, abort, status");
            };
        } catch (BadField e) {
            return new Parsed.NotUnderstood<>(e.getMessage());
        }
    }

    /** Whether the answer to this line goes in the Rust supervisor's form. */
    public static boolean isRustLine(String line) {
        return !line.strip().startsWith("{");
    }

    private static Parsed<ControlRequest> decodeRust(String line) {
        if (line.isEmpty()) {
            return new Parsed.NotUnderstood<>("empty command");
        }
        String[] words = line.split("\\s+", -1);
        if (!words[0].equals("handoff")) {
            return new Parsed.NotUnderstood<>("unknown command '" + words[0] + "'");
        }
        return new Parsed.Understood<>(
                new ControlRequest.RustHandoff(words.length > 1 ? Optional.of(words[1]) : Optional.empty()));
    }

    private static ObjectNode op(String name) {
        return ControlJson.MAPPER.createObjectNode().put("op", name);
    }

    private static ObjectNode withOptional(ObjectNode node, String field, Optional<String> value) {
        value.ifPresent(text -> node.put(field, text));
        return node;
    }
}
