package dev.handoff.cli.replay;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;

/** The journal of the first released format, to be read where it lies or damaged in a copy. */
final class FixtureJournal {

    static final String RECORDS = "20231114F.cq4";

    private FixtureJournal() {}

    static Path path() {
        try {
            return Path.of(FixtureJournal.class.getResource("/journals/format-1").toURI());
        } catch (URISyntaxException e) {
            throw new IllegalStateException(e);
        }
    }

    /** Its files in another directory, which exists. */
    static Path copyTo(Path directory) {
        try (Stream<Path> files = Files.list(path())) {
            for (Path file : files.toList()) {
                Files.copy(file, directory.resolve(file.getFileName().toString()));
            }
            return directory;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
