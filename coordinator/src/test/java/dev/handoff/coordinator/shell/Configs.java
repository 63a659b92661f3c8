package dev.handoff.coordinator.shell;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;

import dev.handoff.coordinator.config.ConfigFile;
import dev.handoff.coordinator.config.ConfigOutcome;
import dev.handoff.coordinator.config.CoordinatorConfig;

/** Configurations of one service named {@code svc}, whose daemon never comes up. */
final class Configs {

    private Configs() {}

    static CoordinatorConfig load(Path directory, String extra) throws IOException {
        Path file = Files.writeString(directory.resolve("svc.toml"), """
                trigger_socket = "trigger.sock"
                control_socket = "control.sock"
                binary = "/bin/false"
                %s
                """.formatted(extra));
        return switch (ConfigFile.load(file, Map.of())) {
            case ConfigOutcome.Loaded<CoordinatorConfig>(CoordinatorConfig loaded) -> loaded;
            case ConfigOutcome.Refused<CoordinatorConfig> refused -> throw new AssertionError(refused.problems());
        };
    }
}
