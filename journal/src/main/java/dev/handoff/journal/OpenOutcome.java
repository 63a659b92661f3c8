package dev.handoff.journal;

import java.nio.file.Path;
import java.util.Optional;

/** What came of opening a journal for writing. */
public sealed interface OpenOutcome {

    /**
     * The journal is open and clean to append to.
     *
     * @param found
     *            how it was found: when {@link ReplayEnd.Damaged}, the journal goes on from what was intact, and the records
     *            named there are lost
     * @param setAside
     *            the directory that holds the damaged files, untouched
     */
    record Opened(Journal journal, ReplayEnd found, Optional<Path> setAside) implements OpenOutcome {}

    /** Nothing was changed. The failure says what, where, and what to do. */
    record Refused(JournalFailure failure) implements OpenOutcome {}

    /** The journal, for callers to whom a refusal or damage needs no answer of its own: benches and tests. */
    default Journal journalOrThrow() {
        return switch (this) {
            case Opened opened -> opened.journal();
            case Refused refused -> throw refused.failure();
        };
    }
}
