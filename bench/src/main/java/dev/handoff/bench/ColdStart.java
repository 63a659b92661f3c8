package dev.handoff.bench;

import java.io.IOException;
import java.lang.ProcessBuilder.Redirect;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;

/** One start of a coordinator with an empty journal and one service, by the launcher. */
final class ColdStart implements AutoCloseable {

    private static final long LIMIT_NS = TimeUnit.SECONDS.toNanos(60);

    private final Scratch directory;
    private final Path socket;
    private final ProcessBuilder builder;
    private Process process;

    /** @param options for the JVM; empty for none */
    ColdStart(Path scratch, String options) throws IOException {
        directory = new Scratch(scratch);
        socket = directory.path("t.sock");
        Path config = directory.path("handoff.toml");
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
        builder = new ProcessBuilder(Path.of(System.getProperty("handoff.home"), "handoff").toString(), "run",
                "--no-keeper", "--config", config.toString())
                .redirectInput(Redirect.from(Path.of("/dev/null").toFile())).redirectErrorStream(true)
                .redirectOutput(directory.path("log").toFile());
        builder.environment().remove("NOTIFY_SOCKET");
        if (!options.isEmpty()) {
            builder.environment().put("JDK_JAVA_OPTIONS", options);
        }
    }

    /** Starts it, and returns when its trigger socket is there. Once. */
    void awaitSocket() throws IOException, InterruptedException {
        long startNs = System.nanoTime();
        process = builder.start();
        while (Files.notExists(socket)) {
            if (!process.isAlive() || System.nanoTime() - startNs > LIMIT_NS) {
                throw new IOException("no coordinator: " + Files.readString(directory.path("log")));
            }
            Thread.sleep(1);
        }
    }

    @Override
    public void close() throws IOException {
        try (Scratch _ = directory) {
            process.destroy();
            if (!process.waitFor(30, TimeUnit.SECONDS)) {
                process.descendants().forEach(ProcessHandle::destroyForcibly);
                int _ = process.destroyForcibly().waitFor();
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException("interrupted while a coordinator stopped", e);
        }
    }
}
