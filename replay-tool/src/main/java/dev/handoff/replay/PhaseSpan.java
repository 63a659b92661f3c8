package dev.handoff.replay;

/**
 * One phase of a handoff, from the record that began it to the record that ended it. A phase may come twice: a restarted coordinator
 * may start the successor afresh.
 *
 * @param startNs    nanoseconds since 1970
 * @param endNs      the same clock, not before {@code startNs}
 * @param fromRecord the sequence of the record that began it
 * @param toRecord   the sequence of the record that ended it, or of the newest one
 */
public record PhaseSpan(Phase phase, long startNs, long endNs, long fromRecord, long toRecord) {

    public long durationNs() {
        return endNs - startNs;
    }
}
