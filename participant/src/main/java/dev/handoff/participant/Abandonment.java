package dev.handoff.participant;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** What a successor does by default when it is given up while its own code runs. */
final class Abandonment {

    private static final Logger LOG = LoggerFactory.getLogger(Abandonment.class);

    private Abandonment() {}

    /**
     * Halts: shutdown hooks would run daemon code that may write or wait, while the incumbent tries for the lock for 2 s. A
     * durable daemon survives this as it survives a crash.
     */
    static void halt(ParticipantEndedException ended) {
        LOG.error("the handoff is over for this successor: {}", ended.getMessage());
        Runtime.getRuntime().halt(ended.exitCode());
    }
}
