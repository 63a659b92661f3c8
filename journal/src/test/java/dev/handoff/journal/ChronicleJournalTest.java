package dev.handoff.journal;

import java.nio.file.Path;

import org.junit.jupiter.api.io.TempDir;

class ChronicleJournalTest extends JournalContractTest {

    @TempDir
    Path temporary;

    @Override
    OpenOutcome open(JournalOptions options) {
        return JournalDirectory.open(options);
    }

    /** What a dead process leaves is what a closed one does, save the locks: the lock table still says it is held. */
    @Override
    void abandon(Journal journal) {
        journal.close();
    }

    @Override
    JournalOptions options() {
        return usual(JournalOptions.of(temporary.resolve("journal")));
    }
}
