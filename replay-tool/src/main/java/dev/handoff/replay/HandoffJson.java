package dev.handoff.replay;

import java.util.Optional;
import java.util.OptionalLong;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.handoff.codec.event.Event;

/** A handoff as one JSON object; every field is always there, null where it does not apply. Stateless; any thread. */
public final class HandoffJson {

    private HandoffJson() {}

    /** The handoff without its records. */
    public static ObjectNode toJson(HandoffSummary summary) {
        ObjectNode json = JsonNodeFactory.instance.objectNode();
        json.put("handoff_id", summary.id().toString()).put("service", summary.serviceName());
        json.put("outcome", summary.ending().word()).put("cause", orNull(summary.ending().cause()));
        json.put("start", EntryJson.time(summary.startNs())).put("end", EntryJson.time(summary.endNs()));
        json.put("total_ns", summary.totalNs());
        putNs(json, "writer_gap_ns", summary.writerGapNs());
        json.put("first_seq", summary.first().sequence()).put("last_seq", summary.last().sequence());
        json.put("takeovers", summary.takeovers());
        putRequest(json, summary.request());
        putParticipant(json, "incumbent", summary.incumbent());
        putParticipant(json, "successor", summary.successor());
        ArrayNode phases = json.putArray("phases");
        for (PhaseSpan span : summary.phases()) {
            phases.addObject().put("phase", span.phase().word()).put("start", EntryJson.time(span.startNs()))
                    .put("duration_ns", span.durationNs()).put("from_seq", span.fromRecord())
                    .put("to_seq", span.toRecord());
        }
        return json;
    }

    private static void putRequest(ObjectNode json, Optional<Event.SwapRequested> request) {
        if (request.isEmpty()) {
            json.putNull("request");
            return;
        }
        Event.SwapRequested asked = request.get();
        json.putObject("request").put("uid", asked.uid()).put("pid", asked.pid()).put("binary", orNull(asked.binary()))
                .put("expected_build", orNull(asked.expectedBuild()));
    }

    private static void putParticipant(ObjectNode json, String name, Participant participant) {
        if (participant.known()) {
            json.putObject(name).put("pid", participant.pid()).put("build", orNull(participant.build()))
                    .put("binary", orNull(participant.binary()));
        } else {
            json.putNull(name);
        }
    }

    private static void putNs(ObjectNode json, String name, OptionalLong ns) {
        if (ns.isPresent()) {
            json.put(name, ns.getAsLong());
        } else {
            json.putNull(name);
        }
    }

    private static String orNull(String text) {
        return text.isEmpty() ? null : text;
    }
}
