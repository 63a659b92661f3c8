package dev.handoff.participant;

import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

import org.junit.jupiter.api.Test;

/** The README shows the sample daemon that the other tests run, to the letter, and it is as short as the README says. */
class ReadmeTest {

    private static final Path SAMPLE = Path
            .of("src/test/java/dev/handoff/participant/sample/CounterDaemon.java");

    @Test
    void showsTheSampleDaemonAsItIs() throws IOException {
        String source = Files.readString(SAMPLE);
        String shown = source.substring(source.indexOf("/** Answers"));
        assertTrue(Files.readString(Path.of("../README.md")).contains("```java\n" + shown + "```\n"),
                "copy the sample's class into README.md, section 'Integrating a daemon'");
    }

    @Test
    void theSampleIsFiftyLinesLong() throws IOException {
        List<String> lines = Files.readAllLines(SAMPLE).stream().map(String::strip)
                .filter(line -> !line.isEmpty() && !line.startsWith("import ") && !line.startsWith("package ")
                        && !line.startsWith("/**"))
                .toList();
        assertTrue(lines.size() <= 50, () -> lines.size() + " lines");
    }
}
