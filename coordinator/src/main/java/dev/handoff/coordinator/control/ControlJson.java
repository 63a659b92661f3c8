package dev.handoff.coordinator.control;

import java.math.BigDecimal;
import java.math.RoundingMode;
import java.time.DateTimeException;
import java.time.Instant;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.handoff.codec.HandoffId;

/**
 * Fields of the control lines. Reading throws {@link BadField}, which the two codecs alone catch, each in one place, and
 * turn into {@link Parsed.NotUnderstood}. Fields nobody asks for are ignored: an older side must understand a newer one.
 */
final class ControlJson {

    static final JsonMapper MAPPER = JsonMapper.builder().enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
            .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
            .enable(DeserializationFeature.USE_BIG_DECIMAL_FOR_FLOATS).build();

    private ControlJson() {}

    /** A field is missing or has the wrong shape. */
    static final class BadField extends Exception {
        private static final long serialVersionUID = 1;

        BadField(String message) {
            super(message, null, false, false);
        }
    }

    static JsonNode object(String line) throws BadField {
        JsonNode node;
        try {
            node = MAPPER.readTree(line);
        } catch (JsonProcessingException e) {
            throw new BadField("not a JSON object: " + e.getOriginalMessage());
        }
        if (node == null || !node.isObject()) {
            throw new BadField("not a JSON object");
        }
        return node;
    }

    static String line(ObjectNode node) {
        try {
            return MAPPER.writeValueAsString(node);
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("a tree of plain values always has a text", e);
        }
    }

    static String text(JsonNode from, String field) throws BadField {
        return optionalText(from, field).orElseThrow(() -> new BadField("\"" + field + "\" is missing"));
    }

    static Optional<String> optionalText(JsonNode from, String field) throws BadField {
        JsonNode node = from.path(field);
        if (isAbsent(node)) {
            return Optional.empty();
        }
        if (!node.isTextual()) {
            throw new BadField("\"" + field + "\" must be a string");
        }
        return Optional.of(node.textValue());
    }

    static long integer(JsonNode from, String field) throws BadField {
        JsonNode node = from.path(field);
        if (!node.isIntegralNumber() || !node.canConvertToLong()) {
            throw new BadField("\"" + field + "\" must be an integer");
        }
        return node.longValue();
    }

    static OptionalInt optionalInt(JsonNode from, String field) throws BadField {
        JsonNode node = from.path(field);
        if (isAbsent(node)) {
            return OptionalInt.empty();
        }
        if (!node.isIntegralNumber() || !node.canConvertToInt()) {
            throw new BadField("\"" + field + "\" must be an integer");
        }
        return OptionalInt.of(node.intValue());
    }

    /** Milliseconds on the wire, with three decimals; nanoseconds here. */
    static OptionalLong optionalMillis(JsonNode from, String field) throws BadField {
        JsonNode node = from.path(field);
        if (isAbsent(node)) {
            return OptionalLong.empty();
        }
        BigDecimal ns = node.isNumber() ? node.decimalValue().movePointRight(6) : null;
        if (ns == null || ns.abs().compareTo(BigDecimal.valueOf(Long.MAX_VALUE)) > 0) {
            throw new BadField("\"" + field + "\" must be a number of milliseconds");
        }
        return OptionalLong.of(ns.setScale(0, RoundingMode.HALF_UP).longValueExact());
    }

    static HandoffId handoffId(JsonNode from, String field) throws BadField {
        return optionalHandoffId(from, field).orElseThrow(() -> new BadField("\"" + field + "\" is missing"));
    }

    static Optional<HandoffId> optionalHandoffId(JsonNode from, String field) throws BadField {
        Optional<String> text = optionalText(from, field);
        if (text.isEmpty()) {
            return Optional.empty();
        }
        try {
            HandoffId id = HandoffId.parse(text.get());
            if (id.equals(HandoffId.NONE)) {
                throw new BadField("\"" + field + "\" must not be all zeros, which stands for no handoff");
            }
            return Optional.of(id);
        } catch (IllegalArgumentException e) {
            throw new BadField("\"" + field + "\" must be a UUID");
        }
    }

    static Instant instant(JsonNode from, String field) throws BadField {
        try {
            return Instant.parse(text(from, field));
        } catch (DateTimeException e) {
            throw new BadField("\"" + field + "\" must be a time such as 2026-01-31T12:00:00Z");
        }
    }

    static void put(ObjectNode to, String field, Optional<String> value) {
        to.put(field, value.orElse(null));
    }

    static void put(ObjectNode to, String field, OptionalInt value) {
        to.put(field, value.isPresent() ? Integer.valueOf(value.getAsInt()) : null);
    }

    static void putMillis(ObjectNode to, String field, OptionalLong valueNs) {
        to.put(field, valueNs.isPresent()
                ? BigDecimal.valueOf(valueNs.getAsLong(), 6).setScale(3, RoundingMode.HALF_UP)
                : null);
    }

    /** Text that a peer sent, made fit for a line of its own. */
    static String oneLine(String text) {
        return text.replaceAll("[\\p{Cntrl}\u0085\u2028\u2029]+", " ").strip();
    }

    private static boolean isAbsent(JsonNode node) {
        return node.isMissingNode() || node.isNull();
    }
}
