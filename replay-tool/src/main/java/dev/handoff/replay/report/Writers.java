package dev.handoff.replay.report;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

import dev.handoff.coordinator.core.Service;
import dev.handoff.coordinator.core.State;
import dev.handoff.replay.Ending;
import dev.handoff.replay.Entry;
import dev.handoff.replay.HandoffStory;
import dev.handoff.replay.HandoffSummary;
import dev.handoff.replay.Moment;
import dev.handoff.replay.WriterGap;

/** Who could write when, in a handoff: the answer to "how long did nobody write". Stateless; any thread. */
final class Writers {

    /** Who writes. */
    enum Writer {
        INCUMBENT,
        SUCCESSOR,
        NOBODY,
        /** A process that was started from cold after the handoff. */
        OTHER
    }

    /**
     * One writer's time.
     *
     * @param fromNs nanoseconds since 1970
     * @param toNs   the same clock
     */
    record Span(Writer writer, long fromNs, long toNs) {}

    private Writers() {}

    /**
     * The spans without a gap between them, from the request to the last record of the story; empty where the states are lost.
     */
    static List<Span> of(HandoffStory story) {
        HandoffSummary summary = story.summary();
        if (summary.phases().isEmpty()) {
            return List.of();
        }
        long startNs = summary.startNs();
        long lastNs = lastNs(story);
        WriterGap gap = WriterGap.of(story);
        List<Span> spans = new ArrayList<>();
        if (!gap.isThere()) {
            spans.add(new Span(Writer.INCUMBENT, startNs, lastNs));
            return spans;
        }
        spans.add(new Span(Writer.INCUMBENT, startNs, gap.startNs()));
        boolean decided = !(summary.ending() instanceof Ending.InFlight);
        spans.add(new Span(Writer.NOBODY, gap.startNs(), decided ? gap.endNs() : lastNs));
        if (decided) {
            spans.add(new Span(afterwards(story), gap.endNs(), Math.max(gap.endNs(), lastNs)));
        }
        return spans;
    }

    private static Writer afterwards(HandoffStory story) {
        Optional<State> last = story.moments().stream()
                .filter(moment -> moment.before().filter(service -> isOurs(service, story)).isPresent()
                        && moment.after().filter(service -> isOurs(service, story)).isEmpty())
                .flatMap(moment -> moment.after().stream()).map(Service::state).findFirst();
        return last.map(state -> {
            if (!(state instanceof State.Serving serving)) {
                return Writer.NOBODY;
            }
            long pid = serving.incumbent().daemon().pid();
            if (pid == story.summary().successor().pid()) {
                return Writer.SUCCESSOR;
            }
            return pid == story.summary().incumbent().pid() ? Writer.INCUMBENT : Writer.OTHER;
        }).orElse(Writer.NOBODY);
    }

    private static boolean isOurs(Service service, HandoffStory story) {
        return service.state().handoffId().equals(story.summary().id());
    }

    private static long lastNs(HandoffStory story) {
        long lastNs = story.summary().endNs();
        for (Moment moment : story.moments()) {
            if (moment.entry() instanceof Entry.Recorded recorded) {
                lastNs = Math.max(lastNs, recorded.header().timeNs());
            }
        }
        return lastNs;
    }
}
