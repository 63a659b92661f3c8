package dev.handoff.cli.demo;

import java.util.Optional;
import java.util.OptionalLong;

import dev.handoff.codec.HandoffId;
import dev.handoff.coordinator.control.SwapOutcome;

/**
 * One swap of the demo.
 *
 * @param number from 1
 * @param reason empty after a commit
 */
record Swap(int number, String build, SwapOutcome outcome, Optional<String> reason, Optional<HandoffId> handoffId,
        OptionalLong totalNs, OptionalLong writerGapNs, long longestPauseNs, Phases phases) {

    Swap seenBy(long pauseNs, Phases journaled) {
        return new Swap(number, build, outcome, reason, handoffId, totalNs, writerGapNs, pauseNs, journaled);
    }

    Swap but(SwapOutcome other, String why) {
        return new Swap(number, build, other, Optional.of(why), handoffId, totalNs, writerGapNs, longestPauseNs,
                phases);
    }
}
