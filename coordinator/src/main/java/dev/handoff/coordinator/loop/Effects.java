package dev.handoff.coordinator.loop;

import dev.handoff.coordinator.core.Effect;

/**
 * Where the loop hands over what the core orders, one effect at a time and in the core's order. The one seam between deciding
 * and doing: a test or a crash harness decorates it. Loop thread only.
 */
public interface Effects {

    /** Does it, or sets it going; what comes of it returns as an input. Whatever led to it is in the journal already. */
    void run(Effect effect, LoopAgent loop);

    /** A child's pidfd became readable. */
    void processEnded(long pid, LoopAgent loop);
}
