package dev.handoff.cli;

import java.util.List;
import java.util.OptionalInt;

import dev.handoff.replay.Shown;

/** How numbers and tables look to people. */
public final class Wording {

    private static final int BUILD_CHARS = 12;

    private Wording() {}

    /** As {@link Shown#duration}. */
    public static String duration(long ns) {
        return Shown.duration(ns);
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
