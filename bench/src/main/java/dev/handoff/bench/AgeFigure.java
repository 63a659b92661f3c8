package dev.handoff.bench;

import java.io.IOException;
import java.nio.file.Path;

import dev.handoff.coordinator.core.Fold;
import dev.handoff.coordinator.loop.Recovery;
import dev.handoff.coordinator.loop.StateSnapshots;
import dev.handoff.coordinator.shell.LoopRig;
import dev.handoff.journal.Journal;
import dev.handoff.journal.JournalDirectory;
import dev.handoff.journal.JournalOptions;
import dev.handoff.journal.OpenOutcome;

/** Opening and folding a journal that has its newest snapshot as far back as another, and ten times as much before it. */
final class AgeFigure {

    private static final int SNAPSHOT_EVERY = 20_000;

    private AgeFigure() {}

    static Figure measure(Path scratch, boolean quick) throws IOException {
        try (Scratch directory = new Scratch(scratch)) {
            Path young = directory.path("young");
            Path old = directory.path("old");
            write(young, SNAPSHOT_EVERY * 3 / 2);
            write(old, SNAPSHOT_EVERY * 20 + SNAPSHOT_EVERY / 2);
            Latencies ofYoung = new Latencies();
            Latencies ofOld = new Latencies();
            int rounds = quick ? 30 : 100;
            for (int i = 0; i < rounds; i++) {
                // In turns, and the first half is the JIT's.
                Latencies into = i < rounds / 2 ? new Latencies() : ofYoung;
                into.add(opened(young));
                into = i < rounds / 2 ? new Latencies() : ofOld;
                into.add(opened(old));
            }
            double before = ofYoung.percentileNs(50) / 1e6;
            return ofOld.figure("recovery.aged_journal", "ms", 1.5 * before).with("a tenth of its age", before);
        }
    }

    private static void write(Path journal, long records) throws IOException {
        Fold fold = new Fold();
        StateSnapshots snapshots = new StateSnapshots();
        snapshots.follow(fold);
        try (LoopRig rig = new LoopRig(
                JournalOptions.of(journal).withSnapshotEvery(SNAPSHOT_EVERY).withSnapshots(snapshots), fold, 1)) {
            while (rig.records() < records) {
                ReplayFigure.handoff(rig);
            }
        }
    }

    private static long opened(Path path) {
        long before = System.nanoTime();
        Recovery recovery = Recovery.begin();
        OpenOutcome outcome = JournalDirectory.open(JournalOptions.of(path).withSnapshotEvery(0), () -> recovery);
        try (Journal journal = outcome.journalOrThrow()) {
            if (!(outcome instanceof OpenOutcome.Opened opened
                    && recovery.outcome(journal.id(), opened.found()) instanceof Recovery.Replayed)) {
                throw new IllegalStateException("the journal " + path + " was not understood");
            }
            return System.nanoTime() - before;
        }
    }
}
