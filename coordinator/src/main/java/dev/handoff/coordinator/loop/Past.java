package dev.handoff.coordinator.loop;

import java.util.UUID;

import dev.handoff.coordinator.core.Fold;

/**
 * What a coordinator has of those before it: all that their journal tells.
 *
 * @param fold
 *            the state after the last record; the loop goes on with it
 * @param streams
 *            how far the sessions' sockets were read
 * @param journalId
 *            names the journal, and with it the processes that were started for its records
 * @param damage
 *            empty, or what of the journal is lost and has not been answered by a {@code CoordinatorRestarted} yet
 */
public record Past(Fold fold, Streams streams, UUID journalId, String damage) {

    /** Before the first record of a new journal. */
    public static Past nothing(UUID journalId) {
        return new Past(new Fold(), new Streams(), journalId, "");
    }
}
