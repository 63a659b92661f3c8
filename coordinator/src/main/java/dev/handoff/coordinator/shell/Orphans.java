package dev.handoff.coordinator.shell;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.UUID;

import dev.handoff.codec.Side;
import dev.handoff.coordinator.core.Service;
import dev.handoff.coordinator.core.State;
import dev.handoff.posix.Processes;

/**
 * Processes that were started a moment before their coordinator died, and that its journal does not name: found by what it put
 * into their environment.
 */
final class Orphans {

    /** {@code <journal id>:<service number>:<role>:<session or 0>}. */
    static final String VARIABLE = "HANDOFF_SPAWN";

    /** Far longer than it takes on a busy machine. */
    private static final long EXECUTED_WITHIN_NS = 1_000_000_000;

    private Orphans() {}

    /** The variable's value for a process that is about to be started. */
    static String mark(UUID journalId, int service, Side role, long session) {
        return prefix(journalId, service) + role.wireName() + ":" + session;
    }

    private static String prefix(UUID journalId, int service) {
        return journalId + ":" + service + ":";
    }

    /** The living process that was started for what the state awaits, or 0. {@code named}: pids that the state knows. */
    static int find(UUID journalId, Service service, List<Integer> named) {
        String mark = switch (service.state()) {
            case State.AwaitingSpawn _ -> mark(journalId, service.number(), Side.INCUMBENT, 0);
            case State.AwaitingSuccessorSpawn spawn ->
                mark(journalId, service.number(), Side.SUCCESSOR, spawn.session());
            case State.Stopped _,State.AwaitingIncumbentUp _,State.Serving _,State.AwaitingRestart _,State.Failed _,State.AwaitingExit _,State.InHandoff _ ->
                prefix(journalId, service.number());
        };
        List<Integer> marked = new ArrayList<>();
        try (DirectoryStream<Path> processes = Files.newDirectoryStream(Path.of("/proc"), "[0-9]*")) {
            for (Path process : processes) {
                int pid = Integer.parseInt(process.getFileName().toString());
                if (!named.contains(pid) && isMarked(process, mark) && Processes.isAlive(pid)
                        && Processes.groupOf(pid) == pid) {
                    marked.add(pid);
                }
            }
        } catch (IOException | DirectoryIteratorException e) {
            // Without a readable /proc nothing can be found.
            return 0;
        }
        // What a daemon starts inherits its environment; of the rest the last one started was started for this.
        return marked.stream().filter(pid -> !marked.contains(Processes.parentOf(pid)))
                .max((a, b) -> Long.compare(Processes.startTimeTicks(a), Processes.startTimeTicks(b))).orElse(0);
    }

    private static boolean isMarked(Path process, String mark) {
        byte[] environment;
        try {
            environment = environmentOf(process);
        } catch (IOException e) {
            // Somebody else's process, or one that is gone.
            return false;
        }
        String wanted = VARIABLE + "=" + mark;
        return Arrays.stream(new String(environment, StandardCharsets.ISO_8859_1).split("\0", -1))
                .anyMatch(mark.endsWith(":") ? entry -> entry.startsWith(wanted) : wanted::equals);
    }

    /** Waits for that of a process which is just being executed. */
    private static byte[] environmentOf(Path process) throws IOException {
        Path file = process.resolve("environ");
        int pid = Integer.parseInt(process.getFileName().toString());
        byte[] environment = Files.readAllBytes(file);
        for (long endNs = System.nanoTime() + EXECUTED_WITHIN_NS; environment.length == 0
                && Processes.isBeingExecuted(pid) && System.nanoTime() < endNs;) {
            Thread.onSpinWait();
            environment = Files.readAllBytes(file);
        }
        // It may have got one between the two looks.
        return environment.length == 0 ? Files.readAllBytes(file) : environment;
    }
}
