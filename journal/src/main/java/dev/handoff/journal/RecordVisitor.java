package dev.handoff.journal;

import dev.handoff.codec.record.RecordView;

/** Sees the records of a journal in order, on the thread that reads. */
@FunctionalInterface
public interface RecordVisitor {

    /**
     * An intact record, the journal's own kinds included.
     *
     * @param record
     *            valid within this call only
     * @return false to stop after it
     */
    boolean onRecord(RecordView record);

    /** Something between the records before and after is damaged or lost. */
    default void onDamage(Damage damage) {}
}
