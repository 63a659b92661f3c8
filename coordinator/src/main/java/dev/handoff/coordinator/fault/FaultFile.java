package dev.handoff.coordinator.fault;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;

/**
 * The faults that are still to come, one a line, the next one first. Whoever wants faults writes the file; the coordinator
 * takes a line out right before it does what the line says, so that each fault happens once, and a second line is for the
 * coordinator that comes after. One writer at a time.
 */
public record FaultFile(Path path) {

    /** A fault that came, and when, in nanoseconds since 1970. */
    public record Struck(long timeNs, Fault fault) {}

    /** The system property that names the file to a coordinator. */
    public static final String PROPERTY = "handoff.fault.file";

    /** Replaces what is there. */
    public void write(List<Fault> faults) {
        try {
            Path next = path.resolveSibling(path.getFileName() + ".next");
            Files.write(next, faults.stream().map(Fault::toString).toList());
            Files.move(next, path, StandardCopyOption.ATOMIC_MOVE);
        } catch (IOException e) {
            throw new UncheckedIOException("cannot write " + path, e);
        }
    }

    /**
     * All faults that are still to come; none where there is no file.
     *
     * @throws IllegalStateException
     *             where a line is no fault
     */
    public List<Fault> read() {
        try {
            return Files.readAllLines(path).stream().map(line -> Fault.parse(line)
                    .orElseThrow(() -> new IllegalStateException(path + " holds no fault: " + line))).toList();
        } catch (NoSuchFileException e) {
            return List.of();
        } catch (IOException e) {
            throw new UncheckedIOException("cannot read " + path, e);
        }
    }

    /** The next fault. */
    Optional<Fault> next() {
        return read().stream().findFirst();
    }

    /** Takes the next fault out and notes that it comes now; removes the file with the last. */
    void take() {
        List<Fault> left = read();
        note(new Struck(nowNs(), left.getFirst()));
        if (left.size() > 1) {
            write(left.subList(1, left.size()));
        } else {
            clear();
        }
    }

    private void note(Struck struck) {
        try {
            Files.writeString(notes(), struck.timeNs() + " " + struck.fault() + "\n", StandardOpenOption.CREATE,
                    StandardOpenOption.APPEND);
        } catch (IOException e) {
            throw new UncheckedIOException("cannot write " + notes(), e);
        }
    }

    /** Every fault that has come, in their order. */
    public List<Struck> struck() {
        try {
            return Files.readAllLines(notes()).stream().map(FaultFile::struck).toList();
        } catch (NoSuchFileException e) {
            return List.of();
        } catch (IOException e) {
            throw new UncheckedIOException("cannot read " + notes(), e);
        }
    }

    private static Struck struck(String line) {
        int blank = line.indexOf(' ');
        return new Struck(Long.parseLong(line.substring(0, blank)), Fault.parse(line.substring(blank)).orElseThrow());
    }

    private Path notes() {
        return path.resolveSibling(path.getFileName() + ".struck");
    }

    private static long nowNs() {
        Instant now = InstantSource.system().instant();
        return now.getEpochSecond() * 1_000_000_000 + now.getNano();
    }

    /** Forgets whatever has not come. */
    public void clear() {
        try {
            Files.deleteIfExists(path);
        } catch (IOException e) {
            throw new UncheckedIOException("cannot remove " + path, e);
        }
    }
}
