package dev.handoff.coordinator.core;

import java.lang.reflect.ParameterizedType;
import java.lang.reflect.RecordComponent;
import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

import dev.handoff.codec.BuildId;
import dev.handoff.codec.Capabilities;
import dev.handoff.codec.Fingerprint;
import dev.handoff.codec.HandoffId;
import dev.handoff.codec.Message;
import dev.handoff.codec.ShardRevisions;
import dev.handoff.codec.event.Bytes;
import dev.handoff.codec.event.Event;
import dev.handoff.codec.event.ServicePolicy;
import dev.handoff.codec.event.Stamp;

/** Reads an event from the line that {@link dev.handoff.coordinator.transcript.Transcript} writes for it. */
final class EventParser {

    private final long originNs;
    private final String line;
    private int position;

    private EventParser(String line, long originNs) {
        this.line = line;
        this.originNs = originNs;
    }

    static Event parse(String line, long originNs) {
        EventParser parser = new EventParser(line, originNs);
        try {
            return parser.event();
        } catch (RuntimeException | ReflectiveOperationException e) {
            throw new IllegalArgumentException("cannot read, at column " + parser.position + ": " + line, e);
        }
    }

    private Event event() throws ReflectiveOperationException {
        long timeNs = originNs + seconds(word());
        int service = Stamp.COORDINATOR;
        HandoffId id = HandoffId.NONE;
        String name = word();
        if (name.matches("s\\d+")) {
            service = Integer.parseInt(name.substring(1));
            name = word();
        }
        if (name.startsWith("#")) {
            id = id(name);
            name = word();
        }
        Map<String, Object> given = new LinkedHashMap<>();
        given.put("stamp", new Stamp(timeNs, service, id));
        return (Event) record(named(Event.class, name), given, null);
    }

    private Object record(Class<?> type, Map<String, Object> given, Object ordinary)
            throws ReflectiveOperationException {
        RecordComponent[] components = type.getRecordComponents();
        skipBlanks();
        while (position < line.length() && line.charAt(position) != ')') {
            String name = until("=");
            position++;
            RecordComponent component = Arrays.stream(components).filter(c -> c.getName().equals(name)).findFirst()
                    .orElseThrow(() -> new IllegalArgumentException(type.getSimpleName() + " has no " + name));
            given.put(name, value(component));
            skipBlanks();
        }
        Object[] arguments = new Object[components.length];
        Class<?>[] types = new Class<?>[components.length];
        for (int i = 0; i < components.length; i++) {
            types[i] = components[i].getType();
            String name = components[i].getName();
            arguments[i] = given.containsKey(name)
                    ? given.get(name)
                    : ordinary != null ? components[i].getAccessor().invoke(ordinary) : ordinary(name, types[i]);
        }
        return type.getDeclaredConstructor(types).newInstance(arguments);
    }

    private Object value(RecordComponent component) throws ReflectiveOperationException {
        Class<?> type = component.getType();
        if (type == String.class) {
            return text();
        } else if (type == long.class) {
            return component.getName().endsWith("Ns") ? originNs + seconds(plain()) : Long.parseLong(plain());
        } else if (type == int.class) {
            return Integer.parseInt(plain());
        } else if (type == boolean.class) {
            return Boolean.parseBoolean(plain());
        } else if (type.isEnum()) {
            return enumConstant(type, plain());
        } else if (type == HandoffId.class) {
            return id(plain());
        } else if (type == Fingerprint.class) {
            return Fingerprint.of(Arrays.copyOf(HexFormat.of().parseHex(plain()), Fingerprint.BYTES));
        } else if (type == BuildId.class) {
            return BuildId.parse(plain());
        } else if (type == Bytes.class) {
            return Bytes.of(HexFormat.of().parseHex(plain()));
        } else if (type == Capabilities.class) {
            return capabilities(plain());
        } else if (type == ShardRevisions.class) {
            return ShardRevisions.of(strings().stream().mapToLong(Long::parseUnsignedLong).toArray());
        } else if (type == List.class) {
            return list((Class<?>) ((ParameterizedType) component.getGenericType()).getActualTypeArguments()[0]);
        } else if (type == ServicePolicy.class) {
            return nested(type, ServicePolicy.DEFAULT);
        } else if (type.isRecord()) {
            return nested(type, null);
        }
        Class<?> variant = named(type, plain());
        return position < line.length() && line.charAt(position) == '('
                ? nested(variant, null)
                : record(variant, new LinkedHashMap<>(), null);
    }

    private Object nested(Class<?> type, Object ordinary) throws ReflectiveOperationException {
        position++;
        Object value = record(type, new LinkedHashMap<>(), ordinary);
        position++;
        return value;
    }

    private static Object ordinary(String name, Class<?> type) {
        if (type == String.class) {
            return "";
        } else if (type == long.class) {
            return 0L;
        } else if (type == int.class) {
            return name.startsWith("proto") ? Message.PROTOCOL_VERSION : 0;
        } else if (type == boolean.class) {
            return false;
        } else if (type == HandoffId.class) {
            return HandoffId.NONE;
        } else if (type == Fingerprint.class) {
            return Fingerprint.of(new byte[Fingerprint.BYTES]);
        } else if (type == BuildId.class) {
            return BuildId.EMPTY;
        } else if (type == Bytes.class) {
            return Bytes.of(new byte[0]);
        } else if (type == Capabilities.class) {
            return Capabilities.NONE;
        } else if (type == ShardRevisions.class) {
            return ShardRevisions.EMPTY;
        } else if (type == List.class) {
            return List.of();
        } else if (type == ServicePolicy.class) {
            return ServicePolicy.DEFAULT;
        }
        throw new IllegalArgumentException(name + " is missing");
    }

    private static Object enumConstant(Class<?> type, String name) {
        return Arrays.stream(type.getEnumConstants()).filter(c -> c.toString().equals(name)).findFirst()
                .orElseThrow(() -> new IllegalArgumentException(type.getSimpleName() + " has no " + name));
    }

    private static Class<?> named(Class<?> sealed, String name) {
        for (Class<?> permitted : sealed.getPermittedSubclasses()) {
            if (permitted.isInterface()) {
                for (Class<?> deeper : permitted.getPermittedSubclasses()) {
                    if (deeper.getSimpleName().equals(name)) {
                        return deeper;
                    }
                }
            } else if (permitted.getSimpleName().equals(name)) {
                return permitted;
            }
        }
        throw new IllegalArgumentException("no " + sealed.getSimpleName() + " is called " + name);
    }

    private static HandoffId id(String text) {
        String id = text.substring(1);
        return id.contains("-") ? HandoffId.parse(id) : new HandoffId(0, Long.parseUnsignedLong(id));
    }

    private static Capabilities capabilities(String text) {
        long bits = 0;
        for (String name : text.split("\\+", -1)) {
            bits |= switch (name) {
                case "HEARTBEATS" -> Capabilities.HEARTBEATS;
                case "IDEMPOTENT" -> Capabilities.IDEMPOTENT;
                default -> Long.parseUnsignedLong(name.substring(2), 16);
            };
        }
        return new Capabilities(bits);
    }

    private static long seconds(String text) {
        return new BigDecimal(text).movePointRight(9).longValueExact();
    }

    private List<?> list(Class<?> of) throws ReflectiveOperationException {
        if (of == String.class) {
            return strings();
        }
        if (of == Long.class) {
            return strings().stream().map(Long::valueOf).toList();
        }
        position++;
        List<Object> items = new ArrayList<>();
        while (line.charAt(position) != ']') {
            items.add(nested(of, null));
            if (line.charAt(position) == ',') {
                position++;
            }
        }
        position++;
        return items;
    }

    private List<String> strings() {
        position++;
        List<String> items = new ArrayList<>();
        while (line.charAt(position) != ']') {
            items.add(line.charAt(position) == '"' ? text() : until(",]"));
            if (line.charAt(position) == ',') {
                position++;
            }
        }
        position++;
        return items;
    }

    private String text() {
        if (line.charAt(position) != '"') {
            return plain();
        }
        StringBuilder text = new StringBuilder();
        position++;
        while (line.charAt(position) != '"') {
            if (line.charAt(position) == '\\') {
                position++;
                escaped(text);
            } else {
                text.append(line.charAt(position));
                position++;
            }
        }
        position++;
        return text.toString();
    }

    private void escaped(StringBuilder text) {
        switch (line.charAt(position)) {
            case 'n' -> text.append('\n');
            case 'u' -> {
                int end = line.indexOf('}', position);
                text.appendCodePoint(Integer.parseInt(line.substring(position + 2, end), 16));
                position = end;
            }
            default -> text.append(line.charAt(position));
        }
        position++;
    }

    private String plain() {
        return until(" ()");
    }

    private String word() {
        skipBlanks();
        return until(" ");
    }

    private String until(String stops) {
        int start = position;
        while (position < line.length() && stops.indexOf(line.charAt(position)) < 0) {
            position++;
        }
        return line.substring(start, position);
    }

    private void skipBlanks() {
        while (position < line.length() && line.charAt(position) == ' ') {
            position++;
        }
    }
}
