package dev.handoff.coordinator.config;

import java.nio.file.Path;

/**
 * One mistake in a configuration file.
 *
 * @param line    1-based; 0 if the file as a whole is meant
 * @param column  1-based, in characters; 0 if the file as a whole is meant
 * @param message one line: the key, what was expected, what was found
 */
public record ConfigProblem(Path file, int line, int column, String message) {

    /** As compilers write it, so that editors find the place. */
    @Override
    public String toString() {
        return line == 0 ? file + ": " + message : file + ":" + line + ":" + column + ": " + message;
    }
}
