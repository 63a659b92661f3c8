package dev.handoff.replay;

import java.util.Map;
import java.util.Set;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;

/**
 * A journal's entry as one line for people: number, time, epoch, kind, service, handoff, then what the kind has. Stateless; any
 * thread.
 *
 * <p>
 * Invariant: a line holds no line break and no control character, whatever a daemon put into its messages.
 */
public final class EntryText {

    /** As wide as the longest kind of event. */
    private static final int KIND_WIDTH = 18;
    private static final int SEQUENCE_WIDTH = 7;
    private static final int ID_CHARS = 8;
    /** A fragment has up to a megabyte of hex; as much of a value as tells what it is. */
    private static final int VALUE_CHARS = 256;

    /** Shown by the columns, or by the peer and the message in words. */
    private static final Set<String> SHOWN = Set.of("seq", "time", "epoch", "kind", "service", "handoff_id", "peer",
            "direction", "message", "name");

    private EntryText() {}

    /** The entry in one line; {@code names} as far as the journal was read up to it. */
    public static String line(Entry entry, ServiceNames names) {
        ObjectNode json = EntryJson.toJson(entry, names);
        if (entry instanceof Entry.Damaged damaged) {
            return "!".repeat(SEQUENCE_WIDTH) + "  " + EntryJson.DAMAGED + ": "
                    + Shown.printable(damaged.damage().toString());
        }
        StringBuilder line = new StringBuilder();
        String sequence = json.get("seq").asText();
        line.repeat(' ', Math.max(0, SEQUENCE_WIDTH - sequence.length())).append(sequence);
        line.append("  ").append(json.get("time").asText()).append("  ").append(json.get("epoch").asText())
                .append("  ");
        String kind = json.get("kind").asText();
        line.append(kind).repeat(' ', Math.max(0, KIND_WIDTH - kind.length()));
        String id = json.path("handoff_id").asText("");
        line.append("  ").append(json.path("service").isNull() ? "-" : token(json.get("service").asText()));
        line.append("  ").append(json.path("handoff_id").isNull() ? "-" : id.substring(0, ID_CHARS));
        if (!json.get("peer").isNull()) {
            line.append("  ").append(word(json.get("direction").asText(""))).append(json.get("peer").asText());
        }
        if (json.get("message") instanceof ObjectNode message) {
            line.append("  ").append(message.get("variant").asText());
            for (Map.Entry<String, JsonNode> field : message.properties()) {
                boolean said = field.getKey().equals("variant")
                        || (field.getKey().equals("handoff_id") && field.getValue().asText().equals(id));
                if (!said) {
                    append(line, field.getKey(), field.getValue());
                }
            }
        }
        line.append(' ');
        for (Map.Entry<String, JsonNode> field : json.properties()) {
            if (!SHOWN.contains(field.getKey()) && !field.getValue().isNull()) {
                append(line, field.getKey(), field.getValue());
            }
        }
        return line.toString().stripTrailing();
    }

    private static String word(String direction) {
        return switch (direction) {
            case "inbound" -> "from ";
            case "outbound" -> "to ";
            default -> "";
        };
    }

    private static void append(StringBuilder line, String name, JsonNode value) {
        line.append(' ').append(name).append('=');
        if (value.isContainerNode()) {
            line.append(shortened(Shown.printable(value.toString())));
        } else {
            line.append(token(value.asText()));
        }
    }

    private static String shortened(String text) {
        if (text.length() <= VALUE_CHARS) {
            return text;
        }
        int end = Character.isHighSurrogate(text.charAt(VALUE_CHARS - 1)) ? VALUE_CHARS - 1 : VALUE_CHARS;
        return text.substring(0, end) + "…";
    }

    /** Quoted where it would not be read as one word. */
    private static String token(String text) {
        boolean plain = !text.isEmpty() && text.chars().noneMatch(c -> c <= ' ' || c == '"' || c == '\\');
        return plain
                ? Shown.printable(shortened(text))
                : '"' + Shown.printable(shortened(text).replace("\\", "\\\\").replace("\"", "\\\"")) + '"';
    }
}
