package dev.handoff.replay.verify;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.Supplier;

import dev.handoff.journal.BesideRecords;
import dev.handoff.journal.JournalDirectory;
import dev.handoff.journal.JournalMark;
import dev.handoff.journal.JournalReader;
import dev.handoff.journal.ReplayEnd;
import dev.handoff.replay.ServiceNames;
import dev.handoff.replay.Shown;

/** Reads a whole journal and judges it, in constant memory. Reads only; one thread. */
public final class Verification {

    private static final At MARK = new At(0, "the high-water mark");

    private Verification() {}

    /** As below, where nobody asks for the intervals. */
    public static Verdict of(Path directory) {
        return of(directory, _ -> {});
    }

    /**
     * Judges the journal in a directory, live, copied or damaged.
     *
     * @param intervals takes each time in which a process was the writer, when it ends
     * @throws dev.handoff.journal.JournalFailure there is none, or it cannot be read on
     */
    public static Verdict of(Path directory, Consumer<WriterInterval> intervals) {
        try (JournalReader reader = JournalDirectory.read(directory)) {
            Verdict verdict = of(reader, () -> BesideRecords.mark(directory), intervals);
            List<String> warnings = new ArrayList<>(verdict.warnings());
            warnings.addAll(BesideRecords.oddities(directory));
            return new Verdict(verdict.checked(), verdict.findings(), verdict.found(), warnings, verdict.asked(),
                    verdict.intervals(), verdict.build(), verdict.end());
        }
    }

    /**
     * Judges what a reader shows from its first record on.
     *
     * @param mark asked once everything was read: so it cannot be behind a live writer
     */
    public static Verdict of(JournalReader reader, Supplier<Optional<JournalMark>> mark,
            Consumer<WriterInterval> intervals) {
        Findings findings = new Findings();
        ServiceNames names = new ServiceNames();
        Examiner examiner = new Examiner(findings, names, one -> intervals.accept(new WriterInterval(
                names.of(one.service()).orElse("-"), one.pid(), one.from(), one.fromNs(), one.to(), one.toNs(),
                one.open())));
        ReplayEnd end = reader.replay(examiner);
        examiner.finish();
        mark.get().ifPresent(known -> compare(known, examiner, findings));
        Map<Rule, Long> asked = new EnumMap<>(Rule.class);
        long writers = 0;
        for (ServiceBook book : examiner.books()) {
            book.rules.asked().forEach((rule, times) -> asked.merge(rule, times, Long::sum));
            writers += book.writers.intervals();
        }
        Checked checked = examiner.tally().checked();
        List<String> warnings = checked.clocksSetBack() == 0
                ? List.of()
                : List.of("the clock was set back between two coordinators, " + checked.clocksSetBack()
                        + " times, by up to " + Shown.duration(checked.furthestBackNs()));
        return new Verdict(checked, findings.kept(), findings.count(), warnings, asked, writers,
                examiner.snapshots().build(), end);
    }

    private static void compare(JournalMark mark, Examiner examiner, Findings findings) {
        if (Integer.compareUnsigned(examiner.epoch(), mark.epoch()) > 0) {
            findings.add(Rule.BEGINNING, examiner.newest(), MARK, "it is of epoch " + examiner.epoch()
                    + ", and no coordinator began one after " + mark.epoch());
        }
        examiner.snapshots().journalId().filter(id -> !id.equals(mark.journalId())).ifPresent(
                id -> findings.add(Rule.SNAPSHOT, examiner.newest(), MARK,
                        "the records are of journal " + id + ", the mark of " + mark.journalId()));
    }
}
