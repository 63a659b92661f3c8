package dev.handoff.coordinator.core;

import dev.handoff.codec.Fingerprint;
import dev.handoff.codec.ShardRevisions;

/** What the incumbent said it sealed, or that it died before it could. */
public sealed interface Sealed {

    /** Its {@code SealComplete}. */
    record Complete(ShardRevisions revisions, Fingerprint fingerprint) implements Sealed {}

    /** It died first: the kernel freed the lock, and the successor opens the directory as after a crash. */
    record Never() implements Sealed {}
}
