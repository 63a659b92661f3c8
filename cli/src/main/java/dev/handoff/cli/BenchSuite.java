package dev.handoff.cli;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Optional;

/** What {@code handoff bench} runs. The benches lie in a module of their own, which only the launcher's {@code bench} puts on the class path. */
public interface BenchSuite {

    /**
     * What was asked for.
     *
     * @param quick
     *            less of everything: under three minutes, for a look and not for a claim
     * @param only
     *            the beginning of the names of the figures to take; empty for all
     * @param json
     *            where the figures go besides the table
     * @param distribution
     *            the build that the processes under test are started from
     */
    record Request(boolean quick, String only, Optional<Path> json, Path distribution) {}

    /** Whether a figure's name begins so. */
    boolean knows(String only);

    /** Runs the JMH benchmarks whose names match the regular expression, and prints JMH's own report to stdout. */
    void runJmh(String pattern) throws IOException;

    /** Prints the table to stdout. Throws where a bench could not be run at all; a figure over its budget is no failure. */
    void run(Request request) throws IOException, InterruptedException;
}
