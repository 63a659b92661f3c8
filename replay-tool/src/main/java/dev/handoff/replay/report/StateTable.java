package dev.handoff.replay.report;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.handoff.coordinator.core.Service;
import dev.handoff.replay.ServiceJson;

/**
 * The states of one handoff, each line and each state once: from one record to the next a state keeps most of its lines, and there are
 * as many states as records. One thread.
 */
final class StateTable {

    /** In place of a state's number, where nobody knows the state. */
    static final int UNKNOWN = -1;

    private final ArrayNode lines = JsonNodeFactory.instance.arrayNode();
    private final ArrayNode states = JsonNodeFactory.instance.arrayNode();
    private final Map<Facts.Fact, Integer> lineNumbers = new HashMap<>();
    private final Map<List<Integer>, Integer> stateNumbers = new HashMap<>();

    /** The number of this state in the table, {@link #UNKNOWN} for none. */
    int number(Optional<Service> service) {
        if (service.isEmpty()) {
            return UNKNOWN;
        }
        List<Integer> numbers = Facts.of(ServiceJson.of(service.get())).stream().map(this::line).toList();
        return stateNumbers.computeIfAbsent(numbers, fresh -> {
            ArrayNode state = states.addArray();
            fresh.forEach(state::add);
            return states.size() - 1;
        });
    }

    private int line(Facts.Fact fact) {
        return lineNumbers.computeIfAbsent(fact, fresh -> {
            lines.addArray().add(fresh.name()).add(fresh.text());
            return lines.size() - 1;
        });
    }

    /** Puts {@code lines}, each a name and a text, and {@code states}, each the numbers of its lines. */
    void putInto(ObjectNode json) {
        json.set("lines", lines);
        json.set("states", states);
    }
}
