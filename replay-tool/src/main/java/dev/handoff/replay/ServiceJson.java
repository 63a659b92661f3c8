package dev.handoff.replay;

import java.util.Locale;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.handoff.codec.MessageKind;
import dev.handoff.codec.Side;
import dev.handoff.coordinator.core.Service;
import dev.handoff.coordinator.core.State;

/** The coordinator's state of one service as JSON, every field there. Stateless; any thread. */
public final class ServiceJson {

    private ServiceJson() {}

    /** Timers as times, and the messages that were sent by their names. */
    public static ObjectNode of(Service service) {
        ObjectNode json = RecordJson.of(service);
        ObjectNode timers = json.putObject("timers");
        service.timers().forEach(
                (kind, dueNs) -> timers.put(kind.name().toLowerCase(Locale.ROOT), EntryJson.time(dueNs)));
        ObjectNode state = (ObjectNode) json.get("state");
        if (service.state() instanceof State.InHandoff flight) {
            ObjectNode sent = (ObjectNode) state.get("handoff").get("sent");
            sent.removeAll();
            for (Side side : Side.values()) {
                ArrayNode names = sent.putArray("to_" + side.name().toLowerCase(Locale.ROOT));
                for (MessageKind kind : MessageKind.values()) {
                    if (flight.handoff().sent().has(side, kind)) {
                        names.add(kind.wireName());
                    }
                }
            }
        }
        return json;
    }
}
