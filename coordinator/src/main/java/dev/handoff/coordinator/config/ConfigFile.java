package dev.handoff.coordinator.config;

import java.io.IOException;
import java.nio.charset.CharacterCodingException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.Stream;

import dev.handoff.coordinator.config.ServiceReader.Duplicates;
import dev.handoff.journal.SyncLevel;
import org.tomlj.Toml;
import org.tomlj.TomlArray;
import org.tomlj.TomlParseError;
import org.tomlj.TomlParseResult;
import org.tomlj.TomlPosition;
import org.tomlj.TomlTable;

/**
 * A configuration file in TOML. One service may stand at the top of the file, as the Rust supervisor has it; several
 * stand in {@code [[service]]} tables, and what the top gives is then their default.
 */
public final class ConfigFile {

    static final List<String> COORDINATOR_KEYS = List.of("trigger_socket", "journal", "sync", "wait",
            "hold_secs", "retention_days");
    private static final String TRIGGER_EXPECTED = "the path of the socket where commands reach the coordinator";
    private static final TomlPosition START = TomlPosition.positionAt(1, 1);

    private static final long MAX_HOLD_SECS = 3_600;
    private static final long DEFAULT_HOLD_MS = 10_000;
    private static final int MAX_RETENTION_DAYS = 36_500;
    private static final int DEFAULT_RETENTION_DAYS = 30;

    private final Path file;
    private final TableReader top;

    private ConfigFile(Path file, TableReader top) {
        this.file = file;
        this.top = top;
    }

    /**
     * Reads all of it; what is wrong anywhere refuses the whole file.
     *
     * @param environment what {@code ${NAME}} looks up
     */
    public static ConfigOutcome<CoordinatorConfig> load(Path file, Map<String, String> environment) {
        Problems problems = new Problems(file);
        Optional<CoordinatorConfig> config = open(file, environment, problems).flatMap(ConfigFile::readAll);
        return config.isPresent() && problems.none()
                ? new ConfigOutcome.Loaded<>(config.get())
                : new ConfigOutcome.Refused<>(problems.inOrder());
    }

    /**
     * Reads where the coordinator listens and nothing else: a command must reach it even if something else in the file
     * has gone wrong since, or names a variable that only the coordinator's environment has.
     */
    public static ConfigOutcome<Path> loadTriggerSocket(Path file, Map<String, String> environment) {
        Problems problems = new Problems(file);
        Optional<Path> socket = open(file, environment, problems).flatMap(ConfigFile::triggerSocket);
        return socket.isPresent() && problems.none()
                ? new ConfigOutcome.Loaded<>(socket.get())
                : new ConfigOutcome.Refused<>(problems.inOrder());
    }

    private static Optional<ConfigFile> open(Path file, Map<String, String> environment, Problems problems) {
        Path absolute = file.toAbsolutePath().normalize();
        String text;
        try {
            text = Files.readString(absolute);
        } catch (NoSuchFileException e) {
            problems.addForFile("no such file");
            return Optional.empty();
        } catch (CharacterCodingException e) {
            problems.addForFile("not UTF-8 text");
            return Optional.empty();
        } catch (IOException e) {
            problems.addForFile(Files.isDirectory(absolute)
                    ? "a directory, expected a TOML file"
                    : "cannot be read: " + e.getMessage());
            return Optional.empty();
        }
        TomlParseResult parsed = Toml.parse(text);
        for (TomlParseError error : parsed.errors()) {
            problems.add(error.position(), "not TOML: " + error.getMessage());
        }
        if (parsed.hasErrors()) {
            return Optional.empty();
        }
        return Optional.of(new ConfigFile(absolute,
                new TableReader(parsed, START, absolute.getParent(), environment, problems)));
    }

    private Optional<Path> triggerSocket() {
        if (!top.has("trigger_socket")) {
            top.missing("trigger_socket", TRIGGER_EXPECTED);
        }
        return top.path("trigger_socket", TRIGGER_EXPECTED);
    }

    private Optional<CoordinatorConfig> readAll() {
        Optional<Path> triggerSocket = triggerSocket();
        Optional<Path> journal = top.path("journal", "the journal's directory")
                .or(() -> triggerSocket.map(ConfigFile::journalBeside));
        SyncLevel sync = top.word("sync", SyncLevel.class).orElse(SyncLevel.NONE);
        LoopWait loopWait = top.word("wait", LoopWait.class).orElse(LoopWait.BLOCKING);
        long holdMs = top.secondsAsMs("hold_secs", 0, MAX_HOLD_SECS).orElse(DEFAULT_HOLD_MS);
        int retentionDays = (int) top.integer("retention_days", 1, MAX_RETENTION_DAYS, "a number of days")
                .orElse(DEFAULT_RETENTION_DAYS);
        Duplicates duplicates = new Duplicates();
        triggerSocket
                .ifPresent(path -> duplicates.note("control_socket " + path, "(the coordinator's trigger_socket)"));
        List<ServiceConfig> services = top.value("service") instanceof TomlArray array
                ? severalServices(array, duplicates)
                : singleService(duplicates);
        return triggerSocket.flatMap(trigger -> journal.map(
                directory -> new CoordinatorConfig(file, trigger, directory, sync, loopWait, holdMs, retentionDays,
                        services)));
    }

    private static Path journalBeside(Path triggerSocket) {
        return triggerSocket.resolveSibling(triggerSocket.getFileName() + ".journal");
    }

    private List<ServiceConfig> singleService(Duplicates duplicates) {
        if (top.value("service") instanceof TomlTable) {
            top.problem("service", "expected [[service]], with two brackets: there may be several");
            return List.of();
        }
        refuseUnknown(top,
                Stream.of(COORDINATOR_KEYS, ServiceReader.SHARED_KEYS, ServiceReader.OWN_KEYS, List.of("service"))
                        .flatMap(List::stream).toList(),
                "the top of the file", Map.of());
        Optional<String> name;
        if (top.has("name")) {
            name = ServiceReader.name(top, "name");
            if (top.has("service")) {
                top.problem("service", "name is given too, and means the same: keep one");
            }
        } else if (top.has("service")) {
            name = ServiceReader.name(top, "service");
        } else {
            name = nameOfFile();
        }
        return new ServiceReader(top, top, duplicates).read(name.orElse("?")).stream().toList();
    }

    private Optional<String> nameOfFile() {
        String fileName = file.getFileName().toString();
        int dot = fileName.lastIndexOf('.');
        String stem = dot > 0 ? fileName.substring(0, dot) : fileName;
        if (ServiceReader.isServiceName(stem)) {
            return Optional.of(stem);
        }
        top.missing("name", "the service's name, for the file's own does not make one");
        return Optional.empty();
    }

    private List<ServiceConfig> severalServices(TomlArray array, Duplicates duplicates) {
        refuseUnknown(top,
                Stream.of(COORDINATOR_KEYS, ServiceReader.SHARED_KEYS, List.of("service")).flatMap(List::stream)
                        .toList(),
                "the top of the file", elsewhere(ServiceReader.OWN_KEYS, "belongs into each [[service]]"));
        List<ServiceConfig> services = new ArrayList<>();
        if (array.isEmpty()) {
            top.problem("service", "expected at least one [[service]] table, found none");
        }
        for (int i = 0; i < array.size(); i++) {
            TomlPosition place = array.inputPositionOf(i) == null
                    ? top.positionOf("service")
                    : array.inputPositionOf(i);
            if (array.get(i) instanceof TomlTable table) {
                service(top.nested(table, place), duplicates).ifPresent(services::add);
            } else {
                top.problemAt(place, "service: expected [[service]] tables, found " + TableReader.found(array.get(i)));
            }
        }
        return services;
    }

    private Optional<ServiceConfig> service(TableReader table, Duplicates duplicates) {
        refuseUnknown(table,
                Stream.of(ServiceReader.SHARED_KEYS, ServiceReader.OWN_KEYS).flatMap(List::stream).toList(),
                "[[service]]", elsewhere(COORDINATOR_KEYS, "is the coordinator's: it belongs at the top of the file"));
        if (!table.has("name")) {
            table.missing("name", "the service's name");
        }
        Optional<String> name = ServiceReader.name(table, "name");
        name.flatMap(value -> duplicates.note("name " + value, value))
                .ifPresent(other -> table.problem("name", "another service is named \"" + other + "\" too"));
        return new ServiceReader(table, top, duplicates).read(name.orElse("?"));
    }

    private static Map<String, String> elsewhere(List<String> keys, String where) {
        return keys.stream().collect(Collectors.toMap(key -> key, _ -> where));
    }

    /** Keys that mean something elsewhere are told so, others what they may have been meant to be. */
    static void refuseUnknown(TableReader table, List<String> known, String where, Map<String, String> elsewhere) {
        for (String key : table.keys()) {
            if (known.contains(key)) {
                continue;
            }
            if (elsewhere.containsKey(key)) {
                table.problem(key, elsewhere.get(key));
            } else {
                String suggestion = Suggestions.closest(key, known).map(word -> "; did you mean " + word + "?")
                        .orElse("; known are " + String.join(", ", known.stream().sorted().toList()));
                table.problemAt(table.positionOf(key), "unknown key \"" + key + "\" in " + where + suggestion);
            }
        }
    }
}
