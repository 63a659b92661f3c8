package dev.handoff.journal;

import org.agrona.MutableDirectBuffer;

/** Where the journal gets the state that it puts at the start of a roll. Called within an append, on its thread. */
public interface SnapshotSource {

    /** For journals whose reader needs no state. */
    SnapshotSource NONE = new SnapshotSource() {
        @Override
        public int schemaVersion() {
            return 0;
        }

        @Override
        public long stateHash() {
            return 0;
        }

        @Override
        public int write(MutableDirectBuffer into, int offset) {
            return 0;
        }
    };

    /** Of the bytes that {@link #write} gives, so that a later release can still read them. */
    int schemaVersion();

    /** Of the state: a replay that comes by compares it with its own. */
    long stateHash();

    /** Writes the state after {@link Journal#lastSequence()} at {@code offset} of an expandable buffer; returns its length in bytes. */
    int write(MutableDirectBuffer into, int offset);
}
