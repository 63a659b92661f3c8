package dev.handoff.cli.demo;

import java.util.Optional;
import java.util.OptionalLong;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.handoff.codec.HandoffId;
import dev.handoff.coordinator.fault.Expectation;

/**
 * What became of one swap in which a process was killed.
 *
 * @param step      where, as {@code --at} takes it
 * @param handoffId the handoff that was disturbed; empty if there was none yet
 * @param resumedId the handoff that was gone on with: whose record is the first after the kill, by the next coordinator if it
 *                  was the coordinator's; where that had nothing left to do, the handoff that it knows as the last
 * @param resumeNs  from the kill to that record; where there is none, to the next coordinator's first
 * @param seals     how often the incumbent sealed
 */
record Kill(String step, String victim, Optional<HandoffId> handoffId, Optional<HandoffId> resumedId, String outcome,
        Expectation expected, OptionalLong resumeNs, int seals) {

    /** The outcome is the protocol's, and the handoff the same. */
    boolean asExpected() {
        return outcome.equals(expected.outcome()) && resumedId.equals(handoffId) && seals <= 1;
    }

    void json(ObjectNode into) {
        into.put("step", step).put("victim", victim).put("handoff_id", handoffId.map(HandoffId::toString).orElse(null))
                .put("resumed_id", resumedId.map(HandoffId::toString).orElse(null)).put("outcome", outcome)
                .put("expected", expected.outcome());
        if (resumeNs.isPresent()) {
            into.put("resume_ms", Math.round(resumeNs.getAsLong() / 1e3) / 1e3);
        } else {
            into.putNull("resume_ms");
        }
        into.put("seals", seals);
    }
}
