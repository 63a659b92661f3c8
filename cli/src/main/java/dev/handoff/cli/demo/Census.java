package dev.handoff.cli.demo;

import java.io.IOException;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

import dev.handoff.cli.ControlClient;
import dev.handoff.cli.ControlClient.Answer;
import dev.handoff.coordinator.control.ControlReply.ServiceStatus;
import dev.handoff.coordinator.control.ControlReply.Status;
import dev.handoff.coordinator.control.ControlRequest;
import dev.handoff.posix.Processes;

/**
 * Sees, after each disturbed swap, that all is as it was before: one daemon serves, no process is left over or unreaped, and
 * neither the keeper nor the coordinator holds a descriptor more. The demo's thread.
 */
final class Census {

    private static final int FIRST_WORD_MS = 5_000;
    private static final long SETTLED_NS = TimeUnit.SECONDS.toNanos(60);
    private static final long LOOK_NS = TimeUnit.MILLISECONDS.toNanos(20);

    private final CoordinatorProcess process;
    private final DemoDirectory directory;
    /** What keeper and coordinator held at first. */
    private Optional<Map<String, Map<String, Integer>>> held = Optional.empty();

    Census(CoordinatorProcess process, DemoDirectory directory) {
        this.process = process;
        this.directory = directory;
    }

    /**
     * Waits until all is as it should be.
     *
     * @throws DemoFailure if it does not become so: says what is not
     */
    Status settle() throws DemoFailure {
        long endNs = System.nanoTime() + SETTLED_NS;
        while (true) {
            Answer answer = ControlClient.ask(directory.triggerSocket(), new ControlRequest.AskStatus(), FIRST_WORD_MS);
            String wrong;
            if (answer instanceof Answer.Got(Status status)) {
                wrong = look(status);
                if (wrong.isEmpty()) {
                    return status;
                }
            } else {
                wrong = "no coordinator answers";
            }
            if (System.nanoTime() - endNs > 0) {
                throw new DemoFailure("not settled " + TimeUnit.NANOSECONDS.toSeconds(SETTLED_NS)
                        + " s after a kill: " + wrong + process.tail());
            }
            LockSupport.parkNanos(LOOK_NS);
        }
    }

    /** What is not as it should be, or nothing. */
    private String look(Status status) {
        ServiceStatus service = status.services().getFirst();
        if (!service.state().equals("serving") || service.incumbentPid().isEmpty()) {
            return "the service is " + service.state();
        }
        Set<Long> due = new TreeSet<>(
                List.of(process.pid(), status.coordinatorPid(), (long) service.incumbentPid().getAsInt()));
        Set<Long> there = process.living();
        if (!there.equals(due)) {
            return "the processes " + there + " are there, due are " + due;
        }
        List<Long> zombies = zombies(due);
        if (!zombies.isEmpty()) {
            return "not reaped: " + zombies;
        }
        Map<String, Map<String, Integer>> now = new TreeMap<>(
                Map.of("keeper", descriptors(process.pid()), "coordinator", descriptors(status.coordinatorPid())));
        if (held.isEmpty()) {
            held = Optional.of(now);
        }
        return held.get().equals(now) ? "" : "descriptors: " + now + ", at first " + held.get();
    }

    private static List<Long> zombies(Set<Long> parents) {
        List<Long> found = new ArrayList<>();
        try (DirectoryStream<Path> entries = Files.newDirectoryStream(Path.of("/proc"), "[0-9]*")) {
            for (Path entry : entries) {
                int pid = Integer.parseInt(entry.getFileName().toString());
                if (Processes.isZombie(pid) && parents.contains((long) Processes.parentOf(pid))) {
                    found.add((long) pid);
                }
            }
        } catch (IOException | DirectoryIteratorException e) {
            throw new IllegalStateException("cannot list /proc: " + e.getMessage(), e);
        }
        return found;
    }

    /** How many sockets, pidfds and the like a process holds; what a JVM opens to load its classes does not count. */
    private static Map<String, Integer> descriptors(long pid) {
        Map<String, Integer> kinds = new TreeMap<>();
        try (DirectoryStream<Path> entries = Files.newDirectoryStream(Path.of("/proc/" + pid + "/fd"))) {
            for (Path entry : entries) {
                String target = Files.readSymbolicLink(entry).toString();
                int colon = target.indexOf(':');
                if (!target.startsWith("/") && colon > 0) {
                    kinds.merge(target.startsWith("anon_inode:") ? target : target.substring(0, colon), 1,
                            Integer::sum);
                }
            }
        } catch (IOException | DirectoryIteratorException e) {
            return Map.of(); // it has ended: the next look sees another
        }
        return kinds;
    }
}
