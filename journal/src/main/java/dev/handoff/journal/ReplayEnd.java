package dev.handoff.journal;

import java.util.List;

/** How reading a journal to its end went. */
public sealed interface ReplayEnd {

    /** The last record that a replay may build on. */
    long lastSequence();

    /** Every record from where the reading began to the end is there. */
    record Intact(long lastSequence) implements ReplayEnd {}

    /**
     * Something is wrong.
     *
     * @param lastSequence
     *            the last record before the first damage
     * @param damages
     *            at least one
     */
    record Damaged(long lastSequence, List<Damage> damages) implements ReplayEnd {

        public Damaged {
            damages = List.copyOf(damages);
            if (damages.isEmpty()) {
                throw new IllegalArgumentException("damaged, but by nothing");
            }
        }
    }
}
