package dev.handoff.replay;

import java.util.Optional;
import java.util.UUID;

import dev.handoff.codec.event.Event;
import dev.handoff.coordinator.core.DecodedState;
import dev.handoff.journal.Damage;

/** One thing that stands in a journal, decoded: what the tool's commands show and judge. */
public sealed interface Entry {

    /** A record whose bytes are intact. */
    sealed interface Recorded extends Entry {
        Header header();
    }

    /**
     * What every record says of itself.
     *
     * @param timeNs nanoseconds since 1970
     * @param epoch  one per start of a writer, from 1
     */
    record Header(long sequence, long timeNs, int epoch) {}

    /** An event of the coordinator's. */
    record Happened(Header header, Event event) implements Recorded {}

    /**
     * The journal's own: the state after the record before, with which a replay may begin.
     *
     * @param state decoded, for the one reader of this entry; empty in a journal that keeps none
     */
    record Snapshot(Header header, UUID journalId, String build, boolean beginsRoll, int schemaVersion, long stateHash,
            int stateBytes, Optional<DecodedState.Intact> state) implements Recorded {}

    /**
     * The journal's own: a writer found these records lost and went on without them.
     *
     * @param toSequence the last one, or {@link Damage#UNKNOWN}
     */
    record LossNoted(Header header, long fromSequence, long toSequence, String text) implements Recorded {}

    /** The checksum is right, and yet this is no record of this release: forged, or written by a newer one. */
    record NotUnderstood(Header header, int kind, String reason) implements Recorded {}

    /** What the reader found wrong between the records around it. */
    record Damaged(Damage damage) implements Entry {}
}
