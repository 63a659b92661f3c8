package dev.handoff.replay.verify;

import java.util.Map;

import dev.handoff.codec.event.Outcome;

/**
 * What was checked, in numbers.
 *
 * @param damages         what the reader found broken or lost
 * @param clocksSetBack   epochs that began at an earlier time than the one before ended at
 * @param furthestBackNs  by how much at most
 * @param inputs          events that came from outside: replies, deaths, timers, requests
 * @param messages        outbound ones, recomputed and compared
 * @param spawns          processes ordered, recomputed and compared
 * @param decisions       gates and ends, recomputed and compared
 * @param cutShort        what the core had ordered when its coordinator died before it was appended
 * @param snapshots       compared with the state that the core arrives at
 * @param requests        swaps asked for
 * @param timers          fired
 * @param ends            handoffs by their outcome
 */
public record Checked(long records, long firstSequence, long lastSequence, long firstTimeNs, long lastTimeNs,
        long epochs,
        long damages, long clocksSetBack, long furthestBackNs, long inputs, long messages, long spawns, long decisions,
        long cutShort, long snapshots, long requests, long timers, Map<Outcome, Long> ends) {

    public Checked {
        ends = Map.copyOf(ends);
    }

    /** How many handoffs ended so. */
    public long ends(Outcome outcome) {
        return ends.getOrDefault(outcome, 0L);
    }
}
