package dev.handoff.coordinator.loop;

import dev.handoff.coordinator.core.Fold;
import dev.handoff.coordinator.core.StateCodec;
import dev.handoff.journal.SnapshotSource;
import org.agrona.MutableDirectBuffer;

/**
 * The coordinator's state for its journal's snapshots: that of the fold it was last told to follow. Called on the loop thread, within an
 * append.
 */
public final class StateSnapshots implements SnapshotSource {

    private final StateCodec codec = new StateCodec();
    private Fold fold = new Fold();

    /** From here on the snapshots are of {@code live}; until then they are of a coordinator that knows nothing yet. */
    public void follow(Fold live) {
        fold = live;
    }

    @Override
    public int schemaVersion() {
        return StateCodec.VERSION;
    }

    @Override
    public long stateHash() {
        return codec.hash(fold.state(), fold.lastHeard());
    }

    @Override
    public int write(MutableDirectBuffer into, int offset) {
        return codec.encode(fold.state(), fold.lastHeard(), into, offset);
    }
}
