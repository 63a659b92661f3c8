package dev.handoff.cli.replay;

import java.io.PrintWriter;

/** Prints lines for as long as somebody reads them: {@code head} and {@code less} go away. One thread. */
final class LineOutput {

    /** Looking at the stream for errors flushes it. */
    private static final int LINES_BETWEEN_LOOKS = 1024;

    private final PrintWriter out;
    private long lines;

    LineOutput(PrintWriter out) {
        this.out = out;
    }

    /** Prints a line, given without its end; false when nobody reads any more. */
    boolean line(String line) {
        out.print(line);
        out.print('\n');
        lines++;
        return lines % LINES_BETWEEN_LOOKS != 0 || !out.checkError();
    }
}
