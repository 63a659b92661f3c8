package dev.handoff.replay.report;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

import com.fasterxml.jackson.databind.JsonNode;

/** JSON as lines of name and text, in its order: what can be compared line by line. Stateless; any thread. */
final class Facts {

    /** Says which one of several types stands there. */
    private static final String TYPE = "is";

    /**
     * One line.
     *
     * @param name the way to the value, {@code state.handoff.deadline}; of a type it is the way to what has the type
     */
    record Fact(String name, String text) {}

    private Facts() {}

    /** All that an object holds. */
    static List<Fact> of(JsonNode json) {
        List<Fact> facts = new ArrayList<>();
        add(facts, "", json);
        return facts;
    }

    /** The same on one line. */
    static String line(JsonNode json) {
        return of(json).stream().map(fact -> fact.name() + "=" + fact.text()).collect(Collectors.joining(" "));
    }

    private static String inner(String name, String field) {
        if (field.equals(TYPE)) {
            return name;
        }
        return name.isEmpty() ? field : name + "." + field;
    }

    private static void add(List<Fact> facts, String name, JsonNode value) {
        if (value.isObject() && !value.isEmpty()) {
            for (Map.Entry<String, JsonNode> field : value.properties()) {
                add(facts, inner(name, field.getKey()), field.getValue());
            }
        } else if (value.isArray() && !value.isEmpty() && value.get(0).isObject()) {
            for (int i = 0; i < value.size(); i++) {
                add(facts, name + "[" + i + "]", value.get(i));
            }
        } else if (value.isArray() && !value.isEmpty()) {
            facts.add(new Fact(name, value.valueStream().map(JsonNode::asText).collect(Collectors.joining(", "))));
        } else {
            facts.add(new Fact(name, value.isNull() || value.isContainerNode() ? "none" : value.asText()));
        }
    }
}
