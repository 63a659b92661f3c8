package dev.handoff.replay;

import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.function.Predicate;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.handoff.codec.Side;
import dev.handoff.codec.record.RecordView;
import dev.handoff.coordinator.core.Service;
import dev.handoff.journal.JournalReader;
import dev.handoff.journal.ReplayEnd;

/**
 * The coordinator's whole state at a moment, as the production core makes it of the records up to there, from the nearest file's
 * snapshot on. One thread, one reading.
 */
public final class StateAt {

    private final Optional<JournalPoint> point;
    private final StateTrack track = new StateTrack();
    private Optional<Entry.Header> last = Optional.empty();
    private long notUnderstood;
    private boolean beyond;

    private StateAt(Optional<JournalPoint> point) {
        this.point = point;
    }

    /**
     * How it was found.
     *
     * @param at            the record after which it is; empty where the journal has none up to there
     * @param reliable      false where records before it are lost
     * @param reached       false where the journal ends before the moment that was asked for
     * @param notUnderstood records with a right checksum that are none of this release's
     */
    public record Found(Optional<Entry.Header> at, boolean reliable, boolean reached, ObjectNode json,
            long notUnderstood, ReplayEnd end) {}

    /**
     * Reads up to a moment.
     *
     * @param point empty for the journal's end
     * @throws dev.handoff.journal.JournalFailure the journal cannot be read on
     */
    public static Found find(JournalReader reader, Optional<JournalPoint> point) {
        StateAt search = new StateAt(point);
        Predicate<RecordView> isBefore = record -> point.isEmpty() || point.get().isNotPassedBy(
                new Entry.Header(record.sequence(), record.timeNs(), record.epoch()));
        reader.seekFile(isBefore);
        ReplayEnd end = reader.replay(new EntryDecoder(new ServiceNames(), search::take));
        boolean reached = search.beyond || point.isEmpty()
                || (point.get() instanceof JournalPoint.Sequence(long sequence) && search.last.isPresent()
                        && search.last.get().sequence() == sequence);
        return new Found(search.last, search.track.isReliable(), reached, search.json(), search.notUnderstood, end);
    }

    private boolean take(Entry entry) {
        if (entry instanceof Entry.Recorded recorded) {
            if (point.isPresent() && !point.get().isNotPassedBy(recorded.header())) {
                beyond = true;
                return false;
            }
            last = Optional.of(recorded.header());
            if (recorded instanceof Entry.NotUnderstood) {
                notUnderstood++;
            }
        }
        var _ = track.take(entry);
        return true;
    }

    private ObjectNode json() {
        ObjectNode json = JsonNodeFactory.instance.objectNode();
        if (last.isPresent()) {
            json.put("seq", last.get().sequence()).put("time", EntryJson.time(last.get().timeNs())).put("epoch",
                    Integer.toUnsignedLong(last.get().epoch()));
        } else {
            json.putNull("seq").putNull("time").putNull("epoch");
        }
        json.put("reliable", track.isReliable()).put("stopping", track.state().stopping()).put("boot_id",
                track.state().bootId());
        ArrayNode services = json.putArray("services");
        for (Service service : track.state().services().values()) {
            services.add(of(service));
        }
        return json;
    }

    private JsonNode of(Service service) {
        ObjectNode json = ServiceJson.of(service);
        ObjectNode heard = json.putObject("last_heard");
        for (Side side : Side.values()) {
            heard.put(side.name().toLowerCase(Locale.ROOT),
                    RecordJson.time(track.lastHeardNs(service.number(), side)));
        }
        return json;
    }

    /** The JSON as indented lines for people: a name and its value each, what is null or empty left out. */
    public static void lines(JsonNode json, Predicate<String> out) {
        lines(json, "", out);
    }

    private static void lines(JsonNode json, String indent, Predicate<String> out) {
        for (Map.Entry<String, JsonNode> field : json.properties()) {
            JsonNode value = field.getValue();
            boolean empty = value.isNull() || (value.isContainerNode() && value.isEmpty())
                    || (value.isTextual() && value.textValue().isEmpty());
            if (empty) {
                continue;
            }
            String name = indent + field.getKey();
            if (value.isObject()) {
                boolean _ = out.test(name + (value.has("is") ? "  " + value.get("is").textValue() : ""));
                lines(without(value), indent + "  ", out);
            } else if (value.isArray() && value.get(0).isObject()) {
                for (JsonNode each : value) {
                    boolean _ = out.test(
                            name + (each.has("name") ? "  " + Shown.printable(each.get("name").asText()) : ""));
                    lines(without(each), indent + "  ", out);
                }
            } else if (value.isArray()) {
                StringBuilder all = new StringBuilder(name).append(' ');
                value.forEach(each -> all.append(' ').append(Shown.printable(each.asText())));
                boolean _ = out.test(all.toString());
            } else {
                boolean _ = out.test(name + "  " + Shown.printable(value.asText()));
            }
        }
    }

    private static JsonNode without(JsonNode value) {
        ObjectNode rest = value.deepCopy();
        rest.remove("is");
        return rest;
    }
}
