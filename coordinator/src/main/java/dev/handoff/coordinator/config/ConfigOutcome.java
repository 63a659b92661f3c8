package dev.handoff.coordinator.config;

import java.util.List;

/** What became of reading a configuration file. */
public sealed interface ConfigOutcome<T> {

    record Loaded<T>(T value) implements ConfigOutcome<T> {}

    /**
     * Nothing of the file is used.
     *
     * @param problems all of them, in the file's order, at least one
     */
    record Refused<T>(List<ConfigProblem> problems) implements ConfigOutcome<T> {
        public Refused {
            problems = List.copyOf(problems);
        }
    }
}
