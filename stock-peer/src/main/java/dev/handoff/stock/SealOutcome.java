package dev.handoff.stock;

import dev.handoff.codec.Fingerprint;
import dev.handoff.codec.ShardRevisions;

/** What a seal hook answers. */
public sealed interface SealOutcome {

    record Sealed(ShardRevisions lastRevisionPerShard, Fingerprint dataDirFingerprint) implements SealOutcome {}

    record Failed(String error) implements SealOutcome {}
}
