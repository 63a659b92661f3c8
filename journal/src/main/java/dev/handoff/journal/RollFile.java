package dev.handoff.journal;

import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.LocalDate;
import java.time.format.DateTimeFormatter;
import java.time.format.DateTimeParseException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;

/**
 * One file of the queue: the records of one day, UTC. Named as Chronicle's FAST_DAILY roll cycle names it.
 *
 * @param cycle
 *            days since 1970
 */
record RollFile(Path path, int cycle) {

    static final long DAY_MS = 24L * 60 * 60 * 1000;
    static final String SUFFIX = ".cq4";

    private static final DateTimeFormatter NAME = DateTimeFormatter.ofPattern("uuuuMMdd'F'");

    static int cycleAt(long epochMs) {
        return (int) (epochMs / DAY_MS);
    }

    static RollFile of(Path directory, int cycle) {
        return new RollFile(directory.resolve(NAME.format(LocalDate.ofEpochDay(cycle)) + SUFFIX), cycle);
    }

    /** Empty for files that are not the queue's. */
    static Optional<RollFile> parse(Path path) {
        String name = String.valueOf(path.getFileName());
        if (!name.endsWith(SUFFIX)) {
            return Optional.empty();
        }
        try {
            LocalDate day = LocalDate.parse(name.substring(0, name.length() - SUFFIX.length()), NAME);
            return Optional.of(new RollFile(path, (int) day.toEpochDay()));
        } catch (DateTimeParseException anotherName) {
            return Optional.empty();
        }
    }

    /** Those in {@code directory}, oldest first. */
    static List<RollFile> list(Path directory) throws IOException {
        List<RollFile> files = new ArrayList<>();
        try (DirectoryStream<Path> entries = Files.newDirectoryStream(directory, "*" + SUFFIX)) {
            for (Path entry : entries) {
                parse(entry).ifPresent(files::add);
            }
        }
        files.sort(Comparator.comparingInt(RollFile::cycle));
        return files;
    }
}
