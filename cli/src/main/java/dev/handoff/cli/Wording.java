package dev.handoff.cli;

import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.OptionalInt;

/** How numbers and tables look to people. */
public final class Wording {

    private static final int BUILD_CHARS = 12;

    private Wording() {}

    /** Three digits or so: {@code 450 µs}, {@code 7.1 ms}, {@code 12.3 s}, {@code 5 min}, {@code 3 h}, {@code 2 d}. */
    public static String duration(long ns) {
        Duration duration = Duration.ofNanos(ns);
        if (duration.isNegative()) {
            return "-" + duration(-ns);
        }
        if (duration.toMinutes() < 2) {
            return duration.toMillis() >= 1000
                    ? String.format(Locale.ROOT, "%.1f s", ns / 1e9)
                    : ns >= 1_000_000
                            ? String.format(Locale.ROOT, "%.1f ms", ns / 1e6)
                            : String.format(Locale.ROOT, "%.0f µs", ns / 1e3);
        }
        return duration.toHours() < 2
                ? duration.toMinutes() + " min"
                : duration.toDays() < 2 ? duration.toHours() + " h" : duration.toDays() + " d";
    }

    static String pid(OptionalInt pid) {
        return pid.isPresent() ? Integer.toString(pid.getAsInt()) : "?";
    }

    /** As much of a build as tells it from others. */
    static String build(String build) {
        return build.length() <= BUILD_CHARS ? build : build.substring(0, BUILD_CHARS);
    }

    /** Columns padded to their widest cell, two blanks between, none at a line's end. */
    public static String table(List<List<String>> rows) {
        int columns = rows.stream().mapToInt(List::size).max().orElse(0);
        int[] widths = new int[columns];
        for (List<String> row : rows) {
            for (int i = 0; i < row.size(); i++) {
                widths[i] = Math.max(widths[i], row.get(i).length());
            }
        }
        StringBuilder out = new StringBuilder();
        for (List<String> row : rows) {
            StringBuilder line = new StringBuilder();
            for (int i = 0; i < row.size(); i++) {
                line.append(row.get(i)).repeat(' ', widths[i] - row.get(i).length() + 2);
            }
            out.append(line.toString().stripTrailing()).append('\n');
        }
        return out.toString();
    }
}
