package dev.handoff.systemtest;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

import dev.handoff.codec.BuildId;
import dev.handoff.codec.ShardRevisions;
import dev.handoff.participant.AbortedAt;
import dev.handoff.participant.AwaitingBegin;
import dev.handoff.participant.ColdStart;
import dev.handoff.participant.DrainDeadline;
import dev.handoff.participant.DrainReport;
import dev.handoff.participant.Drainable;
import dev.handoff.participant.IncumbentStage;
import dev.handoff.participant.InheritedListeners;
import dev.handoff.participant.Participant;
import dev.handoff.participant.ParticipantConfig;
import dev.handoff.participant.ParticipantEndedException;
import dev.handoff.participant.SealProgress;
import dev.handoff.participant.SealResult;
import dev.handoff.participant.Served;
import dev.handoff.participant.Start;
import dev.handoff.participant.SuccessorStart;
import dev.handoff.participant.Taken;
import dev.handoff.posix.Processes;
import dev.handoff.stock.StockLog;
import dev.handoff.stock.StockServer;

/**
 * What a stock daemon serves, by a daemon that takes part through our own library: a program for tests that replace one by the
 * other. Options:
 *
 * <pre>
 *   --data-dir DIR, --control-socket PATH, --trace FILE, --build TEXT   as a stock daemon's
 *   --drain-ms N            the drain takes so long, unless its deadline passes before
 *   --stubborn-drain-ms N   the drain takes so long, whatever its deadline says
 *   --seal-ms, --resume-ms N   how long a hook takes at least; --open-ms N: from the lock to Ready
 *   --fail-drain, --fail-seal, --fail-resume N   the first N calls of the hook fail, in each process
 *   --exit-at POINT, --hang-at POINT   {@link LinePoint}; may be repeated. An exit is at once, with code 99
 *   --unhealthy             the successor says that it is not fit     --revisions-behind N  Ready advertises N fewer
 * </pre>
 */
public final class LineDaemon implements Drainable {

    private static final int EXIT_AT_POINT = 99;

    private final LineDaemonOptions options;
    private final StockLog log;
    private final StockServer server;

    private LineDaemon(LineDaemonOptions options, InheritedListeners listeners) {
        this.options = options;
        this.log = new StockLog(options.dataDir());
        this.server = new StockServer(listeners.all().stream().map(InheritedListeners.Listener::fd).toList(), log);
    }

    /** Runs until its time is over. */
    public static void main(String[] arguments) throws IOException {
        LineDaemonOptions options = LineDaemonOptions.parse(List.of(arguments));
        Files.createDirectories(options.dataDir());
        ParticipantConfig config = ParticipantConfig
                .of(options.dataDir(), options.controlSocket(),
                        BuildId.of(options.build().getBytes(StandardCharsets.UTF_8)))
                .withOnAbandoned(ended -> {
                    trace(options.trace(), "abandoned: " + ended.getMessage());
                    Runtime.getRuntime().halt(ended.exitCode());
                });
        int code;
        try {
            Start start = Participant.start(config);
            code = new LineDaemon(options, start.listeners()).live(start).exitCode();
        } catch (ParticipantEndedException e) {
            trace(options.trace(), "exit " + e.exitCode() + ": " + e.getMessage());
            code = e.exitCode();
        }
        // A hook that hangs must not keep the process.
        Runtime.getRuntime().halt(code);
    }

    private Served live(Start start) throws ParticipantEndedException {
        Taken taken = switch (start) {
            case ColdStart cold -> {
                log("cold start");
                yield cold.takeLock();
            }
            case SuccessorStart successor -> {
                log("successor start");
                log("hello within s: " + (successor.helloRemainingMs() + 999) / 1_000);
                successor.standBack();
                log("stands back on processors: " + processors());
                reached(LinePoint.SUCCESSOR_BEFORE_HELLO);
                AwaitingBegin waiting = successor.handshake();
                log("after hello on processors: " + processors());
                reached(LinePoint.SUCCESSOR_AFTER_HELLO);
                Taken begun = waiting.begin();
                reached(LinePoint.SUCCESSOR_AFTER_BEGIN);
                yield begun;
            }
        };
        log("open");
        pause(options.openMs());
        log.open();
        if (start instanceof SuccessorStart) {
            reached(LinePoint.SUCCESSOR_BEFORE_READY);
        }
        ShardRevisions revisions = ShardRevisions.of(Math.max(0, log.revision() - options.revisionsBehind()));
        if (options.unhealthy()) {
            taken.unhealthy(List.of(), revisions);
        }
        IncumbentStage incumbent = taken.ready(List.of(), revisions);
        server.start();
        log("serving");
        Served served = incumbent.serve(this);
        log("served: " + served);
        if (served instanceof Served.Committed) {
            // A client that was accepted before the drain may still be reading its last reply.
            server.drain(1_000);
        }
        return served;
    }

    /** How many processors the kernel lets this thread run on. */
    private static long processors() {
        try {
            String status = Files.readString(Path.of("/proc/thread-self/status"));
            String mask = status.split("Cpus_allowed:", 2)[1].lines().findFirst().orElseThrow();
            return mask.chars().filter(digit -> Character.digit(digit, 16) > 0)
                    .map(digit -> Integer.bitCount(Character.digit(digit, 16))).sum();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    public DrainReport drain(DrainDeadline deadline) {
        log("drain");
        reached(LinePoint.INCUMBENT_IN_DRAIN);
        int left = server.drain(deadline.remainingMs());
        pause(options.stubbornDrainMs());
        long startNs = System.nanoTime();
        while (!deadline.passed()
                && System.nanoTime() - startNs < TimeUnit.MILLISECONDS.toNanos(options.drainMs())) {
            pause(2);
        }
        if (options.drainFails()) {
            throw new IllegalStateException("the drain was told to fail");
        }
        log(deadline.aborted() ? "drain aborted" : "drained");
        return new DrainReport(left, true);
    }

    @Override
    public SealResult seal(SealProgress progress) {
        log("seal");
        reached(LinePoint.INCUMBENT_IN_SEAL);
        pause(options.sealMs());
        if (options.sealFails()) {
            return new SealResult.NotSealed("the seal was told to fail", "nothing sealed");
        }
        log.close();
        progress.sealed(1, 1, log.revision());
        log("sealed " + log.revision());
        return new SealResult.Sealed(ShardRevisions.of(log.revision()), log.fingerprint());
    }

    @Override
    public void resumeAfterAbort(AbortedAt at) {
        log("resume " + at);
        reached(LinePoint.INCUMBENT_IN_RESUME);
        pause(options.resumeMs());
        if (options.resumeFails()) {
            throw new IllegalStateException("the resume was told to fail");
        }
        log.open();
        server.start();
        log("resumed " + log.revision());
    }

    private void reached(LinePoint point) {
        if (options.exitsAt(point)) {
            log("exits at " + point.argument());
            Runtime.getRuntime().halt(EXIT_AT_POINT);
        }
        if (options.hangsAt(point)) {
            log("hangs at " + point.argument());
            try {
                new CountDownLatch(1).await();
            } catch (InterruptedException e) {
                throw new IllegalStateException("nobody interrupts a hang", e);
            }
        }
    }

    private void log(String event) {
        trace(options.trace(), event);
    }

    private static void trace(Path file, String event) {
        try {
            Files.writeString(file, Processes.ownPid() + " " + event + "\n", StandardOpenOption.CREATE,
                    StandardOpenOption.APPEND);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static void pause(long ms) {
        try {
            TimeUnit.MILLISECONDS.sleep(ms);
        } catch (InterruptedException e) {
            throw new IllegalStateException("nobody interrupts a hook", e);
        }
    }
}
