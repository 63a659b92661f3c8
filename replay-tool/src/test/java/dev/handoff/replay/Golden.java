package dev.handoff.replay;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** What the tool prints, as files to read: {@code -Dgolden.rewrite=true} writes them anew; commit only what you understand. */
final class Golden {

    private static final Path DIRECTORY = Path.of("src", "test", "resources", "golden");

    private Golden() {}

    /** The lines are those of the file of this name. */
    static void check(String name, List<String> lines) {
        check(name, String.join("\n", lines) + "\n");
    }

    /** The text is that of the file of this name. */
    static void check(String name, String text) {
        Path file = DIRECTORY.resolve(name);
        try {
            if (Boolean.getBoolean("golden.rewrite")) {
                Files.createDirectories(DIRECTORY);
                Files.writeString(file, text);
            }
            assertEquals(Files.readString(file), text, name);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
