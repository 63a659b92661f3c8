package dev.handoff.bench;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

import dev.handoff.codec.event.DecodedEvent;
import dev.handoff.codec.event.Event;
import dev.handoff.codec.event.EventCodec;
import dev.handoff.coordinator.core.Fold;
import dev.handoff.coordinator.shell.LoopRig;
import dev.handoff.journal.JournalDirectory;
import dev.handoff.journal.JournalReader;

/** The core alone: the events of whole handoffs, decoded beforehand, each applied to the state. */
final class CoreFigure {

    private static final int HANDOFFS = 200;

    private CoreFigure() {}

    /** Of whole handoffs, in their order. */
    static List<Event> events(Path scratch) throws IOException {
        List<Event> events = new ArrayList<>();
        try (Scratch directory = new Scratch(scratch)) {
            Path journal = directory.path("journal");
            try (LoopRig rig = new LoopRig(journal, 1)) {
                for (int i = 0; i < HANDOFFS; i++) {
                    ReplayFigure.handoff(rig);
                }
            }
            EventCodec codec = new EventCodec();
            try (JournalReader reader = JournalDirectory.read(journal)) {
                reader.replay(record -> {
                    if (!record.isJournalOwn() && codec.decode(record.kind(), record.timeNs(), record.payload(), 0,
                            record.length()) instanceof DecodedEvent.Intact(Event event)) {
                        events.add(event);
                    }
                    return true;
                });
            }
        }
        return events;
    }

    static void run(Results results, Path scratch, boolean quick) throws IOException {
        List<Event> events = events(scratch);
        Latencies perEvent = new Latencies();
        int rounds = quick ? 400 : 4_000;
        long steps = 0;
        for (int round = 0; round < rounds; round++) {
            Fold fold = new Fold();
            long before = System.nanoTime();
            for (Event event : events) {
                fold.apply(event);
            }
            long ns = System.nanoTime() - before;
            steps += fold.state().services().size();
            if (round >= rounds / 2) {
                perEvent.add(ns / events.size());
            }
        }
        if (steps != rounds) {
            throw new IllegalStateException("the events did not lead to one service");
        }
        // The mean over some thousand events of each round; the distribution is over the rounds.
        results.add(perEvent.figure("core.step", "ns", 0).unbudgeted());
    }
}
