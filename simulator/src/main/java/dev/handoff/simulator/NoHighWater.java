package dev.handoff.simulator;

import dev.handoff.journal.MemoryJournal;

/** A mutant: the journal's high-water mark falls with its end. */
record NoHighWater() implements Mutant {

    @Override
    public void loseEnd(MemoryJournal.Storage storage, int records) {
        storage.truncate(records);
        storage.forgetMark();
    }
}
