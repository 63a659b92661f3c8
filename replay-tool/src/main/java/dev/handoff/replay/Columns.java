package dev.handoff.replay;

import java.util.ArrayList;
import java.util.List;

/** Aligns the columns of a table that fits into memory. Stateless; any thread. */
final class Columns {

    private static final int BETWEEN = 2;

    private Columns() {}

    /**
     * The rows as lines.
     *
     * @param rows      with equally many cells each, the header among them
     * @param toTheLeft so many columns of words; the ones after them hold numbers, whose ends stand below each other
     */
    static List<String> aligned(List<List<String>> rows, int toTheLeft) {
        int[] widths = new int[rows.getFirst().size()];
        for (List<String> row : rows) {
            for (int i = 0; i < widths.length; i++) {
                widths[i] = Math.max(widths[i], row.get(i).length());
            }
        }
        List<String> lines = new ArrayList<>(rows.size());
        for (List<String> row : rows) {
            StringBuilder line = new StringBuilder();
            for (int i = 0; i < widths.length; i++) {
                int padding = widths[i] - row.get(i).length();
                line.repeat(' ', i < toTheLeft ? 0 : padding).append(row.get(i))
                        .repeat(' ', (i < toTheLeft ? padding : 0) + BETWEEN);
            }
            lines.add(line.toString().stripTrailing());
        }
        return lines;
    }
}
