package dev.handoff.coordinator.config;

import java.math.BigDecimal;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.function.Function;
import java.util.stream.Collectors;

import org.tomlj.TomlArray;
import org.tomlj.TomlPosition;
import org.tomlj.TomlTable;

/**
 * Typed reading of one table. A wrong value is added to the problems with its place, and reads as absent, so that the
 * rest of the file is still looked at.
 */
final class TableReader {

    private static final int SHOWN_CHARS = 60;

    private final TomlTable table;
    private final TomlPosition position;
    private final Path directory;
    private final Map<String, String> environment;
    private final Problems problems;

    /**
     * Reads {@code table}.
     *
     * @param position    where the table begins, for keys that it lacks
     * @param directory   what relative paths are relative to
     * @param environment what {@code ${NAME}} looks up
     */
    TableReader(TomlTable table, TomlPosition position, Path directory, Map<String, String> environment,
            Problems problems) {
        this.table = table;
        this.position = position;
        this.directory = directory;
        this.environment = environment;
        this.problems = problems;
    }

    TableReader nested(TomlTable inner, TomlPosition innerPosition) {
        return new TableReader(inner, innerPosition, directory, environment, problems);
    }

    TomlPosition position() {
        return position;
    }

    boolean has(String key) {
        return table.get(List.of(key)) != null;
    }

    Object value(String key) {
        return table.get(List.of(key));
    }

    TomlPosition positionOf(String key) {
        TomlPosition known = table.inputPositionOf(List.of(key));
        return known == null ? position : known;
    }

    List<String> keys() {
        return List.copyOf(table.keySet());
    }

    void problem(String key, String message) {
        problems.add(positionOf(key), key + ": " + message);
    }

    void problemAt(TomlPosition place, String message) {
        problems.add(place, message);
    }

    void missing(String key, String expected) {
        problems.add(position, key + " is missing: expected " + expected);
    }

    /** Interpolated; without control characters where {@code expected} is a name or a path. */
    Optional<String> string(String key, String expected) {
        Object value = value(key);
        if (value == null) {
            return Optional.empty();
        }
        if (!(value instanceof String text)) {
            problem(key, "expected " + expected + ", found " + found(value));
            return Optional.empty();
        }
        return interpolate(text, positionOf(key), key);
    }

    Optional<Path> path(String key, String expected) {
        return string(key, expected).flatMap(text -> asPath(text, positionOf(key), key, expected));
    }

    Optional<Boolean> bool(String key) {
        Object value = value(key);
        if (value == null || value instanceof Boolean) {
            return Optional.ofNullable((Boolean) value);
        }
        problem(key, "expected true or false, found " + found(value));
        return Optional.empty();
    }

    /** An integer of {@code min..max}. */
    OptionalLong integer(String key, long min, long max, String what) {
        Object value = value(key);
        if (value == null) {
            return OptionalLong.empty();
        }
        if (value instanceof Long number && number >= min && number <= max) {
            return OptionalLong.of(number);
        }
        problem(key, "expected " + what + " from " + min + " to " + max + ", found " + found(value));
        return OptionalLong.empty();
    }

    /** Seconds, whole or with a fraction, of {@code minSecs..maxSecs}, as milliseconds. */
    OptionalLong secondsAsMs(String key, long minSecs, long maxSecs) {
        Object value = value(key);
        if (value == null) {
            return OptionalLong.empty();
        }
        if (value instanceof Long secs && secs >= minSecs && secs <= maxSecs) {
            return OptionalLong.of(secs * 1000);
        }
        if (value instanceof Double secs && secs >= minSecs && secs <= maxSecs) {
            long ms = BigDecimal.valueOf(secs).movePointRight(3).longValue();
            if (ms > 0 || minSecs == 0) {
                return OptionalLong.of(ms);
            }
        }
        problem(key, "expected a number of seconds from " + minSecs + " to " + maxSecs + ", found " + found(value));
        return OptionalLong.empty();
    }

    /** One of the words, which are the constants' names in lower case with hyphens. */
    <E extends Enum<E>> Optional<E> word(String key, Class<E> type) {
        List<E> constants = Arrays.asList(type.getEnumConstants());
        String expected = constants.stream().map(constant -> '"' + wordOf(constant) + '"')
                .collect(Collectors.joining(", ", "one of ", ""));
        return string(key, expected).flatMap(text -> {
            Optional<E> match = constants.stream().filter(constant -> wordOf(constant).equals(text)).findFirst();
            if (match.isEmpty()) {
                problem(key, "expected " + expected + ", found " + found(text));
            }
            return match;
        });
    }

    /** The elements that are as {@code read} wants them; a key that is there and no array reads as absent. */
    <T> Optional<List<T>> list(String key, String expected, Function<Element, Optional<T>> read) {
        Object value = value(key);
        if (value == null) {
            return Optional.empty();
        }
        if (!(value instanceof TomlArray array)) {
            problem(key, "expected " + expected + ", found " + found(value));
            return Optional.empty();
        }
        List<T> elements = new ArrayList<>();
        for (int i = 0; i < array.size(); i++) {
            TomlPosition place = array.inputPositionOf(i);
            read.apply(new Element(array.get(i), place == null ? positionOf(key) : place, key + "[" + i + "]"))
                    .ifPresent(elements::add);
        }
        return Optional.of(elements);
    }

    /**
     * A value within an array.
     *
     * @param label how a complaint names it
     */
    record Element(Object value, TomlPosition position, String label) {}

    Optional<String> string(Element element, String expected) {
        if (element.value() instanceof String text) {
            return interpolate(text, element.position(), element.label());
        }
        complain(element, expected);
        return Optional.empty();
    }

    void complain(Element element, String expected) {
        problems.add(element.position(),
                element.label() + ": expected " + expected + ", found " + found(element.value()));
    }

    Optional<Path> asPath(String text, TomlPosition place, String label, String expected) {
        if (text.isEmpty() || text.chars().anyMatch(Character::isISOControl)) {
            problems.add(place, label + ": expected " + expected + ", found " + found(text));
            return Optional.empty();
        }
        try {
            return Optional.of(directory.resolve(text).normalize());
        } catch (InvalidPathException e) {
            problems.add(place, label + ": expected " + expected + ", found " + found(text)
                    + ", which this machine's locale cannot write: set LC_ALL=C.UTF-8");
            return Optional.empty();
        }
    }

    private Optional<String> interpolate(String text, TomlPosition place, String label) {
        return switch (Interpolation.apply(text, environment)) {
            case Interpolation.Result.Text(String whole) when whole.indexOf('\0') >= 0 -> {
                problems.add(place, label + ": expected text without NUL, found " + found(whole));
                yield Optional.empty();
            }
            case Interpolation.Result.Text(String whole) -> Optional.of(whole);
            case Interpolation.Result.Bad(String message) -> {
                problems.add(place, label + ": " + message);
                yield Optional.empty();
            }
        };
    }

    /** A value as a complaint shows it. */
    static String found(Object value) {
        return switch (value) {
            case String text -> text.isEmpty() ? "an empty string" : "\"" + visible(text) + "\"";
            case Long number -> "the integer " + number;
            case Double number -> "the float " + number;
            case Boolean bool -> "the boolean " + bool;
            case TomlArray _ -> "an array";
            case TomlTable _ -> "a table";
            default -> "a date or time";
        };
    }

    private static String visible(String text) {
        StringBuilder out = new StringBuilder();
        text.codePoints().limit(SHOWN_CHARS).forEach(c -> {
            if (Character.isISOControl(c)) {
                out.append(String.format("\\u%04x", c));
            } else {
                out.appendCodePoint(c);
            }
        });
        return text.codePointCount(0, text.length()) > SHOWN_CHARS ? out.append('…').toString() : out.toString();
    }

    private static String wordOf(Enum<?> constant) {
        return constant.name().toLowerCase(Locale.ROOT).replace('_', '-');
    }
}
