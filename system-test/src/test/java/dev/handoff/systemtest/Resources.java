package dev.handoff.systemtest;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Supplier;
import java.util.stream.Stream;

import dev.handoff.posix.Processes;

/** What a process holds, as the kernel lists it, in a form that two moments can be compared by. */
final class Resources {

    /** Threads that a JVM starts and ends as it likes: compilers, collectors, and what carries virtual threads. */
    private static final List<String> JVM_THREADS = List.of("C1 ", "C2 ", "G1 ", "GC ", "ForkJoinPool", "VirtualThread",
            "Read-Poller", "Write-Poller", "Attach ", "Cleaner");

    private static final long LOOK_NS = TimeUnit.MILLISECONDS.toNanos(20);

    private Resources() {}

    /** A process's descriptors by what they lead to, without the numbers; classes that a JVM opens lazily are left out. */
    static List<String> descriptors(int pid) {
        return entries(Path.of("/proc/" + pid + "/fd")).map(Resources::target)
                .filter(target -> !target.isEmpty() && !target.endsWith(".jar") && !target.endsWith("modules"))
                .map(target -> target.replaceAll("[0-9]+", "N")).sorted().toList();
    }

    private static String target(Path link) {
        try {
            return Files.readSymbolicLink(link).toString();
        } catch (IOException e) {
            // Closed since it was listed, as the descriptor is by which this very list was read.
            return gone(e);
        }
    }

    /** The names of a process's threads, the JVM's own comings and goings left out. */
    static List<String> threads(int pid) {
        return entries(Path.of("/proc/" + pid + "/task")).map(Resources::name)
                .filter(name -> !name.isEmpty() && JVM_THREADS.stream().noneMatch(name::startsWith)).sorted().toList();
    }

    private static String name(Path task) {
        try {
            return Files.readString(task.resolve("comm")).strip();
        } catch (IOException e) {
            return gone(e);
        }
    }

    /** Every process of this machine. */
    static List<Integer> processes() {
        return entries(Path.of("/proc")).map(path -> path.getFileName().toString())
                .filter(name -> name.chars().allMatch(Character::isDigit)).map(Integer::valueOf).toList();
    }

    /** The processes that this one started and that are not reaped. */
    static List<Integer> children() {
        int own = Processes.ownPid();
        return processes().stream().filter(pid -> Processes.parentOf(pid) == own).toList();
    }

    /** Every file under a directory, by its path there. */
    static List<String> files(Path directory) {
        try (Stream<Path> all = Files.walk(directory)) {
            return all.map(path -> directory.relativize(path).toString()).sorted().toList();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Waits until this is as expected: what was let go may take a moment to be gone. */
    static void awaitSame(String what, Object expected, Supplier<?> now) {
        long endNs = System.nanoTime() + TimeUnit.SECONDS.toNanos(10);
        while (!expected.equals(now.get()) && System.nanoTime() < endNs) {
            LockSupport.parkNanos(LOOK_NS);
        }
        assertEquals(expected, now.get(), what);
    }

    private static Stream<Path> entries(Path directory) {
        try (Stream<Path> entries = Files.list(directory)) {
            return entries.toList().stream();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static String gone(IOException reason) {
        return reason instanceof java.nio.file.NoSuchFileException ? "" : "unreadable: " + reason;
    }
}
