package dev.handoff.replay;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.function.Predicate;

import dev.handoff.codec.HandoffId;
import dev.handoff.codec.event.Event;
import dev.handoff.codec.event.EventKind;
import dev.handoff.codec.event.Stamp;
import dev.handoff.coordinator.core.Effect;
import dev.handoff.coordinator.core.Service;
import dev.handoff.coordinator.core.State;
import dev.handoff.journal.JournalReader;
import dev.handoff.journal.ReplayEnd;

/**
 * The handoffs that a journal tells of. A first reading finds them and holds none but those in flight, so that a journal of any length
 * will do; a second one collects the records of the one that is wanted. Reads only; one thread.
 */
public final class HandoffStories {

    /** Stands for the newest handoff of the journal where an id is asked for. */
    public static final String LAST = "last";

    /** What is collected after a handoff's end, should what it left behind never come to rest. */
    private static final int MOST_AFTERWARDS = 1000;

    private HandoffStories() {}

    /**
     * How a reading went.
     *
     * @param records       those with a right checksum
     * @param notUnderstood those among them that are none of this release's
     */
    public record Read(long records, long notUnderstood, ReplayEnd end) {}

    /** What an id, whole or abbreviated, stands for. */
    public sealed interface Found {

        /** One handoff. */
        record One(HandoffSummary summary) implements Found {}

        /** None. {@code handoffs}: how many there are. */
        record None(long handoffs) implements Found {}

        /** More than one begin like this. */
        record Several(List<HandoffId> ids) implements Found {
            public Several {
                ids = List.copyOf(ids);
            }
        }
    }

    /**
     * Tells each handoff when it ends, and at the journal's end those in flight.
     *
     * @param reader stands before the journal's first record
     * @param sink   false stops the reading
     * @throws dev.handoff.journal.JournalFailure the journal cannot be read on
     */
    public static Read scan(JournalReader reader, Predicate<HandoffSummary> sink) {
        ServiceNames names = new ServiceNames();
        StoryScan scan = new StoryScan(names, sink);
        Counter counter = new Counter(scan);
        ReplayEnd end = reader.replay(new EntryDecoder(names, counter));
        scan.finish();
        return new Read(counter.records, counter.notUnderstood, end);
    }

    /** Counts what goes by. */
    private static final class Counter implements Predicate<Entry> {
        private final Predicate<Entry> next;
        private long records;
        private long notUnderstood;

        Counter(Predicate<Entry> next) {
            this.next = next;
        }

        @Override
        public boolean test(Entry entry) {
            if (entry instanceof Entry.Recorded) {
                records++;
            }
            if (entry instanceof Entry.NotUnderstood) {
                notUnderstood++;
            }
            return next.test(entry);
        }
    }

    /** A search, and how its reading went. */
    public record Search(Found found, Read read) {}

    /**
     * Looks for a handoff.
     *
     * @param id an id or the beginning of one, in any case, or {@link #LAST}: the one that ended last, or is still in flight
     */
    public static Search find(JournalReader reader, String id) {
        List<HandoffSummary> matches = new ArrayList<>();
        long[] handoffs = {0};
        String wanted = id.toLowerCase(Locale.ROOT);
        Read read = scan(reader, summary -> {
            handoffs[0]++;
            if (wanted.equals(LAST)) {
                matches.clear();
                matches.add(summary);
            } else if (summary.id().toString().startsWith(wanted)) {
                matches.add(summary);
            }
            return true;
        });
        Found found = switch (matches.size()) {
            case 0 -> new Found.None(handoffs[0]);
            case 1 -> new Found.One(matches.getFirst());
            default -> new Found.Several(matches.stream().map(HandoffSummary::id).toList());
        };
        return new Search(found, read);
    }

    /** Collects the records of a handoff that {@link #scan} or {@link #find} told of, from the same journal. */
    public static HandoffStory tell(JournalReader reader, HandoffSummary summary) {
        Teller teller = new Teller(summary);
        reader.seek(summary.replayFrom());
        ServiceNames names = new ServiceNames();
        ReplayEnd _ = reader.replay(new EntryDecoder(names, teller));
        return new HandoffStory(summary, teller.moments, names);
    }

    /** Collects one handoff's moments. */
    private static final class Teller implements Predicate<Entry> {
        private final HandoffSummary summary;
        private final StateTrack track = new StateTrack();
        private final Causes causes;
        private final List<Moment> moments = new ArrayList<>();
        private boolean within;
        private int afterwards;

        Teller(HandoffSummary summary) {
            this.summary = summary;
            this.causes = new Causes(summary.incumbent().pid());
        }

        @Override
        public boolean test(Entry entry) {
            if (entry instanceof Entry.Recorded recorded) {
                within |= recorded.header().sequence() >= summary.first().sequence();
            }
            Optional<Service> before = service();
            List<Effect> all = track.take(entry);
            List<Effect> ordered = track.isReliable() ? all.stream().filter(this::isOurs).toList() : List.of();
            Optional<Service> after = service();
            if (entry instanceof Entry.Happened(Entry.Header header, Event event)) {
                return !isOurs(event) || take(new Step(entry, header, event, before, after, ordered));
            }
            if (within && !(entry instanceof Entry.Snapshot)) {
                moments.add(new Moment(entry, before, after, ordered, OptionalLong.empty()));
            }
            return true;
        }

        private record Step(Entry entry, Entry.Header header, Event event, Optional<Service> before,
                Optional<Service> after, List<Effect> ordered) {}

        private boolean take(Step step) {
            boolean isAfter = step.header().sequence() > summary.last().sequence();
            if (isAfter && (begins(step.event()) || atRest(step.before()) || afterwards >= MOST_AFTERWARDS)) {
                return false;
            }
            OptionalLong cause = causes.of(step.event());
            causes.note(step.header().sequence(), step.event(), step.ordered());
            if (within) {
                afterwards += isAfter ? 1 : 0;
                moments.add(new Moment(step.entry(), step.before(), step.after(), step.ordered(), cause));
            }
            return true;
        }

        /** Another handoff begins, so this one's story is over. */
        private boolean begins(Event event) {
            return EventKind.of(event) == EventKind.SWAP_REQUESTED && !event.stamp().handoffId().equals(summary.id());
        }

        private static boolean atRest(Optional<Service> service) {
            return service.isEmpty() || (service.get().departing().isEmpty() && service.get().owed().isEmpty()
                    && switch (service.get().state()) {
                        case State.Serving _,State.Stopped _,State.Failed _ -> true;
                        case State.AwaitingSpawn _,State.AwaitingIncumbentUp _,State.AwaitingRestart _,State.AwaitingExit _,State.InHandoff _ ->
                            false;
                    });
        }

        /** Once records are lost, what the core makes of the others is not what happened. */
        private Optional<Service> service() {
            return track.isReliable() ? track.service(summary.service()) : Optional.empty();
        }

        private boolean isOurs(Event event) {
            int service = event.stamp().service();
            return service == summary.service() || service == Stamp.COORDINATOR;
        }

        private boolean isOurs(Effect effect) {
            return Orders.areFor(effect, summary.service());
        }
    }
}
