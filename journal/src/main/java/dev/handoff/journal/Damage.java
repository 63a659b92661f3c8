package dev.handoff.journal;

import java.nio.file.Path;

/**
 * One thing wrong in a journal.
 *
 * @param fromSequence
 *            the first sequence lost
 * @param toSequence
 *            the last one lost; below {@code fromSequence} if none is, {@link #UNKNOWN} if nobody can tell
 * @param file
 *            where it was seen
 * @param position
 *            in the file, bytes
 * @param why
 *            for a person
 */
public record Damage(Kind kind, long fromSequence, long toSequence, Path file, long position, String why) {

    public static final long UNKNOWN = -1;

    public enum Kind {
        /** Records that were there are unreadable or gone. */
        LOST,
        /** The queue's own framing is broken, but every record in it was found. */
        FRAMING,
        /** A record with a good checksum where it cannot belong. */
        OUT_OF_PLACE,
        /** The high-water mark is missing or unreadable: whether the end is lost, nobody can tell. */
        MARK
    }

    public boolean losesRecords() {
        return toSequence == UNKNOWN || toSequence >= fromSequence;
    }

    @Override
    public String toString() {
        String lost = toSequence == UNKNOWN
                ? "unknown records from " + fromSequence + " on may be lost"
                : toSequence < fromSequence
                        ? "no record lost"
                        : toSequence == fromSequence
                                ? "record " + fromSequence + " lost"
                                : "records " + fromSequence + " to " + toSequence + " lost";
        return lost + ": " + why + " (" + file + " at byte " + position + ")";
    }
}
