package dev.handoff.journal;

import java.util.UUID;

/**
 * What a journal's high-water mark says of it.
 *
 * @param lastSequence of the newest record that was acknowledged
 * @param epoch        of the newest start of a writer
 */
public record JournalMark(UUID journalId, long lastSequence, int epoch) {}
