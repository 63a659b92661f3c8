package dev.handoff.cli.demo;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalLong;

import dev.handoff.cli.ControlClient;
import dev.handoff.cli.ControlClient.Answer;
import dev.handoff.cli.Wording;
import dev.handoff.codec.HandoffId;
import dev.handoff.coordinator.control.ControlReply;
import dev.handoff.coordinator.control.ControlReply.Accepted;
import dev.handoff.coordinator.control.ControlReply.SwapEnded;
import dev.handoff.coordinator.control.ControlReplyCodec;
import dev.handoff.coordinator.control.ControlRequest;
import dev.handoff.coordinator.control.SwapOutcome;

/** One run of the demo. {@link #stop} from any thread, the rest on the command's. */
final class Demo {

    private static final int FIRST_WORD_MS = 10_000;
    private static final long NS_PER_MS = 1_000_000;
    private static final long NS_PER_S = 1_000_000_000;

    private final DemoDirectory directory;
    private final int swapCount;
    private final int clientCount;
    private final int seconds;
    private final Progress progress;
    /** Null until it is started; under the lock of this object. */
    private CoordinatorProcess coordinator;
    private boolean stopping;

    /** @param seconds how long the clients load the daemon, at least */
    Demo(DemoDirectory directory, int swapCount, int clientCount, int seconds, Progress progress) {
        this.directory = directory;
        this.swapCount = swapCount;
        this.clientCount = clientCount;
        this.seconds = seconds;
        this.progress = progress;
    }

    /** Runs it all, and leaves no process behind however it ends. */
    DemoReport run() throws DemoFailure, InterruptedException {
        int port = freePort();
        directory.writeConfig(port);
        for (int i = 0; i <= swapCount; i++) {
            directory.writeBuild(i);
        }
        progress.show(() -> "starting the coordinator and the daemon ...");
        CoordinatorProcess process = startCoordinator();
        boolean reported = false;
        try {
            int daemon = process.awaitServing();
            progress.say("coordinator " + process.pid() + " runs, daemon " + daemon + " serves on 127.0.0.1:" + port
                    + ", " + clientCount + (clientCount == 1 ? " client writes" : " clients write") + " and read back");
            Load load = new Load(clientCount, new InetSocketAddress(InetAddress.getLoopbackAddress(), port));
            long startNs = System.nanoTime();
            load.start();
            List<Swap> swaps = underLoad(load, process, startNs);
            long loadNs = System.nanoTime() - startNs;
            progress.show(() -> "reading everything back ...");
            load.verify();
            progress.show(() -> "stopping coordinator and daemon ...");
            List<String> problems = new ArrayList<>(process.stop());
            progress.show(() -> "reading the journal ...");
            DemoReport report = report(load, swaps, loadNs, problems);
            reported = true;
            return report;
        } finally {
            List<String> problems = process.stop();
            if (!reported) {
                problems.forEach(progress::say);
            }
        }
    }

    /** Takes the processes down, for whoever cannot wait for the end; gives what did not go as it should. Returns when they are gone. */
    List<String> stop() {
        CoordinatorProcess process;
        synchronized (this) {
            stopping = true;
            process = coordinator;
        }
        return process == null ? List.of() : process.stop();
    }

    private synchronized CoordinatorProcess startCoordinator() throws DemoFailure {
        if (stopping) {
            throw new DemoFailure("stopped before it began");
        }
        coordinator = CoordinatorProcess.start(directory);
        return coordinator;
    }

    /** Free at this moment; the kernel does not give the same one out again for a while. */
    private static int freePort() throws DemoFailure {
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return socket.getLocalPort();
        } catch (IOException e) {
            throw new DemoFailure("no free port on 127.0.0.1: " + e.getMessage(), e);
        }
    }

    /** Spreads the swaps over the load, and lets it go on for a moment after the last. */
    private List<Swap> underLoad(Load load, CoordinatorProcess process, long startNs)
            throws DemoFailure, InterruptedException {
        List<Swap> swaps = new ArrayList<>();
        List<Pauses.Window> windows = new ArrayList<>();
        try {
            for (int number = 1; number <= swapCount; number++) {
                int current = number;
                long dueNs = startNs + (2L * number - 1) * seconds * NS_PER_S / (2L * swapCount);
                progress.show(() -> state(load, startNs, (current - 1) + " of " + swapCount + " swaps done"));
                waitUntil(dueNs, process);
                progress.show(() -> state(load, startNs, "swap " + current + " of " + swapCount));
                Pauses.Window window = load.pauses().begin(System.nanoTime());
                Swap swap = swap(number);
                window.end(System.nanoTime());
                windows.add(window);
                swaps.add(swap);
                progress.say(describe(swap, load.tally()));
            }
            progress.show(() -> state(load, startNs, swapCount + " of " + swapCount + " swaps done"));
            waitUntil(Math.max(startNs + seconds * NS_PER_S, System.nanoTime() + Pauses.AFTERMATH_NS), process);
        } finally {
            load.stop();
        }
        List<Swap> seen = new ArrayList<>();
        for (int i = 0; i < swaps.size(); i++) {
            seen.add(swaps.get(i).seenBy(windows.get(i).longestNs(), Phases.NONE));
        }
        return seen;
    }

    private static void waitUntil(long dueNs, CoordinatorProcess process) throws DemoFailure, InterruptedException {
        for (long leftNs = dueNs - System.nanoTime(); leftNs > 0; leftNs = dueNs - System.nanoTime()) {
            process.pause(leftNs / NS_PER_MS + 1);
        }
    }

    private static String state(Load load, long startNs, String swaps) {
        return String.format(Locale.ROOT, "%5.1f s  %s  %,d requests  %d failed  %d lost",
                (System.nanoTime() - startNs) / 1e9,
                swaps, load.tally().requests(), load.tally().failed(), load.tally().lostWrites());
    }

    private Swap swap(int number) {
        String build = DemoDirectory.buildName(number);
        ControlRequest request = new ControlRequest.Swap(Optional.of(DemoDirectory.SERVICE),
                Optional.of(directory.build(number).toString()));
        return switch (ControlClient.ask(directory.triggerSocket(), request, FIRST_WORD_MS)) {
            case Answer.Got(SwapEnded ended) -> {
                Swap swap = new Swap(number, build, ended.outcome(), ended.reason(), ended.handoffId(),
                        ended.totalNs(), ended.writerGapNs(), 0, Phases.NONE);
                String expected = HexFormat.of().formatHex(build.getBytes(StandardCharsets.UTF_8));
                yield ended.outcome() == SwapOutcome.COMMITTED && !ended.newBuild().equals(Optional.of(expected))
                        ? swap.but(SwapOutcome.INDETERMINATE, "build "
                                + ended.newBuild().orElse("without a name") + " serves, not " + expected)
                        : swap;
            }
            case Answer.Got(ControlReply.Busy busy) ->
                unended(number, build, SwapOutcome.BUSY, Optional.of(busy.handoffId()), "busy in " + busy.phase());
            case Answer.Got(ControlReply other) -> unended(number, build, SwapOutcome.INDETERMINATE, Optional.empty(),
                    "the coordinator answered " + ControlReplyCodec.encode(other));
            case Answer.Lost(Optional<Accepted> accepted, String why) -> unended(number, build,
                    SwapOutcome.INDETERMINATE, accepted.map(Accepted::handoffId), "the coordinator was lost: " + why);
            case Answer.NotReached(String why) ->
                unended(number, build, SwapOutcome.INDETERMINATE, Optional.empty(), "no coordinator: " + why);
        };
    }

    private static Swap unended(int number, String build, SwapOutcome outcome, Optional<HandoffId> id, String why) {
        return new Swap(number, build, outcome, Optional.of(why), id, OptionalLong.empty(), OptionalLong.empty(), 0,
                Phases.NONE);
    }

    private String describe(Swap swap, Tally tally) {
        StringBuilder line = new StringBuilder("swap " + swap.number() + " of " + swapCount + " to " + swap.build()
                + ": " + swap.outcome().word().replace('_', ' '));
        swap.totalNs().ifPresent(ns -> line.append(" in ").append(Wording.duration(ns)));
        swap.writerGapNs().ifPresent(ns -> line.append(", writer gap ").append(Wording.duration(ns)));
        swap.reason().ifPresent(reason -> line.append(": ").append(reason));
        return line.append(String.format(Locale.ROOT, "; %,d requests, %d failed", tally.requests(), tally.failed()))
                .toString();
    }

    private DemoReport report(Load load, List<Swap> swaps, long loadNs, List<String> problems) {
        JournalReview review = JournalReview.of(directory.journal());
        problems.addAll(review.problems());
        if (review.handoffs() != swaps.size()) {
            problems.add("the journal tells of " + review.handoffs() + " handoffs, but " + swaps.size()
                    + " were asked for");
        }
        List<Swap> timed = swaps.stream().map(swap -> swap.seenBy(swap.longestPauseNs(),
                swap.handoffId().flatMap(review::trail).map(Phases::of).orElse(Phases.NONE))).toList();
        Tally tally = load.tally();
        // None is cut: this demo kills no daemon.
        return new DemoReport(timed, clientCount, loadNs, tally.requests(), tally.acknowledgedWrites(), tally.failed(),
                0, tally.lostWrites(), tally.findings(), load.pauses().longestNs(), review.records(), review.timers(),
                directory.root(), directory.journal(), problems);
    }
}
