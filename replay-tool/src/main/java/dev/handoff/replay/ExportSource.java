package dev.handoff.replay;

import dev.handoff.journal.JournalReader;

/**
 * Where exported handoffs come from.
 *
 * @param reader  on their journal; wherever it stands, a reading starts with a seek
 * @param journal the directory, as it was given
 * @param build   of this tool
 * @param timeNs  now, nanoseconds since 1970
 * @param read    how the journal's reading went
 */
public record ExportSource(JournalReader reader, String journal, String build, long timeNs, HandoffStories.Read read) {}
