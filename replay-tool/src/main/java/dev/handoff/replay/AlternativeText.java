package dev.handoff.replay;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;
import java.util.stream.Stream;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.handoff.codec.event.Outcome;

/** What would have become of a handoff, in words and as an object. Stateless; any thread. */
public final class AlternativeText {

    private static final double NS_PER_S = 1e9;
    private static final int LINE_CHARS = 120;
    private static final String INDENT = " ".repeat(27);
    private static final String ROLLED_BACK = Outcome.ROLLED_BACK.wireName();

    private AlternativeText() {}

    /** A few lines, without anything that a terminal would obey. */
    public static List<String> of(Alternative alternative) {
        HandoffSummary summary = alternative.summary();
        List<String> lines = new ArrayList<>();
        lines.add("Handoff " + summary.id() + " of service " + summary.serviceName() + ": " + asItWas(summary));
        lines.add("");
        changes(alternative).forEach(change -> lines.add(String.format(Locale.ROOT, "  %-24s %s", "under", change)));
        if (alternative.parting().isEmpty()) {
            lines.add(line("first other decision",
                    alternative.course() instanceof Alternative.Course.Same ? "none: each one stays" : "none so far"));
        } else {
            Alternative.Parting parting = alternative.parting().get();
            lines.add(line("first other decision", offset(parting.timeNs(), summary) + ", "
                    + (parting.sequence().isPresent()
                            ? "on #" + parting.sequence().getAsLong()
                            : "after #" + parting.after() + ", where the journal has no record")
                    + ": " + parting.on()));
            lines.add(line("  was decided", listed(parting.decided())));
            lines.add(line("  would have been", listed(parting.wouldHave())));
        }
        lines.add(line("outcome", outcome(alternative)));
        alternative.notes().forEach(note -> lines.add(line("note", note)));
        return lines.stream().map(Shown::printable).flatMap(AlternativeText::wrapped).toList();
    }

    private static String line(String name, String text) {
        return String.format(Locale.ROOT, "  %-24s %s", name, text);
    }

    /** As wide as a terminal, and the rest below the text's beginning. */
    private static Stream<String> wrapped(String line) {
        List<String> lines = new ArrayList<>();
        String rest = line;
        while (rest.length() > LINE_CHARS) {
            int space = rest.lastIndexOf(' ', LINE_CHARS);
            int end = space > INDENT.length() ? space : LINE_CHARS;
            lines.add(rest.substring(0, end));
            rest = INDENT + rest.substring(end).stripLeading();
        }
        lines.add(rest);
        return lines.stream();
    }

    private static String asItWas(HandoffSummary summary) {
        return summary.ending().word().replace('_', ' ') + " after " + Shown.duration(summary.totalNs())
                + (summary.ending().cause().isEmpty() ? "" : ", " + summary.ending().cause());
    }

    private static List<String> changes(Alternative alternative) {
        List<String> changes = changed(alternative).stream().map(key -> key.key() + " = "
                + key.shown(alternative.changed()) + " instead of " + key.shown(alternative.policy())).toList();
        return changes.isEmpty() ? List.of("the policy that it had") : changes;
    }

    private static List<PolicyKey> changed(Alternative alternative) {
        return Arrays.stream(PolicyKey.values())
                .filter(key -> !key.shown(alternative.policy()).equals(key.shown(alternative.changed()))).toList();
    }

    private static String offset(long timeNs, HandoffSummary summary) {
        return String.format(Locale.ROOT, "%.4f s", (timeNs - summary.startNs()) / NS_PER_S);
    }

    private static String listed(List<String> decisions) {
        return decisions.isEmpty()
                ? "nothing"
                : decisions.stream().collect(Collectors.joining("; "));
    }

    private static String outcome(Alternative alternative) {
        HandoffSummary summary = alternative.summary();
        return switch (alternative.course()) {
            case Alternative.Course.Same _ -> "the same: " + summary.ending().word();
            case Alternative.Course.Ended e -> (e.outcome().wireName().equals(summary.ending().word())
                    ? "the same: "
                    : "another: ") + e.outcome().wireName() + " after "
                    + Shown.duration(e.timeNs() - summary.startNs())
                    + (e.reason().isEmpty() ? "" : ", " + e.reason());
            case Alternative.Course.RollsBack r -> (summary.ending().word().equals(ROLLED_BACK)
                    ? "the same: "
                    : "another: ") + ROLLED_BACK + ", from " + offset(r.fromNs(), summary) + " on: " + r.reason();
            case Alternative.Course.NotKnowable n -> "not knowable from here: " + n.why();
        };
    }

    /** The same as one object. */
    public static ObjectNode toJson(Alternative alternative) {
        HandoffSummary summary = alternative.summary();
        ObjectNode json = JsonNodeFactory.instance.objectNode();
        json.put("handoff_id", summary.id().toString()).put("service", summary.serviceName());
        ObjectNode set = json.putObject("set");
        changed(alternative).forEach(key -> set.putObject(key.key()).put("was", key.shown(alternative.policy()))
                .put("is", key.shown(alternative.changed())));
        putParting(json, alternative);
        json.put("outcome_was", summary.ending().word());
        switch (alternative.course()) {
            case Alternative.Course.Same _ -> json.put("outcome", summary.ending().word()).putNull("reason");
            case Alternative.Course.Ended e -> json.put("outcome", e.outcome().wireName())
                    .put("reason", e.reason().isEmpty() ? null : e.reason())
                    .put("offset_ns", e.timeNs() - summary.startNs());
            case Alternative.Course.RollsBack r -> json.put("outcome", ROLLED_BACK).put("reason", r.reason());
            case Alternative.Course.NotKnowable n -> json.put("outcome", "not_knowable").put("reason", n.why());
        }
        ArrayNode notes = json.putArray("notes");
        alternative.notes().forEach(notes::add);
        return json;
    }

    private static void putParting(ObjectNode json, Alternative alternative) {
        if (alternative.parting().isEmpty()) {
            json.putNull("parting");
            return;
        }
        Alternative.Parting parting = alternative.parting().get();
        ObjectNode one = json.putObject("parting");
        if (parting.sequence().isPresent()) {
            one.put("seq", parting.sequence().getAsLong());
        } else {
            one.putNull("seq");
        }
        one.put("after_seq", parting.after()).put("offset_ns", parting.timeNs() - alternative.summary().startNs())
                .put("on", parting.on());
        ArrayNode decided = one.putArray("decided");
        parting.decided().forEach(decided::add);
        ArrayNode wouldHave = one.putArray("would_have");
        parting.wouldHave().forEach(wouldHave::add);
    }
}
