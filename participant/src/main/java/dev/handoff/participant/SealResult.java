package dev.handoff.participant;

import dev.handoff.codec.Fingerprint;
import dev.handoff.codec.ShardRevisions;

/** How a seal ended. */
public sealed interface SealResult {

    /** The data directory is complete, closed and on disk; these are its last revisions and the SHA-256 over it. */
    record Sealed(ShardRevisions revisions, Fingerprint fingerprint) implements SealResult {}

    /**
     * The daemon still owns its state and can go on.
     *
     * @param error        what failed, for people
     * @param partialState what had been sealed by then, for people; may be empty
     */
    record NotSealed(String error, String partialState) implements SealResult {}
}
