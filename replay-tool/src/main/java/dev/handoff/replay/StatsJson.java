package dev.handoff.replay;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;

/** The numbers of one service as one JSON object; times in nanoseconds. Stateless; any thread. */
public final class StatsJson {

    private static final JsonNodeFactory NODES = JsonNodeFactory.instance;

    private StatsJson() {}

    /** {@code {service, handoffs, taken_over, outcomes, phases: {word: {count, p50_ns, …}}, writer_gap, total}}. */
    public static ObjectNode toJson(String service, HandoffStats.OfService stats) {
        ObjectNode json = NODES.objectNode().put("service", service).put("handoffs", stats.handoffs())
                .put("taken_over", stats.takenOver());
        ObjectNode outcomes = json.putObject("outcomes");
        stats.outcomes().forEach(outcomes::put);
        ObjectNode phases = json.putObject("phases");
        stats.phases().forEach((phase, times) -> phases.set(phase.word(), times(times)));
        json.set("writer_gap", times(stats.writerGap()));
        json.set("total", times(stats.total()));
        return json;
    }

    private static ObjectNode times(Quantiles times) {
        ObjectNode json = NODES.objectNode().put("count", times.count());
        if (times.count() == 0) {
            return json.putNull("p50_ns").putNull("p90_ns").putNull("p99_ns").putNull("max_ns");
        }
        return json.put("p50_ns", times.atNs(50)).put("p90_ns", times.atNs(90)).put("p99_ns", times.atNs(99))
                .put("max_ns", times.maxNs());
    }
}
