package dev.handoff.examples.kv;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;

import dev.handoff.codec.Message;
import dev.handoff.posix.Processes;
import dev.handoff.stock.StockSupervisor;
import dev.handoff.stock.StockSupervisor.Outcome;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What takes long: many swaps, many kills, many connections. Prints what it saw; docs/TESTING.md has the command. */
@Tag("carried")
class CarriedConnectionsLongTest {
    private static final String[] QUICK = {"--warm-up-ms", "100"};

    @TempDir
    Path dir;

    /** What is done to a handoff before a message of it is sent. */
    private enum Disturbance {
        NONE,
        SUPERVISOR_LEAVES,
        SUCCESSOR_DIES,
        INCUMBENT_DIES
    }

    @Test
    void streamsGoOnThroughRandomSwapsAndKills() throws IOException {
        int swaps = Integer.getInteger("carried.swaps", 200);
        long seed = Long.getLong("carried.seed", System.nanoTime());
        System.out.println("seed " + seed);
        Random random = new Random(seed);
        Map<String, Integer> seen = new TreeMap<>();
        try (Daemons daemons = new Daemons(dir)) {
            int pid = daemons.startCold(QUICK);
            try (StreamLoad load = new StreamLoad(daemons.port(), 8, seed)) {
                for (int swap = 0; swap < swaps; swap++) {
                    load.awaitAnswers(1 + random.nextInt(200));
                    Class<? extends Message> when = List.of(Message.PrepareHandoff.class, Message.SealRequest.class,
                            Message.Begin.class, Message.Commit.class).get(random.nextInt(4));
                    Disturbance what = Disturbance.values()[random.nextInt(4)];
                    if (what == Disturbance.INCUMBENT_DIES && when != Message.Commit.class) {
                        // Its connections end with an incumbent that dies before they were offered.
                        what = Disturbance.NONE;
                    }
                    Outcome outcome = daemons.swap(disturbing(daemons, what, when, pid), QUICK);
                    seen.merge(what + (what == Disturbance.NONE ? "" : " at " + when.getSimpleName()) + ": "
                            + outcome.getClass().getSimpleName(), 1, Integer::sum);
                    if (outcome instanceof Outcome.Committed committed) {
                        if (what != Disturbance.INCUMBENT_DIES) {
                            daemons.awaitExit(pid);
                        }
                        pid = committed.successorPid();
                    }
                    if (swap % 20 == 19) {
                        System.out.printf("%d swaps, %,d requests%n", swap + 1, 2 * load.requests());
                    }
                    assertEquals(List.of(), load.failures(), "in swap " + swap + ", " + what + " at " + when
                            + ", seed " + seed);
                }
                load.awaitAnswers(100);
                System.out.printf("%,d requests, each with its numbered reply, in %d swaps; longest batch %d ms%n",
                        2 * load.requests(), swaps, load.longestPauseMs());
                seen.forEach((what, count) -> System.out.printf("%5d  %s%n", count, what));
                assertEquals(List.of(), load.failures());
            }
        }
    }

    private static StockSupervisor.Witness disturbing(Daemons daemons, Disturbance what, Class<? extends Message> when,
            int incumbent) {
        return (next, successor) -> {
            if (!when.isInstance(next)) {
                return true;
            }
            return switch (what) {
                case NONE -> true;
                case SUPERVISOR_LEAVES -> false;
                case SUCCESSOR_DIES -> {
                    daemons.kill(successor);
                    yield false;
                }
                case INCUMBENT_DIES -> {
                    daemons.kill(incumbent);
                    yield true;
                }
            };
        };
    }

    @Test
    void redisBenchmarkRunsThroughTwentySwapsToItsEnd() throws Exception {
        benchmark(List.of());
    }

    @Test
    void redisBenchmarkWithAPipelineRunsThroughTwentySwapsToItsEnd() throws Exception {
        benchmark(List.of("-P", "16"));
    }

    private void benchmark(List<String> pipeline) throws IOException, InterruptedException {
        try (Daemons daemons = new Daemons(Files.createTempDirectory(dir, "bench"))) {
            int pid = daemons.startCold();
            int committed = 0;
            int runs = 1;
            Benchmark benchmark = new Benchmark(daemons.port(), pipeline);
            while (committed < 20) {
                Outcome outcome = daemons.swap();
                Outcome.Committed now = assertInstanceOf(Outcome.Committed.class, outcome, outcome::toString);
                committed++;
                daemons.awaitExit(pid);
                pid = now.successorPid();
                System.out.printf("swap %d under redis-benchmark %s%n", committed, pipeline);
                if (!benchmark.process.isAlive() && committed < 20) {
                    benchmark.expectEnd();
                    runs++;
                    benchmark = new Benchmark(daemons.port(), pipeline);
                }
            }
            System.out.printf("redis-benchmark %s: 20 swaps under it, %d runs; %s%n", pipeline, runs,
                    benchmark.expectEnd());
        }
    }

    /** SET and GET on 50 connections that it never opens again: it exits with an error when one is lost. */
    private final class Benchmark {
        private final Path output = Files.createTempFile(dir, "benchmark", ".txt");
        private final Process process;

        Benchmark(int port, List<String> pipeline) throws IOException {
            int requests = Integer.getInteger("carried.requests", 1_000_000) * (pipeline.isEmpty() ? 1 : 4);
            List<String> command = new ArrayList<>(List.of("/usr/bin/redis-benchmark", "-p", Integer.toString(port),
                    "-n", Integer.toString(requests), "-c", "50", "-t", "set,get", "-q"));
            command.addAll(pipeline);
            process = new ProcessBuilder(command).redirectErrorStream(true).redirectOutput(output.toFile()).start();
        }

        /** Waits for it: what it said last. */
        String expectEnd() throws InterruptedException {
            int code = process.waitFor();
            String said = read(output);
            assertEquals(0, code, said);
            assertFalse(said.toLowerCase(Locale.ROOT).contains("error"), said);
            return said.lines().filter(line -> line.contains("requests per second")).map(String::strip).toList()
                    .toString();
        }
    }

    private static String read(Path file) {
        try {
            return Files.readString(file, StandardCharsets.ISO_8859_1);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Test
    void clientLibrariesGoThroughTwentySwaps() throws Exception {
        try (Daemons daemons = new Daemons(dir)) {
            daemons.startCold();
            long replies = ClientLibraries.goThrough(daemons, 20);
            System.out.printf("Jedis and Lettuce without reconnection: 20 swaps, %,d replies%n", replies);
        }
    }

    @Test
    void tenThousandIdleConnectionsAnswerAfterTheSwap() throws IOException {
        int count = Integer.getInteger("carried.idle", 10_000);
        assertTrue(Processes.ownFdLimit() > count + 500, "raise the limit of open files");
        try (Daemons daemons = new Daemons(dir)) {
            int pid = daemons.startCold();
            List<Client> clients = daemons.clientsNamed("c", count);
            long beforeKib = residentKib(pid);
            long startNs = System.nanoTime();
            long[] times = new long[2];
            CompletableFuture<Long> first = CompletableFuture
                    .supplyAsync(() -> answeredAfter(clients.getLast(), times));
            Outcome outcome = daemons.swap((next, _) -> {
                if (next instanceof Message.PrepareHandoff) {
                    times[0] = System.nanoTime();
                } else if (next instanceof Message.Commit) {
                    times[1] = System.nanoTime();
                }
                return true;
            });
            assertEquals(Outcome.Committed.class, outcome.getClass(), outcome::toString);
            int next = ((Outcome.Committed) outcome).successorPid();
            for (int i = 0; i < count; i++) {
                assertEquals("c" + i, clients.get(i).call("CLIENT", "GETNAME"));
            }
            long allNs = System.nanoTime();
            System.out.printf(
                    "%,d connections: drain to commit %.1f ms, longest wait of one client %.1f ms, all answered"
                            + " %.1f ms after the commit (one after the other); resident KiB: old %,d, new %,d; swap %.1f ms%n",
                    count, (times[1] - times[0]) / 1e6, first.join() / 1e6, (allNs - times[1]) / 1e6, beforeKib,
                    residentKib(next), (allNs - startNs) / 1e6);
            for (Client client : clients) {
                client.close();
            }
        }
    }

    /** Asks on and on until a reply came after the commit; the longest wait. */
    private static long answeredAfter(Client client, long[] times) {
        long longestNs = 0;
        try {
            boolean after = false;
            while (!after) {
                long askedNs = System.nanoTime();
                after = times[1] != 0;
                client.call("PING");
                longestNs = Math.max(longestNs, System.nanoTime() - askedNs);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return longestNs;
    }

    private static long residentKib(int pid) throws IOException {
        return Files.readAllLines(Path.of("/proc/" + pid + "/status")).stream().filter(l -> l.startsWith("VmRSS:"))
                .mapToLong(l -> Long.parseLong(l.replaceAll("[^0-9]", ""))).findFirst().orElseThrow();
    }
}
