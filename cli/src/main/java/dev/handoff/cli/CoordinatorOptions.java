package dev.handoff.cli;

import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;

import dev.handoff.coordinator.config.ConfigFile;
import dev.handoff.coordinator.config.ConfigOutcome;
import picocli.CommandLine.Option;

/** How the commands that talk to a coordinator find it. */
final class CoordinatorOptions {

    @Option(names = "--config", paramLabel = "FILE", description = "The coordinator's configuration; without it the file that "
            + CoordinatorRun.CONFIG_VARIABLE + " names.")
    private Path config;

    /** The file that is to be read, or empty after a complaint. */
    Optional<Path> file(String command, Map<String, String> environment, PrintWriter err) {
        if (config != null) {
            return Optional.of(config);
        }
        String named = environment.get(CoordinatorRun.CONFIG_VARIABLE);
        if (named == null || named.isEmpty()) {
            err.println(command + ": which coordinator? Give --config FILE or set " + CoordinatorRun.CONFIG_VARIABLE);
            return Optional.empty();
        }
        return Optional.of(Path.of(named));
    }

    /** Where the coordinator listens, or empty after a complaint. */
    Optional<Path> triggerSocket(String command, Map<String, String> environment, PrintWriter err) {
        return file(command, environment, err)
                .flatMap(path -> switch (ConfigFile.loadTriggerSocket(path, environment)) {
                    case ConfigOutcome.Loaded<Path>(Path socket) -> Optional.of(socket);
                    case ConfigOutcome.Refused<Path> refused -> {
                        CoordinatorRun.complain(refused, err);
                        yield Optional.empty();
                    }
                });
    }
}
