package dev.handoff.replay;

import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.RecordComponent;
import java.util.Collection;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.handoff.codec.Capabilities;
import dev.handoff.codec.HandoffId;

/**
 * The core's records as JSON, by their components: so a field that is added shows. Names are in snake_case; what ends in {@code Ns} is
 * a time in the core's states and is shown as one, null for 0. Stateless; any thread.
 */
public final class RecordJson {

    private static final JsonNodeFactory NODES = JsonNodeFactory.instance;
    private static final String TIME_SUFFIX = "Ns";

    private RecordJson() {}

    /** A record's components, in its order. */
    public static ObjectNode of(Record value) {
        ObjectNode json = NODES.objectNode();
        for (RecordComponent component : value.getClass().getRecordComponents()) {
            Object part = part(value, component);
            String name = component.getName();
            if (name.endsWith(TIME_SUFFIX) && part instanceof Long timeNs) {
                json.put(snake(name.substring(0, name.length() - TIME_SUFFIX.length())), time(timeNs));
            } else {
                json.set(snake(name), node(part));
            }
        }
        return json;
    }

    /** A time, null for 0. */
    static String time(long timeNs) {
        return timeNs == 0 ? null : EntryJson.time(timeNs);
    }

    private static Object part(Record value, RecordComponent component) {
        try {
            return component.getAccessor().invoke(value);
        } catch (IllegalAccessException | InvocationTargetException e) {
            throw new IllegalStateException("a component that cannot be read: " + component, e);
        }
    }

    private static JsonNode node(Object value) {
        return switch (value) {
            case null -> NODES.nullNode();
            case HandoffId id -> id.equals(HandoffId.NONE) ? NODES.nullNode() : NODES.textNode(id.toString());
            // Unsigned, and in the message's own JSON a text too.
            case Capabilities capabilities ->
                NODES.objectNode().put("reserved", Long.toUnsignedString(capabilities.reserved()));
            case Optional<?> maybe -> node(maybe.orElse(null));
            case Boolean bool -> NODES.booleanNode(bool);
            case Integer number -> NODES.numberNode(number);
            case Long number -> NODES.numberNode(number);
            case Collection<?> all -> {
                ArrayNode array = NODES.arrayNode();
                all.forEach(each -> array.add(node(each)));
                yield array;
            }
            case Map<?, ?> map -> {
                ObjectNode json = NODES.objectNode();
                map.forEach((key, each) -> json.set(snake(key.toString()), node(each)));
                yield json;
            }
            case Enum<?> named -> NODES.textNode(named.name().toLowerCase(Locale.ROOT));
            case Record inner when inner.getClass().getEnclosingClass() != null
                    && inner.getClass().getEnclosingClass().isInterface() -> {
                // One of several that may stand there: its name says which.
                ObjectNode json = NODES.objectNode().put("is", inner.getClass().getSimpleName());
                yield json.setAll(of(inner));
            }
            case Record inner -> of(inner);
            default -> NODES.textNode(value.toString());
        };
    }

    private static String snake(String name) {
        return name.equals(name.toUpperCase(Locale.ROOT))
                ? name.toLowerCase(Locale.ROOT)
                : name.replaceAll("([a-z0-9])([A-Z])", "$1_$2").toLowerCase(Locale.ROOT);
    }
}
