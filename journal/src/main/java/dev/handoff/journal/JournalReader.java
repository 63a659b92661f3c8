package dev.handoff.journal;

import java.util.List;
import java.util.function.Predicate;

import dev.handoff.codec.record.RecordView;

/**
 * Reads a journal without ever writing to it. Damage stops nothing: what is readable is shown, what is lost is named. One
 * thread.
 */
public interface JournalReader extends AutoCloseable {

    /** Goes before the first record whose sequence is at least this. */
    void seek(long sequence);

    /**
     * Goes before the newest intact snapshot, the place where a replay begins; without one before the first record.
     *
     * @return the snapshot's sequence, 0 without one
     */
    long seekLastSnapshot();

    /**
     * Goes before the newest file that begins with an intact snapshot for which this is true, where a replay can begin; without one
     * before the first record.
     */
    default void seekFile(Predicate<RecordView> isWanted) {
        seek(0);
    }

    /**
     * Visits at most {@code limit} more records and returns how many; 0 means that there is none for now. Never waits, so a
     * live journal is followed by calling this again.
     */
    int poll(RecordVisitor visitor, int limit);

    /** Visits everything from here on, then judges: also whether the end is where the high-water mark says. */
    ReplayEnd replay(RecordVisitor visitor);

    /** What was found damaged so far, in the order of the sequences. */
    List<Damage> damages();

    @Override
    void close();
}
