package dev.handoff.coordinator.loop;

import dev.handoff.codec.event.DecodedEvent;
import dev.handoff.codec.event.Event;
import dev.handoff.codec.event.EventCodec;
import dev.handoff.codec.event.EventKind;
import dev.handoff.codec.event.MessageEventFlyweight;
import dev.handoff.codec.record.RecordLayout;
import dev.handoff.codec.record.RecordView;
import dev.handoff.codec.record.SnapshotLayout;
import dev.handoff.coordinator.core.DecodedState;
import dev.handoff.coordinator.core.Fold;
import dev.handoff.coordinator.core.StateCodec;
import dev.handoff.journal.Journal;
import dev.handoff.journal.JournalReader;
import dev.handoff.journal.RecordVisitor;

/**
 * Folds a journal from its newest snapshot on, into the state that its writer had. Before the loop starts; one thread.
 */
public final class Recovery implements RecordVisitor {

    private final EventCodec codec = new EventCodec();
    private final StateCodec states = new StateCodec();
    private final MessageEventFlyweight message = new MessageEventFlyweight();
    private Fold fold = new Fold();
    private long records;

    private Recovery() {}

    /** What a journal's records lead to. */
    public sealed interface Outcome {}

    /** The state after the last record. */
    public record Replayed(Fold fold) implements Outcome {}

    /** A record that is intact as a record is no event of this release: the state cannot be known. */
    public record NotUnderstood(String reason) implements Outcome {}

    /** Folds a journal from its newest snapshot on. */
    public static Outcome replay(Journal journal) {
        Recovery recovery = new Recovery();
        try (JournalReader reader = journal.reader()) {
            reader.seekLastSnapshot();
            reader.replay(recovery);
        } catch (Unreadable e) {
            return new NotUnderstood(e.getMessage());
        }
        return new Replayed(recovery.fold);
    }

    @Override
    public boolean onRecord(RecordView record) {
        records++;
        if (record.kind() == RecordLayout.KIND_SNAPSHOT) {
            restore(record);
        } else if (!record.isJournalOwn() && !isTakenHeartbeat(record)) {
            fold.apply(event(record));
        }
        return true;
    }

    private boolean isTakenHeartbeat(RecordView record) {
        return record.kind() == EventKind.MESSAGE_RECEIVED.number()
                && message.wrap(record.payload(), 0, record.length()) && message.isHeartbeat()
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

    /** Out of the visit; never leaves {@link #replay}. */
    private static final class Unreadable extends RuntimeException {
        private static final long serialVersionUID = 1;

        Unreadable(String message) {
            super(message, null, false, false);
        }
    }
}
