package dev.handoff.coordinator.transcript;

import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.RecordComponent;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

import dev.handoff.codec.BuildId;
import dev.handoff.codec.Capabilities;
import dev.handoff.codec.Fingerprint;
import dev.handoff.codec.HandoffId;
import dev.handoff.codec.Message;
import dev.handoff.codec.MessageKind;
import dev.handoff.codec.ShardRevisions;
import dev.handoff.codec.event.Bytes;
import dev.handoff.codec.event.Event;
import dev.handoff.codec.event.ServicePolicy;
import dev.handoff.codec.event.Stamp;
import dev.handoff.coordinator.core.Effect;
import dev.handoff.coordinator.core.Sent;
import dev.handoff.coordinator.core.Service;

/**
 * Writes events, effects and changes of state as lines for people, one each. The names are those of the records and their
 * components, so that what a transcript says can be found in the code:
 *
 * <pre>
 * 2.500 s1 #1 MessageReceived session=2 from=INCUMBENT message=Drained(acceptClosed=true)
 *   - CancelTimer kind=DRAIN
 *   - SendToIncumbent session=2 message=SealRequest(handoffId=#1)
 *   = AwaitingSealComplete handoff.gapStartNs=2.500 -timers.DRAIN
 * </pre>
 *
 * An event starts with its time in seconds since the origin, its service and its handoff. What has its type's ordinary value
 * (zero, empty, version 1) is left out, and so is what an effect shares with its event. A handoff id whose first half is zero,
 * as tests and the simulator use, is a number after {@code #}. Strings are quoted where they are more than one plain word.
 * Thread-safe.
 */
public final class Transcript {

    private static final Pattern PLAIN = Pattern.compile("[A-Za-z0-9_./:@%+-]+");
    private static final Set<String> DURATIONS = Set.of("totalNs", "writerGapNs");

    private static final ClassValue<RecordComponent[]> COMPONENTS = new ClassValue<>() {
        @Override
        protected RecordComponent[] computeValue(Class<?> type) {
            return type.getRecordComponents();
        }
    };

    private final long originNs;

    /**
     * @param originNs
     *            the moment that is shown as 0, in nanoseconds since the Unix epoch
     */
    public Transcript(long originNs) {
        this.originNs = originNs;
    }

    /** The event, stamp first. */
    public String event(Event event) {
        Stamp stamp = event.stamp();
        StringBuilder line = new StringBuilder(instant(stamp.timeNs()));
        if (stamp.service() != Stamp.COORDINATOR) {
            line.append(" s").append(stamp.service());
        }
        if (!stamp.handoffId().equals(HandoffId.NONE)) {
            line.append(' ').append(id(stamp.handoffId()));
        }
        return line.append(' ').append(event.getClass().getSimpleName()).append(components((Record) event, stamp))
                .toString();
    }

    /** The effect, as what followed from an event with the stamp {@code cause}. */
    public String effect(Effect effect, Stamp cause) {
        return effect.getClass().getSimpleName() + components((Record) effect, cause);
    }

    /** The service, whole. */
    public String service(Service service) {
        return service.state().label() + components(service, Stamp.ofCoordinator(originNs));
    }

    /**
     * The state's name and what has another value than before; empty if nothing has. {@code -name} is what is no longer there.
     *
     * @param before
     *            the same service before, or null if there was none
     */
    public String change(Service before, Service after) {
        if (after.equals(before)) {
            return "";
        }
        Map<String, Object> old = before == null ? Map.of() : facets(before);
        Map<String, Object> now = facets(after);
        List<String> changes = new ArrayList<>();
        now.forEach((name, value) -> compare(name, old.get(name), value, changes));
        for (String name : old.keySet()) {
            if (!now.containsKey(name)) {
                changes.add("-" + name);
            }
        }
        String label = after.state().label();
        return changes.isEmpty() ? label : label + " " + String.join(" ", changes);
    }

    /** What a service consists of, by name; the state's own components among them. */
    private static Map<String, Object> facets(Service service) {
        Map<String, Object> facets = new LinkedHashMap<>();
        putComponents((Record) service.state(), facets);
        putComponents(service, facets);
        facets.remove("state");
        facets.remove("number");
        facets.remove("sinceNs");
        facets.remove("timers");
        service.timers().forEach((kind, dueNs) -> facets.put("timers." + kind, dueNs));
        return facets;
    }

    private static void putComponents(Record from, Map<String, Object> to) {
        for (RecordComponent component : COMPONENTS.get(from.getClass())) {
            Object value = value(component, from);
            if (!isOrdinary(component.getName(), value)) {
                to.put(component.getName(), value);
            }
        }
    }

    private void compare(String name, Object old, Object now, List<String> changes) {
        if (Objects.equals(old, now)) {
            return;
        }
        if (old != null && now instanceof Record record && old.getClass() == now.getClass() && !(now instanceof Sent)
                && !(now instanceof HandoffId) && !(now instanceof Capabilities)) {
            for (RecordComponent component : COMPONENTS.get(record.getClass())) {
                compare(name + "." + component.getName(), value(component, (Record) old), value(component, record),
                        changes);
            }
            return;
        }
        changes.add(name + "=" + text(name, now, Stamp.ofCoordinator(originNs)));
    }

    private String components(Record record, Stamp cause) {
        StringBuilder line = new StringBuilder();
        for (RecordComponent component : COMPONENTS.get(record.getClass())) {
            Object value = value(component, record);
            if (value instanceof Stamp stamp) {
                if (!stamp.handoffId().equals(cause.handoffId())) {
                    line.append(" handoffId=").append(id(stamp.handoffId()));
                }
                continue;
            }
            boolean ofTheCause = component.getName().equals("service") && value.equals(cause.service());
            if (!ofTheCause && !isOrdinary(component.getName(), value)) {
                line.append(' ').append(component.getName()).append('=')
                        .append(text(component.getName(), value, cause));
            }
        }
        return line.toString();
    }

    private static Object value(RecordComponent component, Record record) {
        try {
            return component.getAccessor().invoke(record);
        } catch (IllegalAccessException | InvocationTargetException e) {
            throw new IllegalStateException("cannot read " + component, e);
        }
    }

    /** Whether a component with this value can be left out. */
    private static boolean isOrdinary(String name, Object value) {
        return switch (value) {
            case String text -> text.isEmpty();
            case Boolean flag -> name.equals("alive") == flag;
            case Integer number -> number == (name.startsWith("proto") ? Message.PROTOCOL_VERSION : 0);
            case Long number -> number == 0;
            case List<?> list -> list.isEmpty();
            case Map<?, ?> map -> map.isEmpty();
            case ShardRevisions revisions -> revisions.size() == 0;
            case BuildId build -> build.length() == 0;
            case Bytes bytes -> bytes.length() == 0;
            case HandoffId id -> id.equals(HandoffId.NONE);
            case Capabilities capabilities -> capabilities.reserved() == 0;
            case Sent sent -> sent.toIncumbent() == 0 && sent.toSuccessor() == 0;
            case ServicePolicy policy -> policy.equals(ServicePolicy.DEFAULT);
            case Service.Last last -> last.id().equals(HandoffId.NONE);
            default -> false;
        };
    }

    private String text(String name, Object value, Stamp cause) {
        return switch (value) {
            case String text -> quoted(text);
            case Long number when DURATIONS.contains(name) -> seconds(number);
            case Long number when name.endsWith("Ns") || name.startsWith("timers.") -> instant(number);
            case HandoffId id -> id(id);
            case Fingerprint fingerprint -> trimmed(fingerprint.toString());
            case Capabilities capabilities -> capabilities(capabilities.reserved());
            case Sent sent -> sent(sent);
            case ServicePolicy policy -> policy(policy);
            case List<?> list ->
                list.stream().map(item -> text(name, item, cause)).collect(Collectors.joining(",", "[", "]"));
            case Record record -> {
                String inside = components(record, cause).stripLeading();
                yield isOneOfSeveral(record.getClass())
                        ? record.getClass().getSimpleName() + (inside.isEmpty() ? "" : "(" + inside + ")")
                        : "(" + inside + ")";
            }
            default -> value.toString();
        };
    }

    private static boolean isOneOfSeveral(Class<?> type) {
        for (Class<?> parent : type.getInterfaces()) {
            if (parent.isSealed()) {
                return true;
            }
        }
        return false;
    }

    private String policy(ServicePolicy policy) {
        StringBuilder line = new StringBuilder();
        for (RecordComponent component : COMPONENTS.get(ServicePolicy.class)) {
            Object value = value(component, policy);
            if (!value.equals(value(component, ServicePolicy.DEFAULT))) {
                line.append(line.isEmpty() ? "" : " ").append(component.getName()).append('=').append(value);
            }
        }
        return "(" + line + ")";
    }

    private static String capabilities(long bits) {
        List<String> names = new ArrayList<>();
        if ((bits & Capabilities.HEARTBEATS) != 0) {
            names.add("HEARTBEATS");
        }
        if ((bits & Capabilities.IDEMPOTENT) != 0) {
            names.add("IDEMPOTENT");
        }
        long unknown = bits & ~(Capabilities.HEARTBEATS | Capabilities.IDEMPOTENT);
        if (unknown != 0) {
            names.add("0x" + Long.toHexString(unknown));
        }
        return String.join("+", names);
    }

    private static String sent(Sent sent) {
        return "(" + kinds(sent.toIncumbent()) + ";" + kinds(sent.toSuccessor()) + ")";
    }

    private static String kinds(int mask) {
        List<String> names = new ArrayList<>();
        for (MessageKind kind : MessageKind.values()) {
            if ((mask & (1 << kind.discriminant())) != 0) {
                names.add(kind.wireName());
            }
        }
        return String.join("+", names);
    }

    /** The id as this format writes it. */
    public static String id(HandoffId id) {
        return "#" + (id.mostSignificantBits() == 0 ? Long.toUnsignedString(id.leastSignificantBits()) : id);
    }

    private String instant(long timeNs) {
        return seconds(timeNs - originNs);
    }

    /** Seconds with three decimals, or as many as it takes. */
    private static String seconds(long ns) {
        long absolute = Math.abs(ns);
        String fraction = String.format("%09d", absolute % 1_000_000_000L);
        int end = fraction.length();
        while (end > 3 && fraction.charAt(end - 1) == '0') {
            end--;
        }
        return (ns < 0 ? "-" : "") + absolute / 1_000_000_000L + "." + fraction.substring(0, end);
    }

    /** Without the zero bytes at its end. */
    private static String trimmed(String hex) {
        int end = hex.length();
        while (end > 2 && hex.startsWith("00", end - 2)) {
            end -= 2;
        }
        return hex.substring(0, end);
    }

    /** A plain word as it is, anything else in quotes, so that no text of a peer's can end its line or look like another field. */
    static String quoted(String text) {
        if (PLAIN.matcher(text).matches()) {
            return text;
        }
        StringBuilder quoted = new StringBuilder("\"");
        text.codePoints().forEach(c -> {
            if (c == '"' || c == '\\') {
                quoted.append('\\').appendCodePoint(c);
            } else if (c == '\n') {
                quoted.append("\\n");
            } else if (Character.isISOControl(c) || Character.getType(c) == Character.FORMAT
                    || Character.getType(c) == Character.LINE_SEPARATOR
                    || Character.getType(c) == Character.PARAGRAPH_SEPARATOR
                    || Character.getType(c) == Character.SURROGATE) {
                quoted.append(String.format("\\u{%x}", c));
            } else {
                quoted.appendCodePoint(c);
            }
        });
        return quoted.append('"').toString();
    }
}
