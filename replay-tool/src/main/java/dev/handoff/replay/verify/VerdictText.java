package dev.handoff.replay.verify;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;
import java.util.stream.Stream;

import dev.handoff.codec.event.Outcome;
import dev.handoff.replay.EntryJson;
import dev.handoff.replay.Shown;

/** A verdict for people. Stateless; any thread. */
public final class VerdictText {

    private static final int NAME_WIDTH = 10;
    private static final int SHOWN_FINDINGS = 20;
    private static final int SECOND_CHARS = "2026-11-23T08:38:19".length();

    private VerdictText() {}

    /** A short list of what was checked, with counts; before it, what is wrong. */
    public static List<String> of(Verdict verdict) {
        List<String> lines = new ArrayList<>();
        Checked checked = verdict.checked();
        lines.add((verdict.sound() ? "sound: " : "NOT sound: ") + count(checked.records(), "record")
                + (checked.records() == 0
                        ? ""
                        : ", " + second(checked.firstTimeNs()) + " to " + second(checked.lastTimeNs()) + " UTC"));
        findings(verdict, lines);
        verdict.warnings().forEach(warning -> lines.add("  warning: " + Shown.printable(warning)));
        if (checked.records() > 0) {
            counts(verdict, lines);
        }
        return lines;
    }

    private static void findings(Verdict verdict, List<String> lines) {
        List<Finding> shown = verdict.findings().stream().limit(SHOWN_FINDINGS).toList();
        shown.forEach(finding -> lines.add("  " + Shown.printable(finding.toString())));
        if (verdict.found() > shown.size()) {
            lines.add("  and " + number(verdict.found() - shown.size()) + " more");
        }
        if (verdict.found() > 1) {
            lines.add("  The first is the cause; what follows may be its consequence.");
        }
        boolean diverged = verdict.findings().stream()
                .anyMatch(finding -> finding.rule() == Rule.ORDERED || finding.rule() == Rule.SNAPSHOT);
        if (diverged) {
            lines.add("  The newest snapshot was taken by build " + Shown.printable(verdict.build())
                    + "; another release may decide otherwise than this one.");
        }
    }

    private static void counts(Verdict verdict, List<String> lines) {
        Checked checked = verdict.checked();
        line(lines, "bytes", count(checked.records(), "record") + " with the right checksum"
                + (checked.damages() == 0 ? "" : ", and " + count(checked.damages(), "damage")));
        line(lines, "sequence", number(checked.firstSequence()) + " to " + number(checked.lastSequence())
                + (verdict.sound() ? ", each there, none twice, and the high-water mark is not beyond" : ""));
        line(lines, "epochs", count(checked.epochs(), "start") + " of a coordinator; time goes back in none");
        line(lines, "snapshots",
                number(checked.snapshots()) + " compared, byte for byte, with the state the core arrives at");
        line(lines, "outbound", count(checked.messages(), "message") + ", " + count(checked.spawns(), "process start")
                + ", " + count(checked.decisions(), "decision") + ": each ordered by the core, and in its turn; "
                + number(checked.cutShort()) + " more ordered and cut short by a death");
        line(lines, "inbound", count(checked.inputs(), "input")
                + ": sessions open, streams without a gap, processes alive, timers armed, answers asked for");
        line(lines, "handoffs", count(checked.requests(), "request") + ": "
                + Stream.of(Outcome.values()).map(outcome -> number(checked.ends(outcome)) + " "
                        + outcome.wireName().replace('_', ' ')).collect(Collectors.joining(", ")));
        line(lines, "rules", Stream.of(Rule.ONE_IN_FLIGHT, Rule.DRAIN_BEFORE_SEAL, Rule.SEALED_ONCE,
                Rule.SEAL_BEFORE_BEGIN, Rule.GATE, Rule.GATES_BEFORE_COMMIT, Rule.SEAL_BEFORE_COMMIT,
                Rule.REAP_BEFORE_RESUME, Rule.ONE_END)
                .map(rule -> rule.wireName() + " " + number(verdict.asked(rule)))
                .collect(Collectors.joining(", ")));
        line(lines, "writers", count(verdict.intervals(), "interval") + ", no two at a time in one service");
    }

    private static void line(List<String> lines, String name, String what) {
        lines.add("  " + name + " ".repeat(NAME_WIDTH - name.length()) + "  " + what);
    }

    private static String second(long timeNs) {
        return EntryJson.time(timeNs).substring(0, SECOND_CHARS).replace('T', ' ');
    }

    private static String number(long number) {
        return String.format(Locale.ROOT, "%,d", number);
    }

    private static String count(long number, String what) {
        return number(number) + " " + what + (number == 1 ? "" : "s");
    }
}
