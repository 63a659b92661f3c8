package dev.handoff.cli.replay;

import java.util.ArrayList;
import java.util.List;

/**
 * A table of any length, in bounded memory: columns are as wide as the widest cell among the first rows, and grow where a later one
 * needs it. One thread.
 */
final class ColumnOutput {

    private static final int ROWS_MEASURED = 1000;

    private final LineOutput out;
    private final int[] widths;
    private final List<List<String>> waiting = new ArrayList<>();
    private boolean measured;

    ColumnOutput(LineOutput out, List<String> header) {
        this.out = out;
        this.widths = new int[header.size()];
        waiting.add(List.copyOf(header));
    }

    /** Takes a row with as many cells as the header; false when nobody reads any more. */
    boolean row(List<String> cells) {
        if (measured) {
            return print(cells);
        }
        waiting.add(List.copyOf(cells));
        return waiting.size() < ROWS_MEASURED || end();
    }

    /** Prints the rows that waited for a wider one. */
    boolean end() {
        measured = true;
        waiting.forEach(this::widen);
        boolean read = true;
        for (List<String> row : waiting) {
            read = read && print(row);
        }
        waiting.clear();
        return read;
    }

    private void widen(List<String> cells) {
        for (int i = 0; i < cells.size(); i++) {
            widths[i] = Math.max(widths[i], cells.get(i).length());
        }
    }

    private boolean print(List<String> cells) {
        widen(cells);
        StringBuilder line = new StringBuilder();
        for (int i = 0; i < cells.size(); i++) {
            line.append(cells.get(i)).repeat(' ', widths[i] - cells.get(i).length() + 2);
        }
        return out.line(line.toString().stripTrailing());
    }
}
