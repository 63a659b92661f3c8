package dev.handoff.cli.demo;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

import dev.handoff.cli.Wording;
import dev.handoff.coordinator.control.ControlReply.Status;
import dev.handoff.coordinator.control.SwapOutcome;
import dev.handoff.coordinator.fault.HandoffSteps.Listed;
import dev.handoff.replay.LiveJournal;

/** One run of the demo. {@link #stop} from any thread, the rest on the command's. */
final class Demo {

    private static final long NS_PER_MS = 1_000_000;
    private static final long NS_PER_S = 1_000_000_000;

    private final DemoDirectory directory;
    private final int swapCount;
    private final int clientCount;
    private final boolean keepConnections;
    private final int seconds;
    private final int sealMs;
    private final Optional<KillPlan> plan;
    private final Progress progress;
    /** Null until it is started; under the lock of this object. */
    private CoordinatorProcess coordinator;
    private boolean stopping;

    /**
     * @param keepConnections whether each client stays on one connection
     * @param seconds how long the clients load the daemon, at least
     * @param sealMs  how much longer than it needs a daemon takes to seal
     * @param plan    whom to kill, if anybody
     */
    Demo(DemoDirectory directory, int swapCount, int clientCount, boolean keepConnections, int seconds, int sealMs,
            Optional<KillPlan> plan, Progress progress) {
        this.directory = directory;
        this.swapCount = swapCount;
        this.clientCount = clientCount;
        this.keepConnections = keepConnections;
        this.seconds = seconds;
        this.sealMs = sealMs;
        this.plan = plan;
        this.progress = progress;
    }

    /** Runs it all, and leaves no process behind however it ends. */
    DemoReport run() throws DemoFailure, InterruptedException {
        int port = freePort();
        directory.writeConfig(port, daemonArguments());
        directory.writeStarter();
        for (int i = 0; i <= swapCount; i++) {
            directory.writeBuild(i);
        }
        progress.show(() -> "starting the coordinator and the daemon ...");
        CoordinatorProcess process = startCoordinator();
        boolean reported = false;
        try {
            Status status = process.awaitServing();
            progress.say("coordinator " + status.coordinatorPid() + " runs below keeper " + process.pid() + ", daemon "
                    + status.services().getFirst().incumbentPid().orElseThrow() + " serves on 127.0.0.1:" + port
                    + ", " + clientCount + (clientCount == 1 ? " client writes" : " clients write") + " and read back");
            Load load = new Load(clientCount, new InetSocketAddress(InetAddress.getLoopbackAddress(), port),
                    keepConnections);
            long startNs = System.nanoTime();
            load.start();
            Course course = plan.isPresent()
                    ? new KillCourse(directory, plan.get(), process, load, progress).run()
                    : spread(load, process, startNs);
            long loadNs = System.nanoTime() - startNs;
            progress.show(() -> "reading everything back ...");
            load.verify();
            progress.show(() -> "stopping coordinator and daemon ...");
            List<String> problems = new ArrayList<>(process.stop());
            progress.show(() -> "reading the journal ...");
            DemoReport report = report(load, course, loadNs, problems);
            reported = true;
            return report;
        } finally {
            List<String> problems = process.stop();
            if (!reported) {
                problems.forEach(progress::say);
            }
        }
    }

    /** Where a process is killed in every swap, what counts is how often: a successor need not be warm. */
    private List<String> daemonArguments() {
        List<String> arguments = new ArrayList<>();
        if (plan.isPresent()) {
            arguments.addAll(List.of("--warm-up-ms", "200"));
        }
        if (sealMs > 0) {
            arguments.addAll(List.of("--seal-ms", Integer.toString(sealMs)));
        }
        return arguments;
    }

    /** Swaps once, and gives the steps at which this plan's victim can be killed. Leaves no process behind. */
    List<Listed> steps() throws DemoFailure {
        directory.writeConfig(freePort(), daemonArguments());
        directory.writeStarter();
        directory.writeBuild(0);
        directory.writeBuild(1);
        CoordinatorProcess process = startCoordinator();
        try {
            Swapper swapper = new Swapper(directory);
            Census census = new Census(process, directory);
            Status _ = census.settle();
            Swap swap = swapper.swap(1);
            Status _ = census.settle();
            return new Killer(directory, plan.orElseThrow(), swapper, census)
                    .steps(swap.handoffId().orElseThrow(() -> new DemoFailure("the swap was refused")));
        } finally {
            process.stop().forEach(progress::say);
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
        coordinator = CoordinatorProcess.start(directory, plan.isPresent());
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
    private Course spread(Load load, CoordinatorProcess process, long startNs)
            throws DemoFailure, InterruptedException {
        Swapper swapper = new Swapper(directory);
        List<Swap> swaps = new ArrayList<>();
        List<Pauses.Window> windows = new ArrayList<>();
        try {
            for (int number = 1; number <= swapCount; number++) {
                int current = number;
                long dueNs = startNs + (2L * number - 1) * seconds * NS_PER_S / (2L * swapCount);
                progress.show(() -> state(load, startNs, (current - 1) + " of " + swapCount + " swaps done"));
                waitUntil(dueNs, process);
                progress.show(() -> state(load, startNs, "swap " + current + " of " + swapCount));
                List<LoadClient.Spell> before = load.spells();
                Pauses.Window window = load.pauses().begin(System.nanoTime());
                Swap swap = swapper.swap(number);
                window.end(System.nanoTime());
                windows.add(window);
                swaps.add(swap);
                if (swap.outcome() == SwapOutcome.COMMITTED) {
                    load.countCarried(before);
                }
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
        return new Course(seen, List.of(), List.of());
    }

    private static void waitUntil(long dueNs, CoordinatorProcess process) throws DemoFailure, InterruptedException {
        for (long leftNs = dueNs - System.nanoTime(); leftNs > 0; leftNs = dueNs - System.nanoTime()) {
            process.pause(leftNs / NS_PER_MS + 1);
        }
    }

    private static String state(Load load, long startNs, String swaps) {
        return String.format(Locale.ROOT, "%5.1f s  %s  %,d requests  %d failed  %d reset  %d lost",
                (System.nanoTime() - startNs) / 1e9, swaps, load.tally().requests(), load.tally().failed(),
                load.tally().reset(), load.tally().lostWrites());
    }

    private String describe(Swap swap, Tally tally) {
        StringBuilder line = new StringBuilder("swap " + swap.number() + " of " + swapCount + " to " + swap.build()
                + ": " + swap.outcome().word().replace('_', ' '));
        swap.totalNs().ifPresent(ns -> line.append(" in ").append(Wording.duration(ns)));
        swap.writerGapNs().ifPresent(ns -> line.append(", writer gap ").append(Wording.duration(ns)));
        swap.reason().ifPresent(reason -> line.append(": ").append(reason));
        return line.append(String.format(Locale.ROOT, "; %,d requests, %d failed, %,d connections carried, %d reset",
                tally.requests(), tally.failed(), tally.carried(), tally.reset())).toString();
    }

    private DemoReport report(Load load, Course course, long loadNs, List<String> problems) {
        JournalReview review = JournalReview.of(directory.journal(), course.disturbances());
        problems.addAll(course.problems());
        problems.addAll(review.problems());
        problems.addAll(LiveJournal.read(directory.journal()).damage());
        if (plan.isEmpty() && review.handoffs() != course.swaps().size()) {
            problems.add("the journal tells of " + review.handoffs() + " handoffs, but " + course.swaps().size()
                    + " were asked for");
        }
        List<Swap> timed = course.swaps().stream().map(swap -> swap.seenBy(swap.longestPauseNs(),
                swap.handoffId().flatMap(review::trail).map(Phases::of).orElse(Phases.NONE))).toList();
        Tally tally = load.tally();
        return new DemoReport(timed, course.kills(), clientCount, loadNs, tally.requests(), tally.acknowledgedWrites(),
                tally.failed(), tally.cut(), tally.carried(), tally.reset(), tally.lostWrites(), tally.findings(),
                load.pauses().longestNs(),
                review.records(), review.timers(), directory.root(), directory.journal(), problems);
    }
}
