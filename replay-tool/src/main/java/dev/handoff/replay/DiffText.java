package dev.handoff.replay;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;

/** Two handoffs beside each other, for a terminal of 120 columns and as an object. Stateless; any thread. */
public final class DiffText {

    private static final int LINE_CHARS = 120;
    private static final int VALUE_CHARS = 45;
    private static final double NS_PER_S = 1e9;
    private static final String MARK = "  <>";

    private DiffText() {}

    /** The lines, without anything that a terminal would obey. */
    public static List<String> of(HandoffDiff diff) {
        List<String> lines = new ArrayList<>();
        lines.add("How they parted");
        lines.add("");
        parted(diff).forEach(line -> lines.add("  " + line));
        lines.add("");
        lines.add("What they are (<> differs)");
        lines.add("");
        lines.addAll(head(diff));
        lines.add("");
        lines.add("What happened (seconds from each request; - only a, + only b)");
        lines.add("");
        lines.add(String.format(Locale.ROOT, "  %11s %11s", "a", "b"));
        diff.rows().forEach(row -> lines.add(line(row)));
        lines.add("");
        lines.add("Where the time went");
        lines.add("");
        lines.addAll(times(diff));
        return lines.stream().map(Shown::printable).map(DiffText::cut).toList();
    }

    private static String cut(String line) {
        return line.length() <= LINE_CHARS ? line : line.substring(0, LINE_CHARS - 1) + "…";
    }

    private static List<String> parted(HandoffDiff diff) {
        if (diff.parted().isEmpty()) {
            return List.of("Nowhere: every decision is the same.");
        }
        HandoffDiff.Parted parted = diff.parted().get();
        return List.of(
                parted.before().map(step -> "Behind '" + step.label() + "'").orElse("At once") + ": a "
                        + label(parted.a()) + ", b " + label(parted.b()) + ".",
                "a: " + decided(parted.a()), "b: " + decided(parted.b()));
    }

    private static String label(Optional<DiffSteps.Step> step) {
        return step.map(decided -> "'" + decided.label() + "'").orElse("nothing more");
    }

    private static String decided(Optional<DiffSteps.Step> step) {
        return step.map(decided -> String.format(Locale.ROOT, "%.4f s #%d ", decided.offsetNs() / NS_PER_S,
                decided.sequence()) + decided.text() + (decided.cause().isEmpty() ? "" : "  <- " + decided.cause()))
                .orElse("nothing more was decided");
    }

    private static List<String> head(HandoffDiff diff) {
        HandoffSummary a = diff.a().summary();
        HandoffSummary b = diff.b().summary();
        List<String> lines = new ArrayList<>();
        lines.add(pair("", "a", "b", false));
        lines.add(pair("handoff", a.id().toString(), b.id().toString(), false));
        lines.add(pair("service", a.serviceName(), b.serviceName(), true));
        lines.add(pair("asked for", asked(a), asked(b), false));
        lines.add(pair("from build", Shown.build(a.incumbent().build()), Shown.build(b.incumbent().build()), true));
        lines.add(pair("to build", Shown.build(a.successor().build()), Shown.build(b.successor().build()), true));
        lines.add(pair("to binary", end(a.successor().binary()), end(b.successor().binary()), true));
        for (PolicyKey key : diff.otherKeys()) {
            lines.add(pair(key.key(), key.shown(HandoffDiff.policy(diff.a()).orElseThrow()),
                    key.shown(HandoffDiff.policy(diff.b()).orElseThrow()), true));
        }
        lines.add(pair("outcome", a.ending().word(), b.ending().word(), true));
        if (!a.ending().cause().isEmpty() || !b.ending().cause().isEmpty()) {
            lines.add(pair("cause", a.ending().cause(), b.ending().cause(), true));
        }
        lines.add(pair("taken over", Integer.toString(a.takeovers()), Integer.toString(b.takeovers()), true));
        lines.add(pair("total", Shown.duration(a.totalNs()), Shown.duration(b.totalNs()), false));
        lines.add(pair("writer gap", gap(a), gap(b), false));
        return lines;
    }

    private static String asked(HandoffSummary summary) {
        return EntryJson.time(summary.startNs()).substring(0, "2026-11-23T08:38:19.877".length()).replace('T', ' ');
    }

    private static String gap(HandoffSummary summary) {
        return summary.writerGapNs().isPresent() ? Shown.duration(summary.writerGapNs().getAsLong()) : "-";
    }

    /** What tells a path from another stands at its end. */
    private static String end(String path) {
        return path.length() <= VALUE_CHARS ? path : "…" + path.substring(path.length() - VALUE_CHARS + 1);
    }

    private static String pair(String name, String a, String b, boolean compared) {
        String shownA = value(a);
        return String.format(Locale.ROOT, "  %-20s %-" + VALUE_CHARS + "s %s%s", name, shownA, value(b),
                compared && !a.equals(b) ? MARK : "").stripTrailing();
    }

    private static String value(String text) {
        String printable = Shown.printable(text);
        return printable.length() <= VALUE_CHARS ? printable : printable.substring(0, VALUE_CHARS - 1) + "…";
    }

    private static String line(HandoffDiff.Row row) {
        String what = row.a().isPresent() && row.b().isPresent()
                ? row.a().get().label()
                : row.a().or(row::b).map(DiffSteps.Step::text).orElse("");
        String mark = row.b().isEmpty() ? "-" : row.a().isEmpty() ? "+" : " ";
        return mark + " " + time(row.a()) + " " + time(row.b()) + "  " + what;
    }

    private static String time(Optional<DiffSteps.Step> step) {
        return step.map(one -> String.format(Locale.ROOT, "%11.4f", one.offsetNs() / NS_PER_S)).orElse(" ".repeat(11));
    }

    private static List<String> times(HandoffDiff diff) {
        List<List<String>> rows = new ArrayList<>();
        rows.add(List.of("  PHASE", "A", "B", "B - A"));
        diff.phases().forEach((phase, ns) -> rows.add(times("  " + phase.word(), ns[0], ns[1])));
        rows.add(times("  total", diff.a().summary().totalNs(), diff.b().summary().totalNs()));
        return Columns.aligned(rows, 1);
    }

    private static List<String> times(String name, long a, long b) {
        return List.of(name, a < 0 ? "-" : Shown.duration(a), b < 0 ? "-" : Shown.duration(b),
                a < 0 || b < 0 ? "-" : (b < a ? "" : "+") + Shown.duration(b - a));
    }

    /** {@code {a, b, policy, parted, steps, phases}}. */
    public static ObjectNode toJson(HandoffDiff diff) {
        ObjectNode json = JsonNodeFactory.instance.objectNode();
        json.set("a", HandoffJson.toJson(diff.a().summary()));
        json.set("b", HandoffJson.toJson(diff.b().summary()));
        ObjectNode policy = json.putObject("policy");
        for (PolicyKey key : diff.otherKeys()) {
            policy.putObject(key.key()).put("a", key.shown(HandoffDiff.policy(diff.a()).orElseThrow()))
                    .put("b", key.shown(HandoffDiff.policy(diff.b()).orElseThrow()));
        }
        if (diff.parted().isPresent()) {
            ObjectNode parted = json.putObject("parted");
            parted.put("behind", diff.parted().get().before().map(DiffSteps.Step::label).orElse(null));
            putStep(parted, "a", diff.parted().get().a());
            putStep(parted, "b", diff.parted().get().b());
        } else {
            json.putNull("parted");
        }
        ArrayNode steps = json.putArray("steps");
        for (HandoffDiff.Row row : diff.rows()) {
            ObjectNode one = steps.addObject();
            one.put("step", row.a().or(row::b).orElseThrow().label());
            putStep(one, "a", row.a());
            putStep(one, "b", row.b());
        }
        ObjectNode phases = json.putObject("phases");
        diff.phases().forEach((phase, ns) -> {
            ObjectNode one = phases.putObject(phase.word());
            putNs(one, "a_ns", ns[0]);
            putNs(one, "b_ns", ns[1]);
        });
        return json;
    }

    private static void putNs(ObjectNode json, String name, long ns) {
        if (ns < 0) {
            json.putNull(name);
        } else {
            json.put(name, ns);
        }
    }

    private static void putStep(ObjectNode json, String name, Optional<DiffSteps.Step> step) {
        if (step.isEmpty()) {
            json.putNull(name);
        } else {
            json.putObject(name).put("seq", step.get().sequence()).put("offset_ns", step.get().offsetNs())
                    .put("text", step.get().text())
                    .put("cause", step.get().cause().isEmpty() ? null : step.get().cause());
        }
    }
}
