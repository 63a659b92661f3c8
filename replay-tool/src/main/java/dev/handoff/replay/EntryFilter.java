package dev.handoff.replay;

import java.util.Optional;

import dev.handoff.codec.HandoffId;
import dev.handoff.codec.event.Event;
import dev.handoff.codec.event.Stamp;

/**
 * Which entries of a journal somebody wants to see; what is empty does not matter.
 *
 * @param service the service's name: the records that are about it
 * @param handoff the records that name this handoff
 */
public record EntryFilter(Optional<JournalPoint> from, Optional<JournalPoint> to, Optional<String> service,
        Optional<HandoffId> handoff, Optional<EntryKinds> kinds) {

    public static final EntryFilter EVERYTHING = new EntryFilter(Optional.empty(), Optional.empty(), Optional.empty(),
            Optional.empty(), Optional.empty());

    /** Whether the record lies between the two points. */
    boolean isInRange(Entry.Header header) {
        return from.map(point -> point.isReachedBy(header)).orElse(true)
                && to.map(point -> point.isNotPassedBy(header)).orElse(true);
    }

    /** Whether no later record can be in the range. Of a time nobody can tell: another coordinator's clock may stand elsewhere. */
    boolean isOver(Entry.Header header) {
        return to.isPresent() && to.get() instanceof JournalPoint.Sequence(long last) && header.sequence() >= last;
    }

    /**
     * Whether the entry is wanted, its place in the journal aside.
     *
     * @param names as far as the journal was read up to it
     */
    boolean wants(Entry entry, ServiceNames names) {
        if (kinds.isPresent() && !kinds.get().has(entry)) {
            return false;
        }
        if (service.isEmpty() && handoff.isEmpty()) {
            return true;
        }
        return switch (entry) {
            case Entry.Happened(Entry.Header _, Event event) -> wants(event.stamp(), names);
            case Entry.Snapshot _,Entry.LossNoted _,Entry.NotUnderstood _,Entry.Damaged _ -> false;
        };
    }

    private boolean wants(Stamp stamp, ServiceNames names) {
        return (handoff.isEmpty() || handoff.get().equals(stamp.handoffId()))
                && (service.isEmpty() || service.equals(names.of(stamp.service())));
    }
}
