package dev.handoff.replay;

import java.util.Optional;

import dev.handoff.coordinator.core.Service;
import dev.handoff.coordinator.core.State;

/**
 * While nobody accepted writes in a handoff, as its coordinator could see it. Both ends are 0 where the writer never paused.
 *
 * @param startNs    nanoseconds since 1970
 * @param endNs      the same clock; of a handoff in flight the time of its newest record
 * @param fromRecord the record that told of the gap's beginning
 * @param toRecord   the record that ended it, or the newest one
 */
public record WriterGap(long startNs, long endNs, long fromRecord, long toRecord) {

    private static final WriterGap NONE = new WriterGap(0, 0, 0, 0);

    /** The gap of a handoff. */
    public static WriterGap of(HandoffStory story) {
        long startNs = 0;
        long fromRecord = 0;
        for (Moment moment : story.moments()) {
            if (!(moment.entry() instanceof Entry.Recorded recorded)) {
                continue;
            }
            long gapStartNs = gapStartNs(story.summary(), moment.after());
            if (startNs == 0 && gapStartNs != 0) {
                startNs = gapStartNs;
                fromRecord = recorded.header().sequence();
            } else if (startNs != 0 && gapStartNs == 0) {
                return new WriterGap(startNs, recorded.header().timeNs(), fromRecord, recorded.header().sequence());
            }
        }
        Entry.Header last = story.summary().last();
        return startNs == 0 ? NONE : new WriterGap(startNs, last.timeNs(), fromRecord, last.sequence());
    }

    private static long gapStartNs(HandoffSummary summary, Optional<Service> service) {
        return service.map(Service::state)
                .map(state -> state instanceof State.InHandoff flight && flight.handoffId().equals(summary.id())
                        ? flight.handoff().gapStartNs()
                        : 0L)
                .orElse(0L);
    }

    /** Whether the writer paused. */
    public boolean isThere() {
        return startNs != 0;
    }

    /** Whether the record is one of those from the gap's beginning to its end. */
    public boolean covers(Entry.Header header) {
        return isThere() && fromRecord <= header.sequence() && header.sequence() <= toRecord;
    }
}
