package dev.handoff.stock;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.EnumSet;
import java.util.Iterator;
import java.util.List;
import java.util.Optional;
import java.util.Set;

import dev.handoff.codec.BuildId;

/** The command line of {@link StockDaemon}; see there. One thread. */
final class StockDaemonOptions {

    private Path dataDir;
    private Path controlSocket;
    private BuildId buildId = BuildId.EMPTY;
    private Optional<Path> trace = Optional.empty();
    private Optional<InetSocketAddress> listen = Optional.empty();
    private long drainMs;
    private long sealMs;
    private long resumeMs;
    private long openMs;
    private int drainFailures;
    private int sealFailures;
    private int resumeFailures;
    private boolean unhealthy;
    private boolean wrongId;
    private boolean heartbeatsWhileOpening;
    private long revisionsBehind;
    private final Set<StockPoint> exitPoints = EnumSet.noneOf(StockPoint.class);
    private final Set<StockPoint> hangPoints = EnumSet.noneOf(StockPoint.class);

    static StockDaemonOptions parse(List<String> arguments) {
        StockDaemonOptions options = new StockDaemonOptions();
        Iterator<String> next = arguments.iterator();
        while (next.hasNext()) {
            String name = next.next();
            switch (name) {
                case "--unhealthy" -> options.unhealthy = true;
                case "--wrong-id" -> options.wrongId = true;
                case "--heartbeats-while-opening" -> options.heartbeatsWhileOpening = true;
                default -> {
                    if (!next.hasNext()) {
                        throw new IllegalArgumentException(name + " is unknown or lacks its value");
                    }
                    options.set(name, next.next());
                }
            }
        }
        if (options.dataDir == null || options.controlSocket == null) {
            throw new IllegalArgumentException("--data-dir and --control-socket are needed");
        }
        return options;
    }

    private void set(String name, String value) {
        switch (name) {
            case "--data-dir" -> dataDir = Path.of(value);
            case "--control-socket" -> controlSocket = Path.of(value);
            case "--build" -> buildId = BuildId.of(value.getBytes(StandardCharsets.UTF_8));
            case "--trace" -> trace = Optional.of(Path.of(value));
            case "--listen" ->
                listen = Optional.of(new InetSocketAddress(InetAddress.getLoopbackAddress(), Integer.parseInt(value)));
            case "--drain-ms" -> drainMs = Long.parseLong(value);
            case "--seal-ms" -> sealMs = Long.parseLong(value);
            case "--resume-ms" -> resumeMs = Long.parseLong(value);
            case "--open-ms" -> openMs = Long.parseLong(value);
            case "--fail-drain" -> drainFailures = Integer.parseInt(value);
            case "--fail-seal" -> sealFailures = Integer.parseInt(value);
            case "--fail-resume" -> resumeFailures = Integer.parseInt(value);
            case "--revisions-behind" -> revisionsBehind = Long.parseLong(value);
            case "--exit-at" -> exitPoints.add(StockPoint.ofArgument(value));
            case "--hang-at" -> hangPoints.add(StockPoint.ofArgument(value));
            default -> throw new IllegalArgumentException("unknown option " + name);
        }
    }

    Path dataDir() {
        return dataDir;
    }

    Path controlSocket() {
        return controlSocket;
    }

    BuildId buildId() {
        return buildId;
    }

    Optional<Path> trace() {
        return trace;
    }

    Optional<InetSocketAddress> listen() {
        return listen;
    }

    long drainMs() {
        return drainMs;
    }

    long sealMs() {
        return sealMs;
    }

    long resumeMs() {
        return resumeMs;
    }

    long openMs() {
        return openMs;
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

    boolean wrongId() {
        return wrongId;
    }

    boolean heartbeatsWhileOpening() {
        return heartbeatsWhileOpening;
    }

    long revisionsBehind() {
        return revisionsBehind;
    }

    boolean exitsAt(StockPoint point) {
        return exitPoints.contains(point);
    }

    boolean hangsAt(StockPoint point) {
        return hangPoints.contains(point);
    }
}
