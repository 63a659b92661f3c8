package dev.handoff.cli.demo;

import java.util.HashMap;
import java.util.List;
import java.util.Map;

import dev.handoff.codec.HandoffId;
import dev.handoff.coordinator.fault.Fault.Victim;

/**
 * What happened while the clients loaded the daemon.
 *
 * @param kills    one for each swap that was disturbed
 * @param problems what was wrong besides
 */
record Course(List<Swap> swaps, List<Kill> kills, List<String> problems) {

    Course {
        swaps = List.copyOf(swaps);
        kills = List.copyOf(kills);
        problems = List.copyOf(problems);
    }

    /** What was done to which handoff. */
    Map<HandoffId, JournalReview.Disturbance> disturbances() {
        Map<HandoffId, JournalReview.Disturbance> all = new HashMap<>();
        for (Kill kill : kills) {
            kill.handoffId().ifPresent(id -> all.put(id, kill.victim().equals(Victim.COORDINATOR.word())
                    ? JournalReview.Disturbance.INTERRUPTED
                    : JournalReview.Disturbance.BEREFT));
        }
        return all;
    }
}
