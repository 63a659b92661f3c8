package dev.handoff.coordinator.config;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Stream;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What the README says of the configuration is so. */
class ReadmeConfigTest {

    private static final Path README = Path.of("..", "README.md");

    @TempDir
    private Path directory;

    @Test
    void exampleIsAccepted() throws IOException {
        String readme = Files.readString(README);
        int start = readme.indexOf("```toml\n") + "```toml\n".length();
        Path file = Files.writeString(directory.resolve("kv.toml"),
                readme.substring(start, readme.indexOf("```", start)));
        assertInstanceOf(ConfigOutcome.Loaded.class, ConfigFile.load(file, Map.of()));
    }

    @Test
    void everyKeyIsNamed() throws IOException {
        String readme = Files.readString(README);
        Stream.of(ConfigFile.COORDINATOR_KEYS, ServiceReader.SHARED_KEYS, ServiceReader.OWN_KEYS)
                .flatMap(keys -> keys.stream())
                .forEach(key -> assertTrue(readme.contains("`" + key + "`") || readme.contains(key + " = ")
                        || readme.contains("[[" + key + "]]"), key));
    }

    @Test
    void defaultsAreAsTold() throws IOException {
        Path file = Files.writeString(directory.resolve("kv.toml"),
                "control_socket = \"c\"\ntrigger_socket = \"t\"\nbinary = \"b\"\n");
        CoordinatorConfig config = switch (ConfigFile.load(file, Map.of())) {
            case ConfigOutcome.Loaded<CoordinatorConfig>(CoordinatorConfig loaded) -> loaded;
            case ConfigOutcome.Refused<CoordinatorConfig> refused -> throw new AssertionError(refused);
        };
        ServiceConfig service = config.services().getFirst();
        assertRow("`drain_grace_secs`, `deadline_secs`",
                service.drainGraceMs() / 1000 + ", " + service.deadlineMs() / 1000);
        assertRow("`hello_secs`, `start_secs`, `exit_secs`",
                service.helloMs() / 1000 + ", " + service.startMs() / 1000 + ", " + service.exitMs() / 1000);
        assertRow("`listen_pid`", "`" + service.listenPid() + "`");
        assertRow("`restart_unresponsive`", "`" + service.restartUnresponsive() + "`");
        assertRow("`sync`", "`" + config.sync().name().toLowerCase(Locale.ROOT) + "`");
        assertRow("`wait`", "`" + config.loopWait().name().toLowerCase(Locale.ROOT) + "`");
        assertRow("`hold_secs`", Long.toString(config.holdMs() / 1000));
        assertRow("`retention_days`", Integer.toString(config.retentionDays()));
    }

    private static void assertRow(String keys, String defaults) throws IOException {
        try (Stream<String> lines = Files.lines(README)) {
            assertEquals(1, lines.filter(line -> line.startsWith("| " + keys + " | " + defaults + " |")).count(),
                    keys + " " + defaults);
        }
    }
}
