package dev.handoff.coordinator.fault;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;
import java.util.Optional;

/**
 * The faults that are still to come, one a line, the next one first. Whoever wants faults writes the file; the coordinator
 * takes a line out right before it does what the line says, so that each fault happens once, and a second line is for the
 * coordinator that comes after. One writer at a time.
 */
public record FaultFile(Path path) {

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

    /** Takes the next fault out; removes the file with the last. */
    void take() {
        List<Fault> left = read();
        if (left.size() > 1) {
            write(left.subList(1, left.size()));
        } else {
            clear();
        }
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
