package dev.handoff.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;

import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The unit file that is shipped, judged by systemd itself. */
class SystemdUnitTest {

    private static final Path UNIT = Path.of("..", "systemd", "handoff@.service");
    private static final Path ANALYZE = Path.of("/usr/bin/systemd-analyze");

    @TempDir
    private Path directory;

    @BeforeAll
    static void needsSystemd() {
        assumeTrue(Files.isExecutable(ANALYZE),
                "no " + ANALYZE + " here (Debian: apt install systemd), so the unit file is not checked");
    }

    @Test
    void systemdHasNothingToSayAgainstTheUnit() throws Exception {
        assertEquals("", verify(unit()));
    }

    @Test
    void aWrongLineWouldBeSeen() throws Exception {
        String complaint = verify(unit().replace("KillMode=", "KillMod="));
        assertTrue(complaint.contains("KillMod"), complaint);
    }

    @Test
    void everyLineIsExplained() throws IOException {
        String explained = Files.readString(UNIT.resolveSibling("README.md"));
        List<String> unexplained = Files.readAllLines(UNIT).stream()
                .filter(line -> line.contains("=") && !line.startsWith("#"))
                .filter(line -> !line.matches("(Description|After|ExecStart|WantedBy)=.*"))
                .filter(line -> !explained.contains("`" + line + "`")).toList();
        assertEquals(List.of(), unexplained);
    }

    /** The unit as installed, but for the place of the command. */
    private static String unit() throws IOException {
        return Files.readString(UNIT).replace("/opt/handoff/handoff",
                Path.of("..", "handoff").toRealPath().toString());
    }

    private String verify(String unit) throws IOException, InterruptedException {
        Path file = directory.resolve("handoff@.service");
        Files.writeString(file, unit);
        Process analyze = new ProcessBuilder(ANALYZE.toString(), "verify", "--man=no", file.toString())
                .redirectErrorStream(true).start();
        String said = new String(analyze.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertTrue(analyze.waitFor(60, TimeUnit.SECONDS));
        return said;
    }
}
