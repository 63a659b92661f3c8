package dev.handoff.replay.verify;

import java.util.HexFormat;
import java.util.Optional;
import java.util.UUID;

import dev.handoff.codec.record.RecordView;
import dev.handoff.codec.record.SnapshotLayout;
import dev.handoff.coordinator.core.DecodedState;
import dev.handoff.coordinator.core.Fold;
import dev.handoff.coordinator.core.StateCodec;
import org.agrona.DirectBuffer;
import org.agrona.ExpandableArrayBuffer;

/** Compares each snapshot with the state that the records before it lead to, byte for byte. One thread. */
final class Snapshots {

    private final Findings findings;
    private final Tally tally;
    private final StateCodec codec = new StateCodec();
    private final ExpandableArrayBuffer expected = new ExpandableArrayBuffer(4096);
    private UUID journalId;
    private At firstAt = At.NOWHERE;
    private long lastRoll;
    private String build = "";

    Snapshots(Findings findings, Tally tally) {
        this.findings = findings;
        this.tally = tally;
    }

    /** What the snapshots call the journal; empty before the first. */
    Optional<UUID> journalId() {
        return Optional.ofNullable(journalId);
    }

    /** The build that took the newest snapshot, or nothing. */
    String build() {
        return build;
    }

    /**
     * Takes a snapshot.
     *
     * @param live the state that the records before lead to; empty where that is not known
     * @return the state to go on with, where {@code live} was empty and the snapshot holds one
     */
    Optional<Fold> take(RecordView record, At at, Optional<Fold> live) {
        DirectBuffer payload = record.payload();
        if (!SnapshotLayout.isWellFormed(payload)) {
            findings.add(Rule.UNDERSTOOD, at, "a snapshot whose lengths contradict each other");
            return Optional.empty();
        }
        identity(payload, at);
        int offset = SnapshotLayout.stateOffset(payload);
        int length = SnapshotLayout.stateLength(payload);
        long hash = SnapshotLayout.stateHash(payload);
        if (length == 0) {
            findings.add(Rule.SNAPSHOT, at, "it holds no state");
            return Optional.empty();
        }
        if (SnapshotLayout.schemaVersion(payload) != StateCodec.VERSION) {
            findings.add(Rule.UNDERSTOOD, at, "a snapshot of schema version " + SnapshotLayout.schemaVersion(payload)
                    + "; this release knows " + StateCodec.VERSION);
            return Optional.empty();
        }
        if (StateCodec.hash(payload, offset, length) != hash) {
            findings.add(Rule.SNAPSHOT, at, "its state does not have the hash that stands beside it");
        }
        if (live.isPresent()) {
            compare(live.get(), payload, offset, length, hash, at);
            return Optional.empty();
        }
        return switch (codec.decode(payload, offset, length)) {
            case DecodedState.Intact intact -> Optional.of(new Fold(intact.state(), intact.heard()));
            case DecodedState.UnknownVersion unknown -> refused(at, "its state is of form " + unknown.version());
            case DecodedState.Malformed malformed -> refused(at,
                    "it holds no state: " + malformed.reason() + " (at byte " + malformed.offset() + ")");
        };
    }

    private Optional<Fold> refused(At at, String why) {
        findings.add(Rule.UNDERSTOOD, at, why);
        return Optional.empty();
    }

    private void identity(DirectBuffer payload, At at) {
        UUID id = SnapshotLayout.journalId(payload);
        if (journalId == null) {
            journalId = id;
            firstAt = at;
        } else if (!journalId.equals(id)) {
            findings.add(Rule.SNAPSHOT, at, firstAt, "it is of journal " + id + ", the first one of " + journalId);
        }
        long previous = SnapshotLayout.previousRollSequence(payload);
        if (lastRoll != 0 && previous != lastRoll) {
            findings.add(Rule.SNAPSHOT, at, new At(lastRoll, "Snapshot"),
                    "it says that record " + previous + " began the file before it");
        }
        if (SnapshotLayout.beginsRoll(payload)) {
            lastRoll = at.sequence();
        }
        build = SnapshotLayout.build(payload);
    }

    private void compare(Fold live, DirectBuffer payload, int offset, int length, long hash, At at) {
        int expectedLength = codec.encode(live.state(), live.lastHeard(), expected, 0);
        boolean same = expectedLength == length;
        for (int i = 0; same && i < length; i++) {
            same = expected.getByte(i) == payload.getByte(offset + i);
        }
        if (same) {
            tally.snapshotCompared();
        } else {
            findings.add(Rule.SNAPSHOT, at, new At(at.sequence() - 1, "the record before it"),
                    "its state has hash " + HexFormat.of().toHexDigits(hash) + ", the core arrives at "
                            + HexFormat.of().toHexDigits(StateCodec.hash(expected, 0, expectedLength)));
        }
    }
}
