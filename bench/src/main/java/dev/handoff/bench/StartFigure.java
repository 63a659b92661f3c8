package dev.handoff.bench;

import java.io.IOException;
import java.lang.ProcessBuilder.Redirect;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;

/** From the launcher's exec to a trigger socket that is there: a coordinator whose one service has an empty past. */
final class StartFigure {

    private static final long LIMIT_NS = TimeUnit.SECONDS.toNanos(60);

    private StartFigure() {}

    static Figure measure(Path scratch, boolean quick) throws IOException, InterruptedException {
        Latencies cached = new Latencies();
        Latencies uncached = new Latencies();
        int starts = quick ? 2 : 15;
        for (int i = 0; i < starts; i++) {
            cached.add(start(scratch, ""));
            uncached.add(start(scratch, "-XX:AOTMode=off"));
        }
        return cached.figure("start.cold", "ms", 0).unbudgeted().with("without the ahead-of-time cache",
                uncached.percentileNs(50) / 1e6);
    }

    private static long start(Path scratch, String options) throws IOException, InterruptedException {
        try (Scratch of = new Scratch(scratch)) {
            Path socket = of.path("t.sock");
            Path config = of.path("handoff.toml");
            Files.writeString(config, """
                    trigger_socket = "t.sock"
                    journal = "journal"

                    [[service]]
                    name = "sleeper"
                    binary = "/bin/sleep"
                    args = ["600"]
                    control_socket = "c.sock"
                    listeners = []
                    """);
            ProcessBuilder builder = new ProcessBuilder(
                    Path.of(System.getProperty("handoff.home"), "handoff").toString(),
                    "run", "--no-keeper", "--config", config.toString())
                    .redirectInput(Redirect.from(Path.of("/dev/null").toFile())).redirectErrorStream(true)
                    .redirectOutput(of.path("log").toFile());
            builder.environment().remove("NOTIFY_SOCKET");
            if (!options.isEmpty()) {
                builder.environment().put("JDK_JAVA_OPTIONS", options);
            }
            long startNs = System.nanoTime();
            Process process = builder.start();
            try {
                while (Files.notExists(socket)) {
                    if (!process.isAlive() || System.nanoTime() - startNs > LIMIT_NS) {
                        throw new IOException("no coordinator: " + Files.readString(of.path("log")));
                    }
                    Thread.sleep(1);
                }
                return System.nanoTime() - startNs;
            } finally {
                process.destroy();
                if (!process.waitFor(30, TimeUnit.SECONDS)) {
                    process.descendants().forEach(ProcessHandle::destroyForcibly);
                    process.destroyForcibly().waitFor();
                }
            }
        }
    }
}
