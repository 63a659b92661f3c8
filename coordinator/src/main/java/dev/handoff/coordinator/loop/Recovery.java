package dev.handoff.coordinator.loop;

import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.stream.Collectors;

import dev.handoff.codec.event.DecodedEvent;
import dev.handoff.codec.event.Event;
import dev.handoff.codec.event.EventCodec;
import dev.handoff.codec.event.EventKind;
import dev.handoff.codec.event.MessageEventFlyweight;
import dev.handoff.codec.record.LossLayout;
import dev.handoff.codec.record.RecordLayout;
import dev.handoff.codec.record.RecordView;
import dev.handoff.codec.record.SnapshotLayout;
import dev.handoff.coordinator.core.DecodedState;
import dev.handoff.coordinator.core.Fold;
import dev.handoff.coordinator.core.Service;
import dev.handoff.coordinator.core.StateCodec;
import dev.handoff.journal.Damage;
import dev.handoff.journal.Journal;
import dev.handoff.journal.JournalReader;
import dev.handoff.journal.RecordVisitor;
import dev.handoff.journal.ReplayEnd;

/**
 * Folds a journal from its newest snapshot on, into the state that its writer had. Before the loop starts; one thread.
 */
public final class Recovery implements RecordVisitor {

    private final EventCodec codec = new EventCodec();
    private final StateCodec states = new StateCodec();
    private final MessageEventFlyweight message = new MessageEventFlyweight();
    private final Streams streams = new Streams();
    private Fold fold = new Fold();
    private long records;
    /** What a loss record says that no taking over has answered yet. */
    private String unanswered = "";

    private boolean damaged;
    private Optional<String> notUnderstood = Optional.empty();

    private Recovery() {}

    /** What a journal's records lead to. */
    public sealed interface Outcome {}

    /** The whole journal, or what is left of it, was understood. */
    public record Replayed(Past past) implements Outcome {}

    /** A record that is intact as a record is no event of this release: the state cannot be known. */
    public record NotUnderstood(String reason) implements Outcome {}

    /**
     * Folds a journal from its newest snapshot on.
     *
     * @param found
     *            how the journal was found when it was opened
     */
    public static Outcome replay(Journal journal, ReplayEnd found) {
        Recovery recovery = new Recovery();
        try (JournalReader reader = journal.reader()) {
            reader.seekLastSnapshot();
            reader.replay(recovery);
        }
        return recovery.outcome(journal.id(), found);
    }

    /** The visitor of a reading that begins at a snapshot or at the journal's start; {@link #outcome} is asked afterwards. */
    public static Recovery begin() {
        return new Recovery();
    }

    /**
     * What the records that were visited lead to.
     *
     * @param found
     *            how the journal was found when it was opened
     */
    public Outcome outcome(UUID journalId, ReplayEnd found) {
        return notUnderstood.<Outcome>map(NotUnderstood::new)
                .orElseGet(() -> new Replayed(new Past(fold, streams, journalId, damage(found))));
    }

    private String damage(ReplayEnd found) {
        String lost = switch (found) {
            case ReplayEnd.Intact _ -> "";
            case ReplayEnd.Damaged damaged -> damaged.damages().stream().filter(Damage::losesRecords)
                    .map(Damage::toString).collect(Collectors.joining("; "));
        };
        return lost.isEmpty() ? unanswered : lost;
    }

    @Override
    public void onDamage(Damage damage) {
        damaged = true;
    }

    /** Behind a damage the records lead nowhere: a journal that is gone on with is read again without it. */
    @Override
    public boolean onRecord(RecordView record) {
        if (!damaged && notUnderstood.isEmpty()) {
            try {
                take(record);
            } catch (Unreadable e) {
                notUnderstood = Optional.of(e.getMessage());
            }
        }
        return true;
    }

    private void take(RecordView record) {
        records++;
        streams.recordOf(record.epoch());
        if (record.kind() == RecordLayout.KIND_SNAPSHOT) {
            restore(record);
        } else if (record.kind() == RecordLayout.KIND_LOSS) {
            unanswered = LossLayout.text(record.payload());
        } else if (!record.isJournalOwn()) {
            boolean received = record.kind() == EventKind.MESSAGE_RECEIVED.number()
                    && message.wrap(record.payload(), 0, record.length());
            if (received) {
                noteStream(record);
            }
            if (!received || !isTaken(record)) {
                fold(record);
            }
        }
    }

    private void fold(RecordView record) {
        Event event = event(record);
        if (event instanceof Event.FragmentReceived part) {
            streams.part(record.epoch(), part.stamp().service(), part.session(), part.streamOffset(),
                    part.bytes().toBytes());
        } else if (event instanceof Event.CoordinatorRestarted) {
            unanswered = "";
        }
        fold.apply(event);
        if (event instanceof Event.HandoffEnded) {
            int service = event.stamp().service();
            Service known = fold.state().services().get(service);
            streams.keep(service, known == null ? List.of() : Named.sessions(known));
        }
    }

    private void noteStream(RecordView record) {
        int before = (int) fold.lastHeard().partial(message.service(), message.side(), message.session());
        streams.whole(record.epoch(), message.service(), message.session(), message.streamOffset(),
                record.payload(), message.frameOffset(), message.frameLength(), before);
    }

    /** Whether the message could be taken without making an event of it. */
    private boolean isTaken(RecordView record) {
        if (message.isSealProgress()) {
            return fold.takeSealProgress(message.service(), message.session(), message.side(), message.protoVersion(),
                    message.sealProgress().shardsSealed(), message.sealProgress().shardsTotal(), record.timeNs());
        }
        return message.isHeartbeat()
                && fold.takeHeartbeat(message.service(), message.session(), message.side(), message.protoVersion(),
                        record.timeNs());
    }

    private Event event(RecordView record) {
        return switch (codec.decode(record.kind(), record.timeNs(), record.payload(), 0, record.length())) {
            case DecodedEvent.Intact intact -> intact.event();
            case DecodedEvent.Malformed malformed -> throw new Unreadable("journal record " + record.sequence()
                    + " is intact, but this release does not understand it (" + malformed.reason() + " at byte "
                    + malformed.offset() + "); start the release that wrote it, or move the journal directory away");
        };
    }

    /** A snapshot in the middle repeats what the fold holds already; only the first record read can bring anything. */
    private void restore(RecordView record) {
        int stateLength = SnapshotLayout.stateLength(record.payload());
        if (records != 1 || stateLength == 0) {
            return;
        }
        fold = switch (states.decode(record.payload(), SnapshotLayout.stateOffset(record.payload()), stateLength)) {
            case DecodedState.Intact intact -> new Fold(intact.state(), intact.heard());
            case DecodedState.UnknownVersion unknown -> throw new Unreadable("journal record " + record.sequence()
                    + " is a snapshot of schema version " + unknown.version()
                    + ", which this release does not know; start the release that wrote it");
            case DecodedState.Malformed malformed -> throw new Unreadable("journal record " + record.sequence()
                    + " is an intact snapshot, but no state (" + malformed.reason() + ")");
        };
    }

    /** Out of a record; never leaves {@link #onRecord}. */
    private static final class Unreadable extends RuntimeException {
        private static final long serialVersionUID = 1;

        Unreadable(String message) {
            super(message, null, false, false);
        }
    }
}
