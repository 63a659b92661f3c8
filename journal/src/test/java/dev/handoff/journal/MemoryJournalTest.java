package dev.handoff.journal;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.nio.file.Path;
import java.util.List;

import org.junit.jupiter.api.Test;

class MemoryJournalTest extends JournalContractTest {

    private final MemoryJournal.Storage storage = new MemoryJournal.Storage();

    @Override
    OpenOutcome open(JournalOptions options) {
        return MemoryJournal.open(storage, options);
    }

    @Override
    void abandon(Journal journal) {
        storage.killWriter();
    }

    @Override
    JournalOptions options() {
        return usual(JournalOptions.of(Path.of("memory")));
    }

    @Test
    void losesWhatWasNotSyncedWhenTheMachineDies() {
        Journal journal = openJournal();
        append(journal, "a");
        journal.sync();
        append(journal, "b");
        storage.loseUnsynced();
        try (Journal again = openJournal()) {
            assertEquals(List.of("snapshot ", "a"), readAll(again).lines);
        }
    }

    @Test
    void namesALostEndAndGoesOnWithoutIt() {
        try (Journal journal = openJournal()) {
            append(journal, "a");
            append(journal, "b");
            append(journal, "c");
        }
        storage.truncate(2);
        OpenOutcome.Opened opened = assertInstanceOf(OpenOutcome.Opened.class, open(options()));
        ReplayEnd.Damaged damaged = assertInstanceOf(ReplayEnd.Damaged.class, opened.found());
        assertEquals(2, damaged.lastSequence());
        assertEquals(3, damaged.damages().getFirst().fromSequence());
        assertEquals(4, damaged.damages().getFirst().toSequence());
        try (Journal journal = opened.journal()) {
            append(journal, "d");
            assertEquals(List.of("snapshot ", "a", "loss", "d"), readAll(journal).lines);
        }
    }

    @Test
    void namesALossAgainWhereAWriterDiedBeforeItWroteThatDown() {
        try (Journal journal = openJournal()) {
            append(journal, "a");
            append(journal, "b");
            append(journal, "c");
        }
        storage.flip(3, 20);
        open(options()).journalOrThrow();
        storage.killWriter();

        OpenOutcome.Opened opened = assertInstanceOf(OpenOutcome.Opened.class, open(options()));

        ReplayEnd.Damaged damaged = assertInstanceOf(ReplayEnd.Damaged.class, opened.found());
        assertEquals(3, damaged.damages().getFirst().fromSequence());
        try (Journal journal = opened.journal()) {
            append(journal, "d");
            assertEquals(List.of("snapshot ", "a", "loss", "d"), readAll(journal).lines);
        }
        OpenOutcome.Opened later = assertInstanceOf(OpenOutcome.Opened.class, open(options()));
        assertInstanceOf(ReplayEnd.Intact.class, later.found());
    }

    @Test
    void namesAFlippedRecordAndGoesOnBeforeIt() {
        try (Journal journal = openJournal()) {
            append(journal, "a");
            append(journal, "b");
            append(journal, "c");
        }
        storage.flip(3, 20);
        OpenOutcome.Opened opened = assertInstanceOf(OpenOutcome.Opened.class, open(options()));
        assertEquals(2, opened.found().lastSequence());
        try (Journal journal = opened.journal()) {
            assertEquals(2, journal.epoch());
            assertEquals(2, journal.lastSequence());
        }
    }

    @Test
    void refusesAppendsWhileTheDiskIsFull() {
        try (Journal journal = openJournal()) {
            append(journal, "a");
            storage.full(true);
            JournalFailure failure = assertThrows(JournalFailure.class, () -> append(journal, "b"));
            assertEquals(JournalFailure.Reason.DISK_FULL, failure.reason());
            assertFalse(failure.isFinal());
            storage.full(false);
            assertEquals(3, append(journal, "c"));
        }
    }
}
