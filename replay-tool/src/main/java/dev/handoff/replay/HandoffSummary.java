package dev.handoff.replay;

import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;

import dev.handoff.codec.HandoffId;
import dev.handoff.codec.event.Event;

/**
 * A handoff without its records: what a line of the listing has, and enough to find the rest again.
 *
 * @param service     its number
 * @param serviceName its name, or {@code #3} where that was not read
 * @param request     who asked for what; empty where that record is lost
 * @param incumbent   who served before
 * @param successor   who was to serve, {@link Participant#UNKNOWN} if it came to none
 * @param first       the header of its first record
 * @param last        the header of its {@code HandoffEnded}, or of its newest record
 * @param writerGapNs from {@code Drained} or the incumbent's death until it was decided who writes, of one in flight until its newest
 *                    record; empty if the writer never paused
 * @param takeovers   how many coordinators took it over from one that had died
 * @param phases      in their order, without a gap; empty where records before it are lost, so that nobody knows the state
 * @param replayFrom  the sequence of the newest snapshot before it, from which its states can be computed; 0 for the journal's beginning
 */
public record HandoffSummary(HandoffId id, int service, String serviceName, Optional<Event.SwapRequested> request,
        Participant incumbent, Participant successor, Entry.Header first, Entry.Header last, Ending ending,
        OptionalLong writerGapNs, int takeovers, List<PhaseSpan> phases, long replayFrom) {

    public HandoffSummary {
        phases = List.copyOf(phases);
    }

    /** When it was asked for, nanoseconds since 1970. */
    public long startNs() {
        return first.timeNs();
    }

    /** When its end was written down, or its newest record. */
    public long endNs() {
        return last.timeNs();
    }

    public long totalNs() {
        return endNs() - startNs();
    }

    /** How long it was in this phase, all visits together; empty if it never was. */
    public OptionalLong inPhaseNs(Phase phase) {
        return phases.stream().anyMatch(span -> span.phase() == phase)
                ? OptionalLong.of(
                        phases.stream().filter(span -> span.phase() == phase).mapToLong(PhaseSpan::durationNs).sum())
                : OptionalLong.empty();
    }
}
