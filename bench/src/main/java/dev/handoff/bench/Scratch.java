package dev.handoff.bench;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;

/** A directory for a bench, on the disk that builds lie on: what is measured there must not be a memory file system by chance. */
final class Scratch implements AutoCloseable {

    private final Path directory;

    Scratch(Path beside) throws IOException {
        directory = Files.createTempDirectory(Files.createDirectories(beside), "bench-");
    }

    Path path(String name) {
        return directory.resolve(name);
    }

    @Override
    public void close() throws IOException {
        List<Path> entries;
        try (Stream<Path> walk = Files.walk(directory)) {
            entries = walk.sorted(Comparator.reverseOrder()).toList();
        }
        for (Path entry : entries) {
            Files.deleteIfExists(entry);
        }
    }
}
