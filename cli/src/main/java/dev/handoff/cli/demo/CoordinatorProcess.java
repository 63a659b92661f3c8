package dev.handoff.cli.demo;

import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.stream.Collectors;

import dev.handoff.cli.ControlClient;
import dev.handoff.cli.ControlClient.Answer;
import dev.handoff.cli.Main;
import dev.handoff.coordinator.control.ControlReply.ServiceStatus;
import dev.handoff.coordinator.control.ControlReply.Status;
import dev.handoff.coordinator.control.ControlRequest;
import dev.handoff.coordinator.fault.FaultFile;
import dev.handoff.coordinator.keeper.Keeper;

/**
 * The keeper as a process of its own, {@code handoff run} below it, and the daemons below that. All of them carry a variable with the demo's directory
 * in their environment, so that none can be overlooked. {@link #stop} from any thread, the rest from the demo's.
 */
final class CoordinatorProcess {

    private static final String MARK = "HANDOFF_DEMO";

    private static final long START_NS = TimeUnit.SECONDS.toNanos(90);
    private static final long LOOK_MS = 50;
    private static final int FIRST_WORD_MS = 5_000;
    /** The daemons get 30 s to exit, then SIGTERM and SIGKILL. */
    private static final long STOP_S = 45;
    private static final long LEFTOVER_S = 5;
    private static final int TAIL_LINES = 20;
    private static final int TAIL_BYTES = 16 * 1024;

    private final DemoDirectory directory;
    private final Process process;
    private List<String> complaints = List.of();
    private boolean stopped;

    private CoordinatorProcess(DemoDirectory directory, Process process) {
        this.directory = directory;
        this.process = process;
    }

    /**
     * Starts it with the very Java, flags and jars of this process.
     *
     * @param withFaults whether the directory's file of faults is obeyed
     */
    static CoordinatorProcess start(DemoDirectory directory, boolean withFaults) throws DemoFailure {
        List<String> java = new ArrayList<>();
        java.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        java.addAll(ManagementFactory.getRuntimeMXBean().getInputArguments());
        java.addAll(List.of("-cp", System.getProperty("java.class.path")));
        List<String> command = new ArrayList<>(java);
        command.addAll(List.of(Keeper.class.getName(), directory.starter().toString()));
        command.addAll(java);
        if (withFaults) {
            command.add("-D" + FaultFile.PROPERTY + "=" + directory.faults().path());
        }
        command.addAll(List.of(Main.class.getName(), "run", "--config", directory.config().toString()));
        ProcessBuilder builder = new ProcessBuilder(command).directory(directory.root().toFile())
                .redirectInput(Path.of("/dev/null").toFile()).redirectErrorStream(true)
                .redirectOutput(directory.log().toFile());
        builder.environment().put(MARK, directory.root().toString());
        try {
            return new CoordinatorProcess(directory, builder.start());
        } catch (IOException e) {
            throw new DemoFailure("cannot start the keeper: " + e.getMessage(), e);
        }
    }

    /** The keeper's. */
    long pid() {
        return process.pid();
    }

    /** Waits until the daemon serves. */
    Status awaitServing() throws DemoFailure, InterruptedException {
        long deadlineNs = System.nanoTime() + START_NS;
        String seen = "it has not answered yet";
        while (System.nanoTime() < deadlineNs) {
            Answer answer = ControlClient.ask(directory.triggerSocket(), new ControlRequest.AskStatus(), FIRST_WORD_MS);
            if (answer instanceof Answer.Got(Status status) && !status.services().isEmpty()) {
                ServiceStatus service = status.services().getFirst();
                if (service.state().equals("serving") && service.incumbentPid().isPresent()) {
                    return status;
                }
                seen = "the daemon is " + service.state();
                if (service.state().startsWith("failed")) {
                    break;
                }
            }
            pause(LOOK_MS);
        }
        throw new DemoFailure("the daemon was not started: " + seen + tail());
    }

    /** Waits so long, unless the coordinator ends before: then the demo is over. */
    void pause(long ms) throws DemoFailure, InterruptedException {
        try {
            Process ended = process.onExit().get(ms, TimeUnit.MILLISECONDS);
            throw new DemoFailure("the keeper ended with exit code " + ended.exitValue() + tail());
        } catch (TimeoutException e) {
            return; // it lives on
        } catch (ExecutionException e) {
            throw new IllegalStateException("waiting for a process fails only by interruption", e);
        }
    }

    /** Stops coordinator and daemons as an operator would, by SIGTERM, and sees that all are gone. Once; later calls give the same. */
    synchronized List<String> stop() {
        if (stopped) {
            return complaints;
        }
        stopped = true;
        List<String> wrong = new ArrayList<>();
        process.destroy();
        if (!waitFor(process.toHandle(), STOP_S)) {
            process.destroyForcibly();
            boolean _ = waitFor(process.toHandle(), LEFTOVER_S);
            wrong.add("the coordinator did not stop within " + STOP_S + " s of SIGTERM and was killed");
        } else if (process.exitValue() != 0) {
            wrong.add("the coordinator ended with exit code " + process.exitValue());
        }
        for (ProcessHandle left : marked()) {
            wrong.add("process " + left.pid() + " was left behind and is killed: "
                    + left.info().commandLine().orElse("its command is not known"));
            left.destroy();
            if (!waitFor(left, LEFTOVER_S)) {
                left.destroyForcibly();
                boolean _ = waitFor(left, LEFTOVER_S);
            }
        }
        complaints = List.copyOf(wrong);
        return complaints;
    }

    private static boolean waitFor(ProcessHandle handle, long seconds) {
        try {
            ProcessHandle _ = handle.onExit().get(seconds, TimeUnit.SECONDS);
            return true;
        } catch (TimeoutException e) {
            return false;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return false;
        } catch (ExecutionException e) {
            throw new IllegalStateException("waiting for a process fails only by interruption", e);
        }
    }

    /** The pids of {@link #marked}. */
    Set<Long> living() {
        return marked().stream().map(ProcessHandle::pid).collect(Collectors.toCollection(TreeSet::new));
    }

    /** Every living process of this demo; zombies have no environment. */
    private List<ProcessHandle> marked() {
        byte[] mark = (MARK + "=" + directory.root() + "\0").getBytes(StandardCharsets.UTF_8);
        List<ProcessHandle> found = new ArrayList<>();
        try (DirectoryStream<Path> entries = Files.newDirectoryStream(Path.of("/proc"), "[0-9]*")) {
            for (Path entry : entries) {
                if (contains(environment(entry), mark)) {
                    ProcessHandle.of(Long.parseLong(entry.getFileName().toString())).ifPresent(found::add);
                }
            }
        } catch (IOException | DirectoryIteratorException e) {
            throw new IllegalStateException("cannot list /proc: " + e.getMessage(), e);
        }
        return found;
    }

    /** Empty for a process that is another user's or has just gone. */
    private static byte[] environment(Path process) {
        try {
            return Files.readAllBytes(process.resolve("environ"));
        } catch (IOException e) {
            return new byte[0];
        }
    }

    private static boolean contains(byte[] text, byte[] part) {
        for (int i = 0; i + part.length <= text.length; i++) {
            if (Arrays.equals(text, i, i + part.length, part, 0, part.length)) {
                return true;
            }
        }
        return false;
    }

    /** The end of the log, for a message's end. */
    String tail() {
        Optional<String> text = logTail();
        if (text.isEmpty() || text.get().isBlank()) {
            return "\n(" + directory.log() + " is empty)";
        }
        List<String> lines = text.get().lines().toList();
        return "\nthe last lines of " + directory.log() + ":\n  "
                + String.join("\n  ", lines.subList(Math.max(0, lines.size() - TAIL_LINES), lines.size()));
    }

    private Optional<String> logTail() {
        try {
            byte[] bytes = Files.readAllBytes(directory.log());
            int from = Math.max(0, bytes.length - TAIL_BYTES);
            return Optional.of(new String(bytes, from, bytes.length - from, StandardCharsets.UTF_8));
        } catch (IOException e) {
            return Optional.empty();
        }
    }
}
