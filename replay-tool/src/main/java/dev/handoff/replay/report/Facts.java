package dev.handoff.replay.report;

import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.RecordComponent;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;

import dev.handoff.codec.HandoffId;
import dev.handoff.codec.MessageKind;
import dev.handoff.codec.Side;
import dev.handoff.coordinator.core.Sent;
import dev.handoff.replay.EntryJson;

/**
 * A value of the core as lines of name and text, whatever its type: a record by its components, so that a new state or effect shows
 * without any change here. Stateless; any thread.
 */
final class Facts {

    /** Times are nanoseconds since 1970, and named so; below this it is a number of something else, or none. */
    private static final long FIRST_TIME_NS = 1_000_000_000_000_000_000L;

    /**
     * One line.
     *
     * @param name the way to the value, {@code state.handoff.deadlineNs}; empty for a value by itself
     */
    record Fact(String name, String text) {}

    private Facts() {}

    /** All that a value holds. */
    static List<Fact> of(Object value) {
        List<Fact> facts = new ArrayList<>();
        add(facts, "", value);
        return facts;
    }

    /** The same on one line: the type, then its facts. */
    static String line(Object value) {
        StringBuilder line = new StringBuilder(value.getClass().getSimpleName());
        for (Fact fact : of(value)) {
            line.append(' ').append(fact.name()).append('=').append(fact.text());
        }
        return line.toString();
    }

    private static void add(List<Fact> facts, String name, Object value) {
        switch (value) {
            case HandoffId id -> facts.add(new Fact(name, id.equals(HandoffId.NONE) ? "none" : id.toString()));
            case Sent sent -> {
                facts.add(new Fact(name + ".toIncumbent", sent(sent, Side.INCUMBENT)));
                facts.add(new Fact(name + ".toSuccessor", sent(sent, Side.SUCCESSOR)));
            }
            case Record composed -> addRecord(facts, name, composed);
            case Collection<?> all when all.isEmpty() -> facts.add(new Fact(name, "none"));
            case Collection<?> all -> {
                int index = 0;
                for (Object each : all) {
                    add(facts, name + "[" + index + "]", each);
                    index++;
                }
            }
            case Map<?, ?> map when map.isEmpty() -> facts.add(new Fact(name, "none"));
            case Map<?, ?> map ->
                map.forEach((key, each) -> add(facts, name + "." + word(key), timed(name, each)));
            case Optional<?> maybe -> {
                if (maybe.isPresent()) {
                    add(facts, name, maybe.get());
                } else {
                    facts.add(new Fact(name, "none"));
                }
            }
            case Long number -> facts.add(new Fact(name, timed(name, number).toString()));
            default -> facts.add(new Fact(name, value instanceof Enum<?> ? word(value) : value.toString()));
        }
    }

    private static void addRecord(List<Fact> facts, String name, Record composed) {
        RecordComponent[] components = composed.getClass().getRecordComponents();
        boolean oneOfSeveral = composed.getClass().getInterfaces().length > 0;
        if (components.length == 0 || (oneOfSeveral && !name.isEmpty())) {
            facts.add(new Fact(name, composed.getClass().getSimpleName()));
        }
        for (RecordComponent component : components) {
            add(facts, name.isEmpty() ? component.getName() : name + "." + component.getName(),
                    value(composed, component));
        }
    }

    private static Object value(Record composed, RecordComponent component) {
        try {
            // The accessor is public, its record may not be.
            component.getAccessor().setAccessible(true);
            return component.getAccessor().invoke(composed);
        } catch (IllegalAccessException | InvocationTargetException e) {
            throw new IllegalStateException("a record without its component " + component, e);
        }
    }

    private static String sent(Sent sent, Side to) {
        String kinds = Arrays.stream(MessageKind.values()).filter(kind -> sent.has(to, kind)).map(MessageKind::wireName)
                .collect(Collectors.joining(", "));
        return kinds.isEmpty() ? "nothing" : kinds;
    }

    private static Object timed(String name, Object value) {
        boolean isTime = name.endsWith("Ns") || name.endsWith("timers");
        return value instanceof Long number && isTime && number >= FIRST_TIME_NS ? EntryJson.time(number) : value;
    }

    private static String word(Object key) {
        return key.toString().toLowerCase(Locale.ROOT);
    }
}
