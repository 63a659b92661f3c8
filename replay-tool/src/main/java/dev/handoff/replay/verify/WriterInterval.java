package dev.handoff.replay.verify;

/**
 * The time in which a process might write, as the journal shows it.
 *
 * @param from   the record that made it the writer
 * @param to     the record that ended that, or the newest one
 * @param fromNs nanoseconds since 1970, as {@code toNs}
 * @param open   it is the writer still
 */
public record WriterInterval(String service, long pid, At from, long fromNs, At to, long toNs, boolean open) {}
