package dev.handoff.coordinator.control;

import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.handoff.codec.HandoffId;
import dev.handoff.coordinator.control.ControlJson.BadField;
import dev.handoff.coordinator.control.ControlReply.Aborted;
import dev.handoff.coordinator.control.ControlReply.Accepted;
import dev.handoff.coordinator.control.ControlReply.Busy;
import dev.handoff.coordinator.control.ControlReply.HandoffStatus;
import dev.handoff.coordinator.control.ControlReply.LastHandoff;
import dev.handoff.coordinator.control.ControlReply.NotAborted;
import dev.handoff.coordinator.control.ControlReply.Refused;
import dev.handoff.coordinator.control.ControlReply.ServiceStatus;
import dev.handoff.coordinator.control.ControlReply.Status;
import dev.handoff.coordinator.control.ControlReply.SwapEnded;

/** Replies to lines and back. Pure; no line, however bad, causes an exception. Times are in UTC, ISO 8601. */
public final class ControlReplyCodec {

    /** The longest reply line a client reads: the status of 10,000 services is about 4 MB. */
    public static final int MAX_LINE_BYTES = 16 * 1024 * 1024;

    private static final String EVENT = "event";

    private ControlReplyCodec() {}

    /** The line, without its newline. */
    public static String encode(ControlReply reply) {
        ObjectNode node = ControlJson.MAPPER.createObjectNode();
        switch (reply) {
            case Accepted accepted -> node.put(EVENT, "accepted").put("handoff_id", accepted.handoffId().toString())
                    .put("service", accepted.service());
            case SwapEnded ended -> {
                node.put(EVENT, "swap_ended");
                swapFields(node, ended);
            }
            case Busy busy -> node.put(EVENT, "busy").put("service", busy.service())
                    .put("handoff_id", busy.handoffId().toString()).put("phase", busy.phase())
                    .put("since", busy.since().toString());
            case Aborted aborted -> node.put(EVENT, "aborted").put("handoff_id", aborted.handoffId().toString())
                    .put("service", aborted.service());
            case NotAborted(String service, String reason) ->
                node.put(EVENT, "not_aborted").put("service", service).put("reason", reason);
            case Status status -> {
                node.put(EVENT, "status");
                statusFields(node, status);
            }
            case Refused(String reason) -> node.put(EVENT, "refused").put("reason", reason);
        }
        return ControlJson.line(node);
    }

    /** What {@code swap --json} prints: always the same ten fields, null where there is nothing to tell. */
    public static String json(SwapEnded ended) {
        ObjectNode node = ControlJson.MAPPER.createObjectNode();
        swapFields(node, ended);
        return ControlJson.line(node);
    }

    /** What {@code status --json} prints. */
    public static String json(Status status) {
        ObjectNode node = ControlJson.MAPPER.createObjectNode();
        statusFields(node, status);
        return ControlJson.line(node);
    }

    /** The answer to a {@code handoff [BINARY]} line, in the words of the Rust supervisor, without a newline. */
    public static String encodeRust(ControlReply lastWord) {
        return switch (lastWord) {
            case SwapEnded ended -> "ok: handoff_id=" + ended.handoffId().map(HandoffId::toString).orElse("none")
                    + " committed=" + (ended.outcome() == SwapOutcome.COMMITTED) + " abort_reason="
                    + ended.reason().map(reason -> "Some(" + rustDebug(reason) + ")").orElse("None");
            case Busy busy ->
                "err: handoff " + busy.handoffId() + " of " + ControlJson.oneLine(busy.service()) + " is in flight ("
                        + ControlJson.oneLine(busy.phase()) + " since " + busy.since() + ")";
            case Refused(String reason) -> "err: " + ControlJson.oneLine(reason);
            case NotAborted(String _, String reason) -> "err: " + ControlJson.oneLine(reason);
            case Accepted _,Aborted _,Status _ ->
                throw new IllegalArgumentException("no answer to a handoff line: " + lastWord);
        };
    }

    public static Parsed<ControlReply> decode(String line) {
        try {
            JsonNode node = ControlJson.object(line);
            String event = ControlJson.text(node, EVENT);
            return switch (event) {
                case "accepted" -> understood(
                        new Accepted(ControlJson.handoffId(node, "handoff_id"), ControlJson.text(node, "service")));
                case "swap_ended" -> understood(swapEnded(node));
                case "busy" ->
                    understood(new Busy(ControlJson.text(node, "service"), ControlJson.handoffId(node, "handoff_id"),
                            ControlJson.text(node, "phase"), ControlJson.instant(node, "since")));
                case "aborted" -> understood(
                        new Aborted(ControlJson.handoffId(node, "handoff_id"), ControlJson.text(node, "service")));
                case "not_aborted" ->
                    understood(new NotAborted(ControlJson.text(node, "service"), ControlJson.text(node, "reason")));
                case "status" -> understood(status(node));
                case "refused" -> understood(new Refused(ControlJson.text(node, "reason")));
                default -> new Parsed.NotUnderstood<>("unknown event \"" + event + "\"");
            };
        } catch (BadField e) {
            return new Parsed.NotUnderstood<>(e.getMessage());
        }
    }

    private static Parsed<ControlReply> understood(ControlReply reply) {
        return new Parsed.Understood<>(reply);
    }

    private static void swapFields(ObjectNode node, SwapEnded ended) {
        node.put("handoff_id", ended.handoffId().map(HandoffId::toString).orElse(null));
        node.put("service", ended.service());
        node.put("outcome", ended.outcome().word());
        ControlJson.put(node, "reason", ended.reason());
        ControlJson.put(node, "old_pid", ended.oldPid());
        ControlJson.put(node, "new_pid", ended.newPid());
        ControlJson.put(node, "old_build", ended.oldBuild());
        ControlJson.put(node, "new_build", ended.newBuild());
        ControlJson.putMillis(node, "total_ms", ended.totalNs());
        ControlJson.putMillis(node, "writer_gap_ms", ended.writerGapNs());
    }

    private static SwapEnded swapEnded(JsonNode node) throws BadField {
        return new SwapEnded(ControlJson.optionalHandoffId(node, "handoff_id"), ControlJson.text(node, "service"),
                outcome(node), ControlJson.optionalText(node, "reason"), ControlJson.optionalInt(node, "old_pid"),
                ControlJson.optionalInt(node, "new_pid"), ControlJson.optionalText(node, "old_build"),
                ControlJson.optionalText(node, "new_build"), ControlJson.optionalMillis(node, "total_ms"),
                ControlJson.optionalMillis(node, "writer_gap_ms"));
    }

    private static void statusFields(ObjectNode node, Status status) {
        node.put("coordinator_pid", status.coordinatorPid());
        ArrayNode notes = node.putArray("notes");
        status.notes().forEach(notes::add);
        ArrayNode services = node.putArray("services");
        for (ServiceStatus service : status.services()) {
            ObjectNode entry = services.addObject();
            entry.put("name", service.name()).put("state", service.state());
            ControlJson.put(entry, "incumbent_pid", service.incumbentPid());
            ControlJson.put(entry, "build", service.build());
            entry.put("since", service.since().toString());
            if (service.handoff().isPresent()) {
                HandoffStatus handoff = service.handoff().get();
                entry.putObject("handoff").put("id", handoff.id().toString()).put("phase", handoff.phase())
                        .put("since", handoff.since().toString()).put("deadline_left_ms", handoff.deadlineLeftMs())
                        .put("shards_sealed", handoff.shardsSealed()).put("shards_total", handoff.shardsTotal());
            } else {
                entry.putNull("handoff");
            }
            if (service.last().isPresent()) {
                LastHandoff last = service.last().get();
                ObjectNode ended = entry.putObject("last_handoff").put("id", last.id().toString()).put("outcome",
                        last.outcome().word());
                ControlJson.put(ended, "reason", last.reason());
                ended.put("ended", last.ended().toString());
            } else {
                entry.putNull("last_handoff");
            }
        }
    }

    private static Status status(JsonNode node) throws BadField {
        List<ServiceStatus> services = new ArrayList<>();
        for (JsonNode entry : node.path("services")) {
            JsonNode handoff = entry.path("handoff");
            JsonNode last = entry.path("last_handoff");
            services.add(new ServiceStatus(ControlJson.text(entry, "name"), ControlJson.text(entry, "state"),
                    ControlJson.optionalInt(entry, "incumbent_pid"), ControlJson.optionalText(entry, "build"),
                    ControlJson.instant(entry, "since"),
                    handoff.isObject() ? Optional.of(handoffStatus(handoff)) : Optional.empty(),
                    last.isObject() ? Optional.of(lastHandoff(last)) : Optional.empty()));
        }
        List<String> notes = new ArrayList<>();
        node.path("notes").forEach(note -> notes.add(note.asText()));
        return new Status(ControlJson.integer(node, "coordinator_pid"), notes, services);
    }

    private static LastHandoff lastHandoff(JsonNode node) throws BadField {
        return new LastHandoff(ControlJson.handoffId(node, "id"), outcome(node),
                ControlJson.optionalText(node, "reason"), ControlJson.instant(node, "ended"));
    }

    private static SwapOutcome outcome(JsonNode node) throws BadField {
        String word = ControlJson.text(node, "outcome");
        return SwapOutcome.ofWord(word).orElseThrow(() -> new BadField("unknown outcome \"" + word + "\""));
    }

    private static HandoffStatus handoffStatus(JsonNode node) throws BadField {
        Instant since = ControlJson.instant(node, "since");
        return new HandoffStatus(ControlJson.handoffId(node, "id"), ControlJson.text(node, "phase"), since,
                ControlJson.integer(node, "deadline_left_ms"),
                Math.toIntExact(Math.clamp(ControlJson.integer(node, "shards_sealed"), 0, Integer.MAX_VALUE)),
                Math.toIntExact(Math.clamp(ControlJson.integer(node, "shards_total"), 0, Integer.MAX_VALUE)));
    }

    /** A string as Rust's {@code {:?}} writes it: quoted, with quotes, backslashes and control characters escaped. */
    private static String rustDebug(String text) {
        StringBuilder out = new StringBuilder("\"");
        text.codePoints().forEach(c -> {
            switch (c) {
                case '"' -> out.append("\\\"");
                case '\\' -> out.append("\\\\");
                case '\n' -> out.append("\\n");
                case '\r' -> out.append("\\r");
                case '\t' -> out.append("\\t");
                case 0 -> out.append("\\0");
                default -> {
                    if (Character.isISOControl(c) || c == 0x2028 || c == 0x2029) {
                        out.append("\\u{").append(Integer.toHexString(c)).append('}');
                    } else {
                        out.appendCodePoint(c);
                    }
                }
            }
        });
        return out.append('"').toString();
    }
}
