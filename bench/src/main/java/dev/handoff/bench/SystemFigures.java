package dev.handoff.bench;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;

import dev.handoff.cli.BenchSuite.Request;
import dev.handoff.coordinator.control.ControlReply.Status;
import dev.handoff.journal.JournalDirectory;
import dev.handoff.journal.JournalReader;

/**
 * Whole processes: how large they are, and how long after {@code kill -9} of the coordinator the same handoff goes on. Its journal then
 * holds nearly as many records as come between two snapshots, and the incumbent's answer waits in its socket.
 */
final class SystemFigures {

    /** A snapshot is taken after 100,000. */
    private static final long RECORDS = 97_000;
    private static final long FAST_UNTIL = 94_000;
    private static final long FILL_LIMIT_NS = TimeUnit.SECONDS.toNanos(90);
    private static final long SETTLED_MS = 12_000;
    private static final long IDLE_MS = 10_000;
    /** The keeper takes a coordinator that was ready for a second for a healthy one. */
    private static final long HEALTHY_MS = 1_500;
    private static final double TICKS_A_SECOND = 100;
    private static final long BEGUN_LIMIT_NS = TimeUnit.SECONDS.toNanos(60);

    private final Results results;
    private final Request request;
    private final Path scratch;

    SystemFigures(Results results, Request request, Path scratch) {
        this.results = results;
        this.request = request;
        this.scratch = scratch;
    }

    void run() throws IOException, InterruptedException {
        try (Scratch of = new Scratch(scratch)) {
            Path directory = of.path("kept");
            try (KeptCoordinator kept = KeptCoordinator.start(directory, service(directory))) {
                kept.swap();
                Status idle = kept.awaitServing();
                // malloc's free memory goes back every ten seconds.
                Thread.sleep(SETTLED_MS);
                Figure cpu = idleCpu(idle.coordinatorPid());
                Figure coordinator = Figure.single("rss.coordinator", "MB",
                        KeptCoordinator.residentMb(idle.coordinatorPid()), 90);
                Figure keeper = Figure.single("rss.keeper", "MB", KeptCoordinator.residentMb(kept.keeperPid()), 55);
                results.add(recovery(kept, directory, false).figure("recovery.kill_to_going_on", "ms", 500));
                results.add(cpu);
                results.add(coordinator);
                results.add(keeper);
            }
        }
        try (Scratch of = new Scratch(scratch)) {
            Path directory = of.path("kept");
            try (KeptCoordinator kept = KeptCoordinator.start(directory, service(directory), "--spare")) {
                results.add(recovery(kept, directory, true).figure("recovery.with_spare", "ms", 500));
            }
        }
    }

    /** Processor time of a coordinator that has nothing to do, in percent of one processor. */
    private Figure idleCpu(long pid) throws IOException, InterruptedException {
        long before = ticks(pid);
        long startNs = System.nanoTime();
        Thread.sleep(request.quick() ? IDLE_MS / 4 : IDLE_MS);
        double seconds = (System.nanoTime() - startNs) / 1e9;
        return Figure.single("cpu.coordinator_idle", "%", 100 * (ticks(pid) - before) / (TICKS_A_SECOND * seconds), 1);
    }

    /** utime and stime of proc(5). */
    private static long ticks(long pid) throws IOException {
        String stat = Files.readString(Path.of("/proc", Long.toString(pid), "stat"));
        String[] fields = stat.substring(stat.lastIndexOf(')') + 2).split(" ", -1);
        return Long.parseLong(fields[11]) + Long.parseLong(fields[12]);
    }

    private static String service(Path directory) {
        List<String> arguments = List.of("-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-Xmx64m",
                "--enable-native-access=ALL-UNNAMED", "--add-exports=java.base/jdk.internal.misc=ALL-UNNAMED", "-cp",
                System.getProperty("java.class.path"), StandIn.class.getName(), directory.toString());
        return """
                binary = "%s"
                args = [%s]
                listeners = []
                """.formatted(Path.of(System.getProperty("java.home"), "bin", "java"),
                arguments.stream().map(argument -> '"' + argument + '"').collect(Collectors.joining(", ")));
    }

    private Latencies recovery(KeptCoordinator kept, Path directory, boolean spare)
            throws IOException, InterruptedException {
        Latencies latencies = new Latencies();
        int kills = request.quick() ? (spare ? 2 : 3) : 15;
        for (int i = 0; i < kills; i++) {
            for (String left : List.of("begun", "seal", "sealing", "slow")) {
                Files.deleteIfExists(directory.resolve(left));
            }
            if (Files.notExists(directory.resolve("flood"))) {
                Files.createFile(directory.resolve("flood"));
            }
            // One that dies right after its start is started again ever later: that would be the keeper's patience, not a recovery.
            Thread.sleep(HEALTHY_MS);
            if (spare) {
                kept.awaitSpares(i + 1);
            }
            Thread _ = kept.swapBeside();
            await(directory.resolve("sealing"), directory);
            fill(directory);
            // Nobody asks for anything from here on: a first question to a coordinator that has just started loads classes.
            ProcessHandle coordinator = coordinator(kept);
            long killedNs = System.nanoTime();
            coordinator.destroyForcibly();
            Files.createFile(directory.resolve("seal"));
            latencies.add(begunNs(directory) - killedNs);
            kept.awaitServing();
        }
        return latencies;
    }

    private static ProcessHandle coordinator(KeptCoordinator kept) throws IOException, InterruptedException {
        long pid = kept.awaitState("handoff").coordinatorPid();
        return ProcessHandle.of(pid).orElseThrow(() -> new IOException("the coordinator " + pid + " is gone"));
    }

    /** Until the journal has so many records since its newest snapshot. */
    private static void fill(Path directory) throws IOException, InterruptedException {
        Path slow = directory.resolve("slow");
        try (JournalReader reader = JournalDirectory.read(directory.resolve("journal"))) {
            long snapshot = -1;
            long count = 0;
            long startNs = System.nanoTime();
            while (count < RECORDS) {
                if (System.nanoTime() - startNs > FILL_LIMIT_NS) {
                    throw new IOException("the journal had only " + count + " records after "
                            + TimeUnit.NANOSECONDS.toSeconds(FILL_LIMIT_NS) + " s");
                }
                long newest;
                try (JournalReader looking = JournalDirectory.read(directory.resolve("journal"))) {
                    newest = looking.seekLastSnapshot();
                }
                if (newest != snapshot) {
                    snapshot = newest;
                    count = 0;
                    reader.seekLastSnapshot();
                }
                count += reader.poll(_ -> true, Integer.MAX_VALUE);
                if (count > FAST_UNTIL && Files.notExists(slow)) {
                    Files.createFile(slow);
                } else if (count < FAST_UNTIL) {
                    Files.deleteIfExists(slow);
                }
                Thread.sleep(5);
            }
        }
    }

    private static long begunNs(Path directory) throws IOException, InterruptedException {
        return Long.parseLong(Files.readString(await(directory.resolve("begun"), directory)));
    }

    private static Path await(Path file, Path directory) throws IOException, InterruptedException {
        long startNs = System.nanoTime();
        while (Files.notExists(file)) {
            if (System.nanoTime() - startNs > BEGUN_LIMIT_NS) {
                throw new IOException("the handoff did not go on: " + Files.readString(directory.resolve("log")));
            }
            Thread.sleep(5);
        }
        return file;
    }
}
