package dev.handoff.systemtest;

import java.nio.file.Path;
import java.util.EnumSet;
import java.util.Iterator;
import java.util.List;
import java.util.Set;

/** The command line of {@link LineDaemon}; see there. One thread. */
final class LineDaemonOptions {

    private Path dataDir = Path.of("data");
    private Path controlSocket = Path.of("control.sock");
    private Path trace = Path.of("trace");
    private String build = "none";
    private long drainMs;
    private long stubbornDrainMs;
    private long sealMs;
    private long openMs;
    private long resumeMs;
    private int drainFailures;
    private int sealFailures;
    private int resumeFailures;
    private boolean unhealthy;
    private long revisionsBehind;
    private final Set<LinePoint> exitPoints = EnumSet.noneOf(LinePoint.class);
    private final Set<LinePoint> hangPoints = EnumSet.noneOf(LinePoint.class);

    static LineDaemonOptions parse(List<String> arguments) {
        LineDaemonOptions options = new LineDaemonOptions();
        Iterator<String> next = arguments.iterator();
        while (next.hasNext()) {
            String name = next.next();
            if (name.equals("--unhealthy")) {
                options.unhealthy = true;
            } else if (next.hasNext()) {
                options.set(name, next.next());
            } else {
                throw new IllegalArgumentException(name + " is unknown or lacks its value");
            }
        }
        return options;
    }

    private void set(String name, String value) {
        switch (name) {
            case "--data-dir" -> dataDir = Path.of(value);
            case "--control-socket" -> controlSocket = Path.of(value);
            case "--trace" -> trace = Path.of(value);
            case "--build" -> build = value;
            case "--drain-ms" -> drainMs = Long.parseLong(value);
            case "--stubborn-drain-ms" -> stubbornDrainMs = Long.parseLong(value);
            case "--seal-ms" -> sealMs = Long.parseLong(value);
            case "--open-ms" -> openMs = Long.parseLong(value);
            case "--resume-ms" -> resumeMs = Long.parseLong(value);
            case "--fail-drain" -> drainFailures = Integer.parseInt(value);
            case "--fail-seal" -> sealFailures = Integer.parseInt(value);
            case "--fail-resume" -> resumeFailures = Integer.parseInt(value);
            case "--revisions-behind" -> revisionsBehind = Long.parseLong(value);
            case "--exit-at" -> exitPoints.add(LinePoint.ofArgument(value));
            case "--hang-at" -> hangPoints.add(LinePoint.ofArgument(value));
            default -> throw new IllegalArgumentException("unknown option " + name);
        }
    }

    Path dataDir() {
        return dataDir;
    }

    Path controlSocket() {
        return controlSocket;
    }

    Path trace() {
        return trace;
    }

    String build() {
        return build;
    }

    long drainMs() {
        return drainMs;
    }

    long stubbornDrainMs() {
        return stubbornDrainMs;
    }

    long sealMs() {
        return sealMs;
    }

    long openMs() {
        return openMs;
    }

    long resumeMs() {
        return resumeMs;
    }

    /** Whether this drain fails; counts down. */
    boolean drainFails() {
        return drainFailures-- > 0;
    }

    /** Whether this seal fails; counts down. */
    boolean sealFails() {
        return sealFailures-- > 0;
    }

    /** Whether this resume fails; counts down. */
    boolean resumeFails() {
        return resumeFailures-- > 0;
    }

    boolean unhealthy() {
        return unhealthy;
    }

    long revisionsBehind() {
        return revisionsBehind;
    }

    boolean exitsAt(LinePoint point) {
        return exitPoints.contains(point);
    }

    boolean hangsAt(LinePoint point) {
        return hangPoints.contains(point);
    }
}
