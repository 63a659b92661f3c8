package dev.handoff.journal;

import java.nio.charset.StandardCharsets;
import java.util.UUID;

import dev.handoff.codec.record.SnapshotLayout;
import org.agrona.ExpandableArrayBuffer;

/** Builds the payload of a snapshot from what its source gives. Appender's thread. */
final class SnapshotRecord {

    private final SnapshotSource source;
    private final byte[] build;
    private final ExpandableArrayBuffer payload = new ExpandableArrayBuffer();

    SnapshotRecord(SnapshotSource source, String build) {
        this.source = source;
        this.build = build.getBytes(StandardCharsets.UTF_8);
    }

    /** Returns the length of {@link #payload()}. */
    int take(UUID journalId, boolean beginsRoll, long previousRollSequence) {
        int stateLength = source.write(payload, SnapshotLayout.stateOffset(build.length));
        return SnapshotLayout.write(payload, 0, source.schemaVersion(), beginsRoll, journalId, source.stateHash(),
                previousRollSequence, build, stateLength);
    }

    ExpandableArrayBuffer payload() {
        return payload;
    }
}
