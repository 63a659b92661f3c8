package dev.handoff.replay.verify;

import java.util.Locale;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.handoff.codec.event.Outcome;
import dev.handoff.replay.EntryJson;

/** A verdict, and what goes before it, as JSON. Stateless; any thread. */
public final class VerdictJson {

    private static final JsonNodeFactory NODES = JsonNodeFactory.instance;

    private VerdictJson() {}

    /** The whole verdict. */
    public static ObjectNode of(Verdict verdict) {
        Checked checked = verdict.checked();
        ObjectNode json = NODES.objectNode();
        json.put("verdict", verdict.sound() ? "sound" : "not_sound").put("records", checked.records());
        if (checked.records() == 0) {
            json.putNull("first_seq").putNull("last_seq").putNull("start").putNull("end");
        } else {
            json.put("first_seq", checked.firstSequence()).put("last_seq", checked.lastSequence())
                    .put("start", EntryJson.time(checked.firstTimeNs()))
                    .put("end", EntryJson.time(checked.lastTimeNs()));
        }
        json.put("found", verdict.found());
        ArrayNode findings = json.putArray("findings");
        for (Finding finding : verdict.findings()) {
            ObjectNode one = findings.addObject().put("rule", finding.rule().wireName());
            one.set("at", at(finding.at()));
            one.set("against", finding.against().map(VerdictJson::at).orElse(null));
            one.put("text", finding.text());
        }
        verdict.warnings().forEach(json.putArray("warnings")::add);
        ObjectNode counts = json.putObject("checked");
        counts.put("epochs", checked.epochs()).put("damages", checked.damages()).put("inputs", checked.inputs())
                .put("messages", checked.messages()).put("spawns", checked.spawns())
                .put("decisions", checked.decisions()).put("cut_short", checked.cutShort())
                .put("snapshots", checked.snapshots()).put("requests", checked.requests())
                .put("timers", checked.timers()).put("writer_intervals", verdict.intervals());
        for (Outcome outcome : Outcome.values()) {
            counts.put(outcome.wireName(), checked.ends(outcome));
        }
        ObjectNode rules = json.putObject("rules");
        for (Rule rule : Rule.values()) {
            if (verdict.asked(rule) > 0) {
                rules.put(rule.wireName().replace('-', '_').toLowerCase(Locale.ROOT), verdict.asked(rule));
            }
        }
        return json.put("build", verdict.build());
    }

    /** One time in which a process was the writer. */
    public static ObjectNode of(WriterInterval interval) {
        ObjectNode json = NODES.objectNode();
        json.put("service", interval.service()).put("pid", interval.pid());
        json.put("start", EntryJson.time(interval.fromNs()));
        if (interval.open()) {
            json.putNull("end");
        } else {
            json.put("end", EntryJson.time(interval.toNs()));
        }
        json.put("duration_ns", interval.toNs() - interval.fromNs());
        json.set("from", at(interval.from()));
        json.set("to", at(interval.to()));
        return json;
    }

    private static ObjectNode at(At at) {
        ObjectNode json = NODES.objectNode();
        if (at.sequence() == 0) {
            json.putNull("seq");
        } else {
            json.put("seq", at.sequence());
        }
        return json.put("kind", at.what());
    }
}
