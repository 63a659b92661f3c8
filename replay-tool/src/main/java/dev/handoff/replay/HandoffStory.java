package dev.handoff.replay;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

import dev.handoff.codec.Message;
import dev.handoff.codec.Side;
import dev.handoff.codec.event.Event;
import dev.handoff.codec.event.ExitStatus;

/**
 * Everything a journal tells of one handoff.
 *
 * @param moments the records of its service and of the coordinator, from its first to its last and on until everything it left behind
 *                has ended, in the journal's order; damage stands in its place
 * @param names   of the services, as far as the journal was read for it
 */
public record HandoffStory(HandoffSummary summary, List<Moment> moments, ServiceNames names) {

    public HandoffStory {
        moments = List.copyOf(moments);
    }

    /**
     * A message of this handoff.
     *
     * @param inbound from the peer to the coordinator; else it was about to be written
     */
    public record Said(Entry.Header header, boolean inbound, Side peer, long session, Message message) {}

    /** A process that ended where nobody had asked it to, or a coordinator that was followed by another. */
    public sealed interface Crash {

        /** The record that tells of it. */
        Entry.Header header();

        /**
         * A coordinator died.
         *
         * @param lastWordNs when the dead coordinator wrote its last record; it may have lived a little longer
         */
        record OfCoordinator(Entry.Header header, long lastWordNs, long newPid) implements Crash {}

        /** A participant's death, once it was reaped or found gone. */
        record OfParticipant(Entry.Header header, Side side, long pid, ExitStatus status) implements Crash {}
    }

    /** The messages in both directions, heartbeats included. */
    public List<Said> messages() {
        List<Said> said = new ArrayList<>();
        for (Moment moment : moments) {
            if (moment.entry() instanceof Entry.Happened(Entry.Header header, Event event)) {
                if (event instanceof Event.MessageReceived e) {
                    said.add(new Said(header, true, e.from(), e.session(), e.message()));
                } else if (event instanceof Event.MessageSending e) {
                    said.add(new Said(header, false, e.to(), e.session(), e.message()));
                }
            }
        }
        return said;
    }

    /** The timers that came due. */
    public List<Event.TimerFired> timers() {
        return moments.stream().map(Moment::entry).filter(Entry.Happened.class::isInstance)
                .map(entry -> ((Entry.Happened) entry).event()).filter(Event.TimerFired.class::isInstance)
                .map(Event.TimerFired.class::cast).toList();
    }

    /** Who died in the middle, in the journal's order. */
    public List<Crash> crashes() {
        List<Crash> crashes = new ArrayList<>();
        long lastNs = summary.startNs();
        int epoch = summary.first().epoch();
        for (Moment moment : moments) {
            if (moment.entry() instanceof Entry.Happened(Entry.Header header, Event event)
                    && header.sequence() <= summary.last().sequence()) {
                if (event instanceof Event.CoordinatorRestarted restarted) {
                    crashes.add(new Crash.OfCoordinator(header, lastNs, restarted.pid()));
                } else if (event instanceof Event.ProcessExited exited && moment.causedBy().isEmpty()) {
                    side(exited.pid()).ifPresent(side -> crashes
                            .add(new Crash.OfParticipant(header, side, exited.pid(), exited.status())));
                }
                // What a new coordinator writes before it says that it has taken over is no word of the dead one.
                if (header.epoch() == epoch || event instanceof Event.CoordinatorRestarted) {
                    epoch = header.epoch();
                    lastNs = header.timeNs();
                }
            }
        }
        return crashes;
    }

    private Optional<Side> side(long pid) {
        if (pid == summary.incumbent().pid()) {
            return Optional.of(Side.INCUMBENT);
        }
        return pid == summary.successor().pid()
                ? Optional.of(Side.SUCCESSOR)
                : Optional.empty();
    }
}
