package dev.handoff.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.stream.Stream;

import dev.handoff.codec.Side;
import dev.handoff.codec.event.EventKind;
import dev.handoff.codec.event.Outcome;
import dev.handoff.coordinator.core.Service;
import dev.handoff.coordinator.core.State;
import dev.handoff.coordinator.loop.Past;
import dev.handoff.coordinator.loop.Recovery;
import dev.handoff.coordinator.loop.Session;
import dev.handoff.journal.Journal;
import dev.handoff.journal.JournalDirectory;
import dev.handoff.journal.JournalOptions;
import dev.handoff.journal.JournalReader;
import dev.handoff.journal.ReplayEnd;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SparePracticeTest {

    @TempDir
    Path directory;

    @Test
    void itsHandoffsGoTheWholeWay() throws Exception {
        Path place = directory.resolve("journal");
        SparePractice.practise(place);
        try (Journal journal = JournalDirectory.open(JournalOptions.of(place)).journalOrThrow();
                JournalReader reader = journal.reader()) {
            Recovery recovery = Recovery.begin();
            long[] ended = new long[1];
            ReplayEnd end = reader.replay(record -> {
                if (record.kind() == EventKind.HANDOFF_ENDED.number()) {
                    ended[0]++;
                }
                return recovery.onRecord(record);
            });
            assertEquals(SparePractice.HANDOFFS, ended[0]);
            Past past = assertInstanceOf(Recovery.Replayed.class, recovery.outcome(journal.id(), end)).past();
            Service service = past.fold().state().services().get(1);
            assertEquals(Outcome.COMMITTED, service.last().outcome());
            assertInstanceOf(State.Serving.class, service.state());
            // The session on which the first incumbent was drained is long over, and no recovery carries it along.
            Session old = new Session(1, 2, Side.INCUMBENT, Session.NO_DESCRIPTOR);
            assertEquals(Optional.empty(), past.streams().resume(old, past.fold().lastHeard(), null));
            assertEquals(0, old.streamOffset());
        }
    }

    @Test
    void leavesNothingBehind() throws Exception {
        Path temporary = Path.of(System.getProperty("java.io.tmpdir"));
        long before = practices(temporary);
        SparePractice.run(directory.resolve("no.toml"));
        assertEquals(before, practices(temporary));
    }

    private static long practices(Path temporary) throws Exception {
        try (Stream<Path> files = Files.list(temporary)) {
            return files.filter(file -> file.getFileName().toString().startsWith("handoff-spare-")).count();
        }
    }
}
