package dev.handoff.bench;

import java.io.IOException;
import java.lang.ProcessBuilder.Redirect;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.OptionalDouble;
import java.util.concurrent.TimeUnit;

import dev.handoff.cli.BenchSuite.Request;

/** The example daemon with many keys and writing clients: what they wait while it is swapped, and while it is stopped and started instead. */
final class KvFigures {

    private static final long SETTLE_MS = 1_000;
    private static final long START_LIMIT_NS = TimeUnit.SECONDS.toNanos(120);

    private final Results results;
    private final Request request;
    private final Path scratch;
    private final Path kvd = Path.of(System.getProperty("handoff.home"), "examples/kv/bin/kvd");

    KvFigures(Results results, Request request, Path scratch) {
        this.results = results;
        this.request = request;
        this.scratch = scratch;
    }

    void run() throws IOException, InterruptedException {
        int keys = request.quick() ? 100_000 : 1_000_000;
        int connections = 50;
        try (Scratch of = new Scratch(scratch)) {
            InetSocketAddress address = freeAddress();
            Path directory = of.path("kv");
            Latencies swaps = swaps(directory, address, keys, connections);
            Latencies restarts = restarts(directory.resolve("data"), address, connections);
            double restartMs = restarts.percentileNs(50) / 1e6;
            double swapMs = swaps.percentileNs(50) / 1e6;
            results.add(swaps.figure("kv.longest_pause", "ms", 30).with("stop and start", restartMs)
                    .demanding("20 x below stop and start", swapMs * 20 <= restartMs));
            Figure restart = restarts.figure("kv.restart_pause", "ms", Double.MAX_VALUE);
            results.add(new Figure(restart.name(), "ms", restart.p50(), restart.p99(), restart.p999(), restart.max(),
                    OptionalDouble.of(20 * swapMs), "at least: 20 x kv.longest_pause", restartMs >= 20 * swapMs,
                    restart.comparator()));
        }
    }

    private Latencies swaps(Path directory, InetSocketAddress address, int keys, int connections)
            throws IOException, InterruptedException {
        Latencies pauses = new Latencies();
        try (KeptCoordinator kept = KeptCoordinator.start(directory, """
                binary = "%s"
                args = ["--data-dir", "data", "--control-socket", "c.sock"]
                listeners = [{ name = "resp", addr = "127.0.0.1:%d" }]
                """.formatted(kvd, address.getPort()))) {
            KvLoad.fill(address, keys);
            try (KvLoad load = new KvLoad(address, connections)) {
                int swaps = request.quick() ? 2 : 10;
                for (int i = 0; i < swaps; i++) {
                    Thread.sleep(SETTLE_MS);
                    long _ = load.takeLongestNs();
                    Object _ = kept.swap();
                    Thread.sleep(SETTLE_MS);
                    pauses.add(load.takeLongestNs());
                }
            }
        }
        return pauses;
    }

    /** The same data, the same clients, without a coordinator: SIGTERM, wait, start. */
    private Latencies restarts(Path data, InetSocketAddress address, int connections)
            throws IOException, InterruptedException {
        Latencies pauses = new Latencies();
        Process daemon = start(data, address);
        try (KvLoad load = new KvLoad(address, connections)) {
            int restarts = request.quick() ? 1 : 10;
            for (int i = 0; i < restarts; i++) {
                Thread.sleep(SETTLE_MS);
                long _ = load.takeLongestNs();
                daemon.destroy();
                int _ = daemon.waitFor();
                daemon = start(data, address);
                Thread.sleep(SETTLE_MS);
                pauses.add(load.takeLongestNs());
            }
        } finally {
            daemon.destroy();
            int _ = daemon.waitFor();
        }
        return pauses;
    }

    private Process start(Path data, InetSocketAddress address) throws IOException, InterruptedException {
        Process daemon = new ProcessBuilder(kvd.toString(), "--data-dir", data.toString(), "--port",
                Integer.toString(address.getPort())).redirectErrorStream(true)
                .redirectInput(Redirect.from(Path.of("/dev/null").toFile()))
                .redirectOutput(Redirect.appendTo(data.resolveSibling("kvd.log").toFile())).start();
        long startNs = System.nanoTime();
        while (!answers(address)) {
            if (!daemon.isAlive() || System.nanoTime() - startNs > START_LIMIT_NS) {
                daemon.destroyForcibly();
                throw new IOException("kvd did not start: " + Files.readString(data.resolveSibling("kvd.log")));
            }
            Thread.sleep(5);
        }
        return daemon;
    }

    private static boolean answers(InetSocketAddress address) {
        try (Socket _ = new Socket(address.getAddress(), address.getPort())) {
            return true;
        } catch (IOException notYet) {
            return false;
        }
    }

    private static InetSocketAddress freeAddress() throws IOException {
        InetAddress loopback = InetAddress.getLoopbackAddress();
        try (ServerSocket any = new ServerSocket(0, 1, loopback)) {
            return new InetSocketAddress(loopback, any.getLocalPort());
        }
    }
}
