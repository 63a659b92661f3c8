package dev.handoff.bench;

import java.io.IOException;
import java.lang.ProcessBuilder.Redirect;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;

import dev.handoff.cli.ControlClient;
import dev.handoff.cli.ControlClient.Answer;
import dev.handoff.coordinator.control.ControlReply;
import dev.handoff.coordinator.control.ControlReply.Status;
import dev.handoff.coordinator.control.ControlRequest;

/** Keeper, coordinator and daemon as processes of their own, started by the launcher as an operator would. */
final class KeptCoordinator implements AutoCloseable {

    private static final int FIRST_WORD_MS = 5_000;
    private static final long LIMIT_NS = TimeUnit.SECONDS.toNanos(120);
    private static final long LOOK_MS = 20;

    private final Path directory;
    private final Process keeper;

    private KeptCoordinator(Path directory, Process keeper) {
        this.directory = directory;
        this.keeper = keeper;
    }

    /** @param service the {@code [[service]]} table's lines; paths are relative to the directory */
    static KeptCoordinator start(Path directory, String service, String... options)
            throws IOException, InterruptedException {
        Path config = directory.resolve("handoff.toml");
        Files.createDirectories(directory);
        Files.writeString(config, """
                trigger_socket = "t.sock"
                journal = "journal"
                hold_secs = 60

                [[service]]
                name = "bench"
                working_dir = "."
                hello_secs = 30
                deadline_secs = 600
                control_socket = "c.sock"
                data_dir = "data"
                """ + service);
        List<String> command = new ArrayList<>(
                List.of(Path.of(System.getProperty("handoff.home"), "handoff").toString(), "run"));
        command.addAll(List.of(options));
        command.addAll(List.of("--config", config.toString()));
        ProcessBuilder builder = new ProcessBuilder(command).redirectInput(Redirect.from(Path.of("/dev/null").toFile()))
                .redirectErrorStream(true).redirectOutput(directory.resolve("log").toFile());
        builder.environment().remove("NOTIFY_SOCKET");
        KeptCoordinator kept = new KeptCoordinator(directory, builder.start());
        boolean serving = false;
        try {
            kept.awaitServing();
            serving = true;
            return kept;
        } finally {
            if (!serving) {
                kept.close();
            }
        }
    }

    long keeperPid() {
        return keeper.pid();
    }

    /** Waits until this many spares have stood by, one after the other. */
    void awaitSpares(int count) throws IOException, InterruptedException {
        long startNs = System.nanoTime();
        while (Files.readAllLines(directory.resolve("log")).stream().filter(line -> line.contains("stands by"))
                .count() < count) {
            if (System.nanoTime() - startNs > LIMIT_NS) {
                throw new IOException("no spare stands by: " + firstWords());
            }
            Thread.sleep(LOOK_MS);
        }
    }

    /** Asks for a swap and waits for its end. */
    ControlReply swap() throws IOException {
        return switch (ask(new ControlRequest.Swap(Optional.empty(), Optional.empty(), Optional.empty()))) {
            case Answer.Got(ControlReply reply) -> reply;
            case Answer.Lost lost -> throw new IOException("the coordinator went away: " + lost.why());
            case Answer.NotReached nobody -> throw new IOException(nobody.why());
        };
    }

    /** Asks for a swap on another thread; whoever asked does not wait. */
    Thread swapBeside() {
        return Thread.ofVirtual()
                .start(() -> ask(new ControlRequest.Swap(Optional.empty(), Optional.empty(), Optional.empty())));
    }

    private Answer ask(ControlRequest request) {
        return ControlClient.ask(directory.resolve("t.sock"), request, FIRST_WORD_MS);
    }

    Status awaitServing() throws IOException, InterruptedException {
        return awaitState("serving");
    }

    Status awaitState(String state) throws IOException, InterruptedException {
        long startNs = System.nanoTime();
        while (System.nanoTime() - startNs < LIMIT_NS) {
            if (ask(new ControlRequest.AskStatus()) instanceof Answer.Got(Status status)
                    && status.services().getFirst().state().equals(state)
                    && (!state.equals("serving") || status.services().getFirst().incumbentPid().isPresent())) {
                return status;
            }
            if (!keeper.isAlive()) {
                throw new IOException("the keeper ended with " + keeper.exitValue() + ": " + firstWords());
            }
            Thread.sleep(LOOK_MS);
        }
        throw new IOException("the service was not " + state + " in time: " + firstWords());
    }

    private String firstWords() throws IOException {
        return Files.readString(directory.resolve("log")).lines().limit(5).collect(Collectors.joining("; "));
    }

    /** VmRSS of a process, in MB. */
    static double residentMb(long pid) throws IOException {
        return Files.readAllLines(Path.of("/proc", Long.toString(pid), "status")).stream()
                .filter(line -> line.startsWith("VmRSS:")).mapToLong(line -> Long.parseLong(line.replaceAll("\\D", "")))
                .findFirst().orElseThrow() / 1024.0;
    }

    @Override
    public void close() throws IOException {
        keeper.destroy();
        try {
            if (!keeper.waitFor(60, TimeUnit.SECONDS)) {
                keeper.descendants().forEach(ProcessHandle::destroyForcibly);
                keeper.destroyForcibly();
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException("interrupted while the coordinator stopped", e);
        }
    }
}
