package dev.handoff.replay;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** The numbers of all services for people, and as comma-separated values for spreadsheets. Stateless; any thread. */
public final class StatsText {

    private static final String WRITER_GAP = "writer-gap";
    private static final String TOTAL = "total";

    private StatsText() {}

    /** Two tables: how many ended how, and how long they took. */
    public static List<String> tables(HandoffStats stats) {
        List<String> lines = new ArrayList<>(Columns.aligned(outcomes(stats), 1));
        lines.add("");
        lines.addAll(Columns.aligned(times(stats), 2));
        return lines;
    }

    private static List<List<String>> outcomes(HandoffStats stats) {
        List<List<String>> rows = new ArrayList<>();
        List<String> header = new ArrayList<>(List.of("SERVICE", "HANDOFFS"));
        HandoffStats.OUTCOMES.forEach(word -> header.add(word.replace('_', ' ').toUpperCase(Locale.ROOT)));
        header.add("TAKEN OVER");
        rows.add(header);
        stats.each((name, one) -> {
            List<String> row = new ArrayList<>(List.of(Shown.printable(name), Long.toString(one.handoffs())));
            one.outcomes().values().forEach(count -> row.add(Long.toString(count)));
            row.add(Long.toString(one.takenOver()));
            rows.add(row);
        });
        return rows;
    }

    private static List<List<String>> times(HandoffStats stats) {
        List<List<String>> rows = new ArrayList<>();
        rows.add(List.of("SERVICE", "PHASE", "COUNT", "P50", "P90", "P99", "MAX"));
        stats.each((name, one) -> {
            one.phases().forEach((phase, times) -> rows.add(shown(name, phase.word(), times)));
            rows.add(shown(name, WRITER_GAP, one.writerGap()));
            rows.add(shown(name, TOTAL, one.total()));
        });
        return rows;
    }

    private static List<String> shown(String name, String what, Quantiles times) {
        String count = Long.toString(times.count());
        return times.count() == 0
                ? List.of(Shown.printable(name), what, count, "-", "-", "-", "-")
                : List.of(Shown.printable(name), what, count, Shown.duration(times.atNs(50)),
                        Shown.duration(times.atNs(90)), Shown.duration(times.atNs(99)), Shown.duration(times.maxNs()));
    }

    /**
     * {@code service,what,count,p50_ns,p90_ns,p99_ns,max_ns}, as RFC 4180 has it but for the line ends. The counts of the outcomes
     * have rows of their own, {@code outcome:committed} and so on, without times.
     */
    public static List<String> csv(HandoffStats stats) {
        List<String> lines = new ArrayList<>();
        lines.add("service,what,count,p50_ns,p90_ns,p99_ns,max_ns");
        stats.each((name, one) -> {
            one.outcomes()
                    .forEach((word, count) -> lines.add(quoted(name) + ",outcome:" + word + "," + count + ",,,,"));
            lines.add(quoted(name) + ",taken_over," + one.takenOver() + ",,,,");
            one.phases().forEach((phase, times) -> lines.add(csv(name, "phase:" + phase.word(), times)));
            lines.add(csv(name, WRITER_GAP, one.writerGap()));
            lines.add(csv(name, TOTAL, one.total()));
        });
        return lines;
    }

    private static String csv(String name, String what, Quantiles times) {
        String start = quoted(name) + "," + what + "," + times.count() + ",";
        return times.count() == 0
                ? start + ",,,"
                : start + times.atNs(50) + "," + times.atNs(90) + "," + times.atNs(99) + "," + times.maxNs();
    }

    /** A name out of a configuration needs no quotes; one out of a forged journal may. */
    private static String quoted(String name) {
        String printable = Shown.printable(name);
        return printable.chars().anyMatch(c -> c == ',' || c == '"')
                ? '"' + printable.replace("\"", "\"\"") + '"'
                : printable;
    }
}
