package dev.handoff.coordinator.config;

import java.nio.file.Path;
import java.util.Comparator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

import org.tomlj.TomlPosition;

/** The mistakes found so far, each once: a shared key is looked at again for every service. */
final class Problems {

    private final Path file;
    private final Set<ConfigProblem> found = new LinkedHashSet<>();

    Problems(Path file) {
        this.file = file;
    }

    void add(TomlPosition position, String message) {
        String line = message.replaceAll("[\\p{Cntrl}]+", " ").strip();
        found.add(new ConfigProblem(file, position.line(), position.column(), line));
    }

    void addForFile(String message) {
        found.add(new ConfigProblem(file, 0, 0, message));
    }

    boolean none() {
        return found.isEmpty();
    }

    List<ConfigProblem> inOrder() {
        return found.stream()
                .sorted(Comparator.comparingInt(ConfigProblem::line).thenComparingInt(ConfigProblem::column)).toList();
    }
}
