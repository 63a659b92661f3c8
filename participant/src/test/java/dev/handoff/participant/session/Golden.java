package dev.handoff.participant.session;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** Texts kept beside the tests; {@code -Dtranscripts.rewrite=true} writes them anew. */
final class Golden {

    static final Path TRANSCRIPTS = Path.of("src/test/resources/transcripts");

    private Golden() {}

    static void check(Path file, String actual) throws IOException {
        if (Boolean.getBoolean("transcripts.rewrite")) {
            Files.writeString(file, actual);
        }
        assertEquals(Files.exists(file) ? Files.readString(file) : "", actual,
                () -> file + " differs; if that is meant, run with -Dtranscripts.rewrite=true and read the diff");
    }
}
