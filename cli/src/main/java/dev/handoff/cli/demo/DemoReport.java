package dev.handoff.cli.demo;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.OptionalLong;
import java.util.function.Function;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.handoff.cli.Wording;
import dev.handoff.coordinator.control.SwapOutcome;
import dev.handoff.coordinator.fault.Expectation;

/**
 * What a demo came to.
 *
 * @param findings failures and losses in words, the first ones
 * @param problems whatever else is wrong: with the journal, with the processes
 */
record DemoReport(List<Swap> swaps, List<Kill> kills, int clients, long loadNs, long requests, long acknowledgedWrites,
        long failed,
        long cut, long carried, long reset, long lostWrites, List<String> findings, long longestPauseNs,
        long journalRecords, long timers,
        Path directory, Path journal, List<String> problems) {

    DemoReport {
        swaps = List.copyOf(swaps);
        kills = List.copyOf(kills);
        findings = List.copyOf(findings);
        problems = List.copyOf(problems);
    }

    /**
     * Every swap committed, nothing failed, nothing lost, nothing else wrong. Where somebody was killed, each handoff ended as
     * the protocol has it.
     */
    boolean succeeded() {
        boolean ended = kills.isEmpty()
                ? count(SwapOutcome.COMMITTED) == swaps.size() && cut == 0
                : kills.stream().allMatch(Kill::asExpected);
        return ended && failed == 0 && reset == 0 && lostWrites == 0 && problems.isEmpty();
    }

    private long count(SwapOutcome outcome) {
        return swaps.stream().filter(swap -> swap.outcome() == outcome).count();
    }

    /** One object in one line. */
    String json() {
        ObjectNode json = JsonNodeFactory.instance.objectNode();
        json.put("swaps", swaps.size()).put("committed", count(SwapOutcome.COMMITTED))
                .put("rolled_back", count(SwapOutcome.ROLLED_BACK)).put("requests", requests).put("failed", failed)
                .put("cut", cut).put("carried", carried).put("reset", reset).put("lost_writes", lostWrites)
                .put("longest_pause_ms", millis(longestPauseNs));
        ObjectNode phases = json.putObject("phases");
        for (Column column : COLUMNS) {
            Phases.Spread spread = Phases.Spread.of(swaps, column.part());
            phases.putObject(column.json()).put("p50_ms", millis(spread.p50Ns())).put("max_ms", millis(spread.maxNs()));
        }
        if (!kills.isEmpty()) {
            ArrayNode all = json.putArray("kills");
            kills.forEach(kill -> kill.json(all.addObject()));
        }
        json.put("journal_records", journalRecords).put("journal", journal.toString());
        return json.toString();
    }

    /** Microseconds are what the journal's clock and a reader can use. */
    private static double millis(long ns) {
        return Math.round(ns / 1e3) / 1e3;
    }

    private record Column(String title, String json, Function<Swap, OptionalLong> part) {}

    private static final List<Column> COLUMNS = List.of(new Column("total", "total", Swap::totalNs),
            new Column("writer gap", "writer_gap", Swap::writerGapNs),
            new Column("drain", "drain", swap -> swap.phases().drainNs()),
            new Column("seal", "seal", swap -> swap.phases().sealNs()),
            new Column("begin→ready", "begin_to_ready", swap -> swap.phases().beginToReadyNs()),
            new Column("commit", "commit", swap -> swap.phases().commitNs()));

    /** For people; ends with a line break. */
    String table() {
        StringBuilder text = new StringBuilder();
        if (kills.isEmpty()) {
            text.append(swapTable());
            for (Swap swap : swaps) {
                swap.reason().ifPresent(reason -> text.append("swap ").append(swap.number()).append(": ")
                        .append(reason).append('\n'));
            }
        } else {
            text.append(killTable());
        }
        text.append('\n');
        text.append(Wording.table(List.of(
                List.of("swaps", swaps.size() + ", committed " + count(SwapOutcome.COMMITTED) + ", rolled back "
                        + count(SwapOutcome.ROLLED_BACK)),
                List.of("requests", grouped(requests) + " by " + clients + (clients == 1 ? " client" : " clients")
                        + " in " + Wording.duration(loadNs)),
                List.of("failed", grouped(failed)), List.of("cut", grouped(cut)),
                List.of("connections", grouped(carried) + " carried over, " + grouped(reset) + " reset"),
                List.of("lost writes", grouped(lostWrites) + " of " + grouped(acknowledgedWrites) + " acknowledged"),
                List.of("longest pause", Wording.duration(longestPauseNs)),
                List.of("journal", grouped(journalRecords) + " records" + (problems.isEmpty()
                        ? ", dense, checksums right, every message of each handoff in order, " + timers
                                + (timers == 1 ? " timer" : " timers")
                        : "") + ": " + journal),
                List.of("kept in", directory.toString()))));
        findings.forEach(finding -> text.append("! ").append(finding).append('\n'));
        problems.forEach(problem -> text.append("! ").append(problem).append('\n'));
        return text.toString();
    }

    private String killTable() {
        List<List<String>> rows = new ArrayList<>();
        rows.add(List.of("killed", "at", "outcome", "goes on (ms)", "handoff", "seals"));
        for (Kill kill : kills) {
            String same = kill.handoffId().isEmpty()
                    ? "none"
                    : kill.resumedId().equals(kill.handoffId())
                            ? "the same"
                            : "ANOTHER";
            rows.add(List.of(kill.victim(), kill.step(), kill.outcome(), cell(kill.resumeNs()), same,
                    Integer.toString(kill.seals())));
        }
        StringBuilder text = new StringBuilder(Wording.table(rows)).append('\n');
        Phases.Spread spread = Phases.Spread.of(kills, Kill::resumeNs);
        text.append("from the kill to the handoff's next record: p50 ").append(Wording.duration(spread.p50Ns()))
                .append(", max ").append(Wording.duration(spread.maxNs())).append('\n');
        Map<Expectation, List<String>> reasons = new LinkedHashMap<>();
        for (Kill kill : kills) {
            if (!kill.outcome().equals(kill.expected().outcome())) {
                text.append("! ").append(kill.step()).append(": ").append(kill.outcome()).append(", but expected was ")
                        .append(kill.expected().outcome()).append('\n');
            } else if (!kill.expected().why().isEmpty()) {
                reasons.computeIfAbsent(kill.expected(), _ -> new ArrayList<>()).add(kill.step());
            }
        }
        reasons.forEach((expected, steps) -> text.append("as it has to be, ").append(expected.outcome())
                .append(" at ").append(String.join(", ", steps)).append(": ").append(expected.why()).append('\n'));
        return text.toString();
    }

    private String swapTable() {
        List<List<String>> rows = new ArrayList<>();
        List<String> head = new ArrayList<>(List.of("swap", "build", "outcome"));
        COLUMNS.forEach(column -> head.add(column.title()));
        head.add("longest pause");
        rows.add(head);
        for (Swap swap : swaps) {
            List<String> row = new ArrayList<>(
                    List.of(Integer.toString(swap.number()), swap.build(), swap.outcome().word()));
            COLUMNS.forEach(column -> row.add(cell(column.part().apply(swap))));
            row.add(cell(OptionalLong.of(swap.longestPauseNs())));
            rows.add(row);
        }
        rows.add(spreadRow("p50", Phases.Spread::p50Ns));
        rows.add(spreadRow("max", Phases.Spread::maxNs));
        return aligned(rows) + "(times in ms)\n";
    }

    private List<String> spreadRow(String name, Function<Phases.Spread, Long> figure) {
        List<String> row = new ArrayList<>(List.of("", "", name));
        COLUMNS.forEach(column -> row
                .add(cell(OptionalLong.of(figure.apply(Phases.Spread.of(swaps, column.part()))))));
        row.add(cell(OptionalLong.of(figure.apply(
                Phases.Spread.of(swaps, swap -> OptionalLong.of(swap.longestPauseNs()))))));
        return row;
    }

    private static String cell(OptionalLong ns) {
        return ns.isPresent() ? String.format(Locale.ROOT, "%.2f", ns.getAsLong() / 1e6) : "-";
    }

    private static String grouped(long number) {
        return String.format(Locale.ROOT, "%,d", number);
    }

    /** Build and outcome to the left, numbers to the right. */
    private static String aligned(List<List<String>> rows) {
        int columns = rows.getFirst().size();
        int[] widths = new int[columns];
        for (List<String> row : rows) {
            for (int i = 0; i < columns; i++) {
                widths[i] = Math.max(widths[i], row.get(i).length());
            }
        }
        StringBuilder out = new StringBuilder();
        for (List<String> row : rows) {
            StringBuilder line = new StringBuilder();
            for (int i = 0; i < columns; i++) {
                String blanks = " ".repeat(widths[i] - row.get(i).length());
                boolean word = i == 1 || i == 2;
                line.append(i == 0 ? "" : "  ").append(word ? row.get(i) + blanks : blanks + row.get(i));
            }
            out.append(line.toString().stripTrailing()).append('\n');
        }
        return out.toString();
    }
}
