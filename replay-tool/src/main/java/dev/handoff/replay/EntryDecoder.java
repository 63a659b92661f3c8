package dev.handoff.replay;

import java.util.Optional;
import java.util.function.Predicate;

import dev.handoff.codec.event.DecodedEvent;
import dev.handoff.codec.event.EventCodec;
import dev.handoff.codec.record.LossLayout;
import dev.handoff.codec.record.RecordLayout;
import dev.handoff.codec.record.RecordView;
import dev.handoff.codec.record.SnapshotLayout;
import dev.handoff.coordinator.core.DecodedState;
import dev.handoff.coordinator.core.StateCodec;
import dev.handoff.journal.Damage;
import dev.handoff.journal.RecordVisitor;

/**
 * Decodes what a journal's reader visits, and learns the services' names on the way. One thread, one reading.
 *
 * <p>
 * Invariant: no bytes, however bad, cause an exception; they become {@link Entry.NotUnderstood}.
 */
public final class EntryDecoder implements RecordVisitor {

    private final EventCodec events = new EventCodec();
    private final StateCodec states = new StateCodec();
    private final ServiceNames names;
    private final Predicate<Entry> sink;

    /**
     * @param names learns each name before the sink sees the entry that tells it
     * @param sink  takes each entry in its place; false stops the reading
     */
    public EntryDecoder(ServiceNames names, Predicate<Entry> sink) {
        this.names = names;
        this.sink = sink;
    }

    @Override
    public boolean onRecord(RecordView record) {
        return sink.test(decode(record));
    }

    @Override
    public void onDamage(Damage damage) {
        boolean _ = sink.test(new Entry.Damaged(damage));
    }

    private Entry decode(RecordView record) {
        Entry.Header header = new Entry.Header(record.sequence(), record.timeNs(), record.epoch());
        return switch (record.kind()) {
            case RecordLayout.KIND_SNAPSHOT -> snapshot(header, record);
            case RecordLayout.KIND_LOSS -> LossLayout.isWellFormed(record.payload())
                    ? new Entry.LossNoted(header, LossLayout.fromSequence(record.payload()),
                            LossLayout.toSequence(record.payload()), LossLayout.text(record.payload()))
                    : new Entry.NotUnderstood(header, record.kind(), "a note of loss that is too short");
            default -> event(header, record);
        };
    }

    private Entry event(Entry.Header header, RecordView record) {
        return switch (events.decode(record.kind(), record.timeNs(), record.payload(), 0, record.length())) {
            case DecodedEvent.Intact intact -> {
                names.learn(intact.event());
                yield new Entry.Happened(header, intact.event());
            }
            case DecodedEvent.Malformed malformed -> new Entry.NotUnderstood(header, record.kind(),
                    malformed.reason() + " (at byte " + malformed.offset() + " of its content)");
        };
    }

    private Entry snapshot(Entry.Header header, RecordView record) {
        if (!SnapshotLayout.isWellFormed(record.payload())) {
            return new Entry.NotUnderstood(header, record.kind(), "a snapshot whose lengths contradict each other");
        }
        int stateBytes = SnapshotLayout.stateLength(record.payload());
        Optional<DecodedState.Intact> state = Optional.empty();
        if (stateBytes > 0) {
            switch (states.decode(record.payload(), SnapshotLayout.stateOffset(record.payload()), stateBytes)) {
                case DecodedState.Intact intact -> {
                    names.learn(intact.state());
                    state = Optional.of(intact);
                }
                case DecodedState.UnknownVersion unknown -> {
                    return new Entry.NotUnderstood(header, record.kind(),
                            "a snapshot of schema version " + unknown.version() + ", which this release does not know");
                }
                case DecodedState.Malformed malformed -> {
                    return new Entry.NotUnderstood(header, record.kind(), "a snapshot that holds no state: "
                            + malformed.reason() + " (at byte " + malformed.offset() + " of the state)");
                }
            }
        }
        return new Entry.Snapshot(header, SnapshotLayout.journalId(record.payload()),
                SnapshotLayout.build(record.payload()), SnapshotLayout.beginsRoll(record.payload()),
                SnapshotLayout.schemaVersion(record.payload()), SnapshotLayout.stateHash(record.payload()), stateBytes,
                state);
    }
}
