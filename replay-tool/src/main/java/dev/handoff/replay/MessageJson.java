package dev.handoff.replay;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.handoff.codec.BuildId;
import dev.handoff.codec.Capabilities;
import dev.handoff.codec.Fingerprint;
import dev.handoff.codec.HandoffId;
import dev.handoff.codec.Message;
import dev.handoff.codec.MessageKind;
import dev.handoff.codec.ShardRevisions;
import dev.handoff.codec.Side;

/**
 * A {@link Message} as JSON in the shape of the wire vectors, and back. Stateless; any thread.
 *
 * <p>
 * The object's {@code variant} is the message's name; the other fields have the protocol page's names. {@code u16} and
 * {@code u32} are numbers, {@code u64} are strings in decimal (a JSON number may lose digits in its reader), bytes are hex,
 * a handoff id is a UUID string.
 */
public final class MessageJson {

    private static final JsonNodeFactory NODES = JsonNodeFactory.instance;
    private static final long U16_MAX = 0xFFFF;
    private static final long U32_MAX = 0xFFFF_FFFFL;
    private static final String U64_MAX = Long.toUnsignedString(-1);

    /** What {@link #parse} made of an object. */
    public sealed interface Parsed {

        /** A message. */
        record Accepted(Message message) implements Parsed {}

        /** No message; the reason, for people, names the field and what was expected. */
        record Refused(String reason) implements Parsed {}
    }

    private MessageJson() {}

    /** The message's fields, {@code variant} first, then in the wire's order. */
    public static ObjectNode toJson(Message message) {
        ObjectNode json = NODES.objectNode();
        json.put("variant", message.kind().wireName());
        switch (message) {
            case Message.Hello(Side role, long pid, BuildId buildId, int protoMin, int protoMax, Capabilities capabilities) -> {
                json.put("role", role.wireName());
                json.put("pid", pid);
                json.put("build_id", buildId.toString());
                json.put("proto_min", protoMin);
                json.put("proto_max", protoMax);
                json.putObject("capabilities").put("reserved", Long.toUnsignedString(capabilities.reserved()));
            }
            case Message.HelloAck(int protoVersionChosen, HandoffId handoffId) -> {
                json.put("proto_version_chosen", protoVersionChosen);
                putId(json, handoffId);
            }
            case Message.PrepareHandoff(HandoffId handoffId, long successorPid, long deadlineMs, long drainGraceMs) -> {
                putId(json, handoffId);
                json.put("successor_pid", successorPid);
                json.put("deadline_ms", Long.toUnsignedString(deadlineMs));
                json.put("drain_grace_ms", Long.toUnsignedString(drainGraceMs));
            }
            case Message.Drained(long openConnsRemaining, boolean acceptClosed) -> {
                json.put("open_conns_remaining", openConnsRemaining);
                json.put("accept_closed", acceptClosed);
            }
            case Message.SealRequest(HandoffId handoffId) -> putId(json, handoffId);
            case Message.SealProgress(long shardsSealed, long shardsTotal, long lastRevision) -> {
                json.put("shards_sealed", shardsSealed);
                json.put("shards_total", shardsTotal);
                json.put("last_revision", Long.toUnsignedString(lastRevision));
            }
            case Message.SealComplete(HandoffId handoffId, ShardRevisions lastRevisionPerShard, Fingerprint fingerprint) -> {
                putId(json, handoffId);
                json.set("last_revision_per_shard", revisions(lastRevisionPerShard));
                json.put("data_dir_fingerprint", fingerprint.toString());
            }
            case Message.SealFailed(HandoffId handoffId, String error, String partialState) -> {
                putId(json, handoffId);
                json.put("error", error);
                json.put("partial_state", partialState);
            }
            case Message.Begin(HandoffId handoffId) -> putId(json, handoffId);
            case Message.Ready(HandoffId handoffId, List<String> listeningOn, boolean healthzOk, ShardRevisions revisions) -> {
                putId(json, handoffId);
                ArrayNode addresses = json.putArray("listening_on");
                listeningOn.forEach(addresses::add);
                json.put("healthz_ok", healthzOk);
                json.set("advertised_revision_per_shard", revisions(revisions));
            }
            case Message.Commit(HandoffId handoffId) -> putId(json, handoffId);
            case Message.Abort(HandoffId handoffId, String reason) -> {
                putId(json, handoffId);
                json.put("reason", reason);
            }
            case Message.ResumeAfterAbort(HandoffId handoffId) -> putId(json, handoffId);
            case Message.Heartbeat(long tsMs) -> json.put("ts_ms", Long.toUnsignedString(tsMs));
        }
        return json;
    }

    /** Reads what {@link #toJson} writes. Every field must be there, no other may. */
    public static Parsed parse(JsonNode json) {
        Fields fields = new Fields(json, "message", new Refusal());
        Optional<MessageKind> kind = fields.kind();
        if (kind.isPresent()) {
            Message message = read(kind.get(), fields);
            fields.refuseOthers();
            if (fields.refusal.reason == null) {
                return new Parsed.Accepted(message);
            }
        }
        return new Parsed.Refused(fields.refusal.reason);
    }

    /** After a refusal the message returned is thrown away: each reader then gives a value of its range. */
    private static Message read(MessageKind kind, Fields fields) {
        return switch (kind) {
            case HELLO -> new Message.Hello(fields.side("role"), fields.integer("pid", U32_MAX),
                    BuildId.of(fields.bytes("build_id")), (int) fields.integer("proto_min", U16_MAX),
                    (int) fields.integer("proto_max", U16_MAX), fields.capabilities("capabilities"));
            case HELLO_ACK ->
                new Message.HelloAck((int) fields.integer("proto_version_chosen", U16_MAX), fields.handoffId());
            case PREPARE_HANDOFF -> new Message.PrepareHandoff(fields.handoffId(),
                    fields.integer("successor_pid", U32_MAX), fields.u64("deadline_ms"), fields.u64("drain_grace_ms"));
            case DRAINED -> new Message.Drained(fields.integer("open_conns_remaining", U32_MAX),
                    fields.bool("accept_closed"));
            case SEAL_REQUEST -> new Message.SealRequest(fields.handoffId());
            case SEAL_PROGRESS -> new Message.SealProgress(fields.integer("shards_sealed", U32_MAX),
                    fields.integer("shards_total", U32_MAX), fields.u64("last_revision"));
            case SEAL_COMPLETE -> new Message.SealComplete(fields.handoffId(),
                    fields.revisions("last_revision_per_shard"), fields.fingerprint("data_dir_fingerprint"));
            case SEAL_FAILED -> new Message.SealFailed(fields.handoffId(), fields.text("error"),
                    fields.text("partial_state"));
            case BEGIN -> new Message.Begin(fields.handoffId());
            case READY -> new Message.Ready(fields.handoffId(), fields.texts("listening_on"), fields.bool("healthz_ok"),
                    fields.revisions("advertised_revision_per_shard"));
            case COMMIT -> new Message.Commit(fields.handoffId());
            case ABORT -> new Message.Abort(fields.handoffId(), fields.text("reason"));
            case RESUME_AFTER_ABORT -> new Message.ResumeAfterAbort(fields.handoffId());
            case HEARTBEAT -> new Message.Heartbeat(fields.u64("ts_ms"));
        };
    }

    private static void putId(ObjectNode json, HandoffId handoffId) {
        json.put("handoff_id", handoffId.toString());
    }

    private static ArrayNode revisions(ShardRevisions revisions) {
        ArrayNode array = NODES.arrayNode(revisions.size());
        for (int shard = 0; shard < revisions.size(); shard++) {
            array.add(Long.toUnsignedString(revisions.get(shard)));
        }
        return array;
    }

    /** The first thing found wrong; what comes after it is often its consequence. */
    private static final class Refusal {
        private String reason;

        void set(String newReason) {
            if (reason == null) {
                reason = newReason;
            }
        }
    }

    /** One object's fields, taken by name and type. */
    private static final class Fields {

        private static final int UUID_CHARS = 36;
        private static final int SHOWN_CHARS = 40;

        private final JsonNode object;
        private final String path;
        private final Refusal refusal;
        private final Set<String> taken = new HashSet<>();

        Fields(JsonNode object, String path, Refusal refusal) {
            this.object = object;
            this.path = path;
            this.refusal = refusal;
            if (!object.isObject()) {
                refusal.set(path + " must be an object, is " + shown(object));
            }
        }

        Optional<MessageKind> kind() {
            String name = text("variant");
            for (MessageKind kind : MessageKind.values()) {
                if (kind.wireName().equals(name)) {
                    return Optional.of(kind);
                }
            }
            refusal.set(path + ".variant must be one of the 14 messages (Hello, ..., Heartbeat), is "
                    + shown(take("variant")));
            return Optional.empty();
        }

        void refuseOthers() {
            for (String name : (Iterable<String>) object::fieldNames) {
                if (!taken.contains(name)) {
                    refusal.set(path + "." + name + " is no field of this message");
                }
            }
        }

        long integer(String name, long max) {
            JsonNode value = take(name);
            if (value.isIntegralNumber() && value.canConvertToLong() && value.longValue() >= 0
                    && value.longValue() <= max) {
                return value.longValue();
            }
            refuse(name, "an integer in 0.." + max, value);
            return 0;
        }

        long u64(String name) {
            JsonNode value = take(name);
            Optional<Long> parsed = u64(value);
            if (parsed.isEmpty()) {
                refuse(name, "a decimal string in 0.." + U64_MAX, value);
            }
            return parsed.orElse(0L);
        }

        ShardRevisions revisions(String name) {
            return ShardRevisions.of(elements(name, "decimal strings in 0.." + U64_MAX, Fields::u64).stream()
                    .mapToLong(Long::longValue).toArray());
        }

        List<String> texts(String name) {
            return elements(name, "strings", Fields::text);
        }

        String text(String name) {
            JsonNode value = take(name);
            Optional<String> parsed = text(value);
            if (parsed.isEmpty()) {
                refuse(name, "a string", value);
            }
            return parsed.orElse("");
        }

        boolean bool(String name) {
            JsonNode value = take(name);
            if (!value.isBoolean()) {
                refuse(name, "true or false", value);
            }
            return value.booleanValue();
        }

        Side side(String name) {
            JsonNode value = take(name);
            for (Side side : Side.values()) {
                if (value.isTextual() && side.wireName().equals(value.textValue())) {
                    return side;
                }
            }
            refuse(name, "Incumbent or Successor", value);
            return Side.INCUMBENT;
        }

        Capabilities capabilities(String name) {
            JsonNode value = take(name);
            if (!value.isObject()) {
                refuse(name, "an object with the field reserved", value);
                return Capabilities.NONE;
            }
            Fields inner = new Fields(value, path + "." + name, refusal);
            Capabilities capabilities = new Capabilities(inner.u64("reserved"));
            inner.refuseOthers();
            return capabilities;
        }

        byte[] bytes(String name) {
            return bytes(name, "an even number of hex digits", -1);
        }

        Fingerprint fingerprint(String name) {
            return Fingerprint.of(bytes(name, "64 hex digits", Fingerprint.BYTES));
        }

        HandoffId handoffId() {
            JsonNode value = take("handoff_id");
            if (value.isTextual() && isUuid(value.textValue())) {
                return HandoffId.parse(value.textValue());
            }
            refuse("handoff_id", "a UUID", value);
            return HandoffId.NONE;
        }

        private byte[] bytes(String name, String expected, int length) {
            JsonNode value = take(name);
            if (value.isTextual()) {
                String hex = value.textValue();
                boolean rightLength = length < 0 ? hex.length() % 2 == 0 : hex.length() == 2 * length;
                if (rightLength && hex.chars().allMatch(HexFormat::isHexDigit)) {
                    return HexFormat.of().parseHex(hex);
                }
            }
            refuse(name, expected, value);
            return new byte[Math.max(length, 0)];
        }

        /** {@code UUID.fromString} also takes short forms such as 1-1-1-1-1; only the canonical one is meant. */
        private static boolean isUuid(String text) {
            if (text.length() != UUID_CHARS) {
                return false;
            }
            for (int i = 0; i < UUID_CHARS; i++) {
                boolean hyphenHere = i == 8 || i == 13 || i == 18 || i == 23;
                char c = text.charAt(i);
                if (hyphenHere ? c != '-' : !HexFormat.isHexDigit(c)) {
                    return false;
                }
            }
            return true;
        }

        private <T> List<T> elements(String name, String expected, Function<JsonNode, Optional<T>> parser) {
            JsonNode array = take(name);
            List<T> elements = new ArrayList<>();
            if (!array.isArray()) {
                refuse(name, "an array of " + expected, array);
            }
            for (int i = 0; i < array.size() && refusal.reason == null; i++) {
                Optional<T> element = parser.apply(array.get(i));
                if (element.isEmpty()) {
                    refuse(name + "[" + i + "]", "one of " + expected, array.get(i));
                }
                element.ifPresent(elements::add);
            }
            return elements;
        }

        private static Optional<Long> u64(JsonNode value) {
            boolean decimal = value.isTextual() || value.isIntegralNumber();
            String digits = decimal ? value.asText() : "";
            // A sign, which parseUnsignedLong would take, is no digit.
            boolean tooLarge = digits.length() > U64_MAX.length()
                    || (digits.length() == U64_MAX.length() && digits.compareTo(U64_MAX) > 0);
            if (digits.isEmpty() || tooLarge || !digits.chars().allMatch(c -> c >= '0' && c <= '9')) {
                return Optional.empty();
            }
            return Optional.of(Long.parseUnsignedLong(digits));
        }

        /** A lone surrogate is no text: UTF-8 cannot express it. */
        private static Optional<String> text(JsonNode value) {
            boolean isText = value.isTextual()
                    && value.textValue().codePoints().noneMatch(c -> c >= Character.MIN_SURROGATE
                            && c <= Character.MAX_SURROGATE);
            return isText ? Optional.of(value.textValue()) : Optional.empty();
        }

        private JsonNode take(String name) {
            taken.add(name);
            return object.path(name);
        }

        private void refuse(String name, String expected, JsonNode value) {
            refusal.set(value.isMissingNode()
                    ? path + "." + name + " is missing"
                    : path + "." + name + " must be " + expected + ", is " + shown(value));
        }

        private static String shown(JsonNode value) {
            if (value.isMissingNode()) {
                return "missing";
            }
            if (value.isContainerNode()) {
                return "an " + value.getNodeType().name().toLowerCase(Locale.ROOT);
            }
            String text = value.toString();
            return text.length() <= SHOWN_CHARS ? text : text.substring(0, SHOWN_CHARS) + "...";
        }
    }
}
