package dev.handoff.replay.verify;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

import dev.handoff.codec.event.Event;
import dev.handoff.coordinator.core.CoordinatorState;
import dev.handoff.coordinator.core.Fold;
import dev.handoff.coordinator.core.LastHeard;
import dev.handoff.coordinator.loop.JournalLog;
import dev.handoff.coordinator.loop.StateSnapshots;
import dev.handoff.journal.JournalOptions;
import dev.handoff.journal.JournalReader;
import dev.handoff.journal.MemoryJournal;
import dev.handoff.replay.LiveJournal;

/** Journals with records as a forger would write them: every checksum right, every sequence dense. */
final class Forged {

    private Forged() {}

    /** The events of a sound journal: a first start, and some handoffs, the second one rolled back. */
    static List<Event> soundEvents(Path directory) {
        try (BusyCoordinator coordinator = BusyCoordinator.start(directory)) {
            coordinator.handoff().handoff(false).handoff();
        }
        return LiveJournal.read(directory).events();
    }

    /** What a verification says of a journal with these events, all of one epoch. */
    static Verdict judge(List<Event> events) {
        return judgeEpochs(List.of(events));
    }

    /** The same for several epochs, one after the other. */
    static Verdict judgeEpochs(List<List<Event>> epochs) {
        MemoryJournal.Storage storage = new MemoryJournal.Storage();
        Fold live = new Fold();
        for (List<Event> events : epochs) {
            StateSnapshots snapshots = new StateSnapshots();
            snapshots.follow(live);
            try (var journal = MemoryJournal.open(storage,
                    JournalOptions.of(Path.of("memory")).withBuild("test").withSnapshots(snapshots)
                            .withClockMs(() -> 1_795_380_000_000L))
                    .journalOrThrow()) {
                JournalLog log = new JournalLog(journal);
                events.forEach(log::append);
            }
        }
        try (JournalReader reader = storage.reader()) {
            return Verification.of(reader, Optional::empty, _ -> {});
        }
    }

    /** A snapshot of a state that the records before it do not lead to. */
    static Verdict judgeSnapshotOf(List<Event> events, CoordinatorState state) {
        MemoryJournal.Storage storage = new MemoryJournal.Storage();
        StateSnapshots snapshots = new StateSnapshots();
        try (var journal = MemoryJournal.open(storage, JournalOptions.of(Path.of("memory")).withBuild("test")
                .withSnapshots(snapshots).withClockMs(() -> 1_795_380_000_000L)).journalOrThrow()) {
            JournalLog log = new JournalLog(journal);
            events.forEach(log::append);
            snapshots.follow(new Fold(state, new LastHeard()));
            journal.snapshot(events.getLast().stamp().timeNs());
        }
        try (JournalReader reader = storage.reader()) {
            return Verification.of(reader, Optional::empty, _ -> {});
        }
    }

    static List<Event> with(List<Event> events, int index, Event... inserted) {
        List<Event> changed = new ArrayList<>(events);
        changed.addAll(index, List.of(inserted));
        return changed;
    }

    static List<Event> without(List<Event> events, int index) {
        List<Event> changed = new ArrayList<>(events);
        changed.remove(index);
        return changed;
    }

    static List<Event> replaced(List<Event> events, int index, Event other) {
        List<Event> changed = new ArrayList<>(events);
        changed.set(index, other);
        return changed;
    }
}
