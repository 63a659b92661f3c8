package dev.handoff.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import picocli.CommandLine;

class MainTest {

    private static final Map<String, String> NAMED = Map.of("HANDOFF_CONFIG", "named.toml");

    private static Optional<Path> plain(String arguments, Map<String, String> environment) {
        return Main.plainRun(arguments.isEmpty() ? List.of() : List.of(arguments.split(" ", -1)), environment);
    }

    @Test
    void startsACoordinatorPastTheParser() {
        assertEquals(Optional.of(Path.of("a.toml")), plain("run --config a.toml", NAMED));
        assertEquals(Optional.of(Path.of("a.toml")), plain("run --no-keeper --config a.toml", Map.of()));
        assertEquals(Optional.of(Path.of("named.toml")), plain("run", NAMED));
        assertEquals(Optional.of(Path.of("named.toml")), plain("run --no-keeper", NAMED));
        assertEquals(Optional.of(Path.of("a.toml")), plain("run --spare --config a.toml", Map.of()));
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "status", "status --config a.toml", "run --help", "run --config", "run --config ",
        "run --config -h", "run --config a.toml --no-keeper", "run --no-keeper --spare --config a.toml",
        "run --config=a.toml", "run a.toml", "run --confg a.toml",
        "run --config 'a' ", "run --config \"a\"", "run --config a.toml more", "--config a.toml run"})
    void leavesEverythingElseToTheParser(String arguments) {
        assertEquals(Optional.empty(), plain(arguments, NAMED));
    }

    @Test
    void leavesAMissingConfigurationToTheParser() {
        assertEquals(Optional.empty(), plain("run", Map.of()));
        assertEquals(Optional.empty(), plain("run", Map.of("HANDOFF_CONFIG", "")));
    }

    /** What goes past the parser must be right for it too, or a restart by hand would mean something else. */
    @ParameterizedTest
    @ValueSource(strings = {"run --config a.toml", "run --no-keeper --config a.toml", "run", "run --no-keeper",
        "run --spare"})
    void isUnderstoodTheSameByTheParser(String arguments) {
        CommandLine.ParseResult parsed = HandoffCommand.commandLine().parseArgs(arguments.split(" ", -1)).subcommand();
        assertEquals("run", parsed.commandSpec().name());
        Path given = parsed.matchedOptionValue("--config", Path.of("named.toml"));
        assertEquals(plain(arguments, NAMED), Optional.of(given));
    }
}
