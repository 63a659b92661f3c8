package dev.handoff.systemtest;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

import dev.handoff.codec.HandoffId;
import dev.handoff.codec.MessageKind;
import dev.handoff.codec.event.DecodedEvent;
import dev.handoff.codec.event.Event;
import dev.handoff.codec.event.EventCodec;
import dev.handoff.codec.record.RecordView;
import dev.handoff.coordinator.control.ControlReply;
import dev.handoff.coordinator.core.Fold;
import dev.handoff.coordinator.core.StateCodec;
import dev.handoff.coordinator.loop.JournalLog;
import dev.handoff.coordinator.loop.Recovery;
import dev.handoff.journal.Journal;
import dev.handoff.journal.JournalDirectory;
import dev.handoff.journal.JournalOptions;
import dev.handoff.journal.JournalReader;
import dev.handoff.journal.ReplayEnd;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The coordinator on a journal on disk: what happened stands there, all of it, and leads to the state that was. */
class JournaledHandoffTest {

    @TempDir
    private Path directory;

    @Test
    void everyMessageAndTimerStandsInTheJournalAndReplaysToTheLiveState() throws Exception {
        JournalOptions options = JournalOptions.of(directory.resolve("journal")).withBlockBytes(1 << 20);
        Fold live = new Fold();
        List<Event> happened;
        HandoffId committed;
        HandoffId rolledBack;
        try (Journal journal = JournalDirectory.open(options).journalOrThrow()) {
            MemoryLog log = new MemoryLog(Optional.of(new JournalLog(journal)));
            try (Rig rig = Rig.of(directory, Rig.ourBinary(directory, "first"),
                    "deadline_secs = 4\ndrain_grace_secs = 3\n", log, live)) {
                ControlReply.SwapEnded swap = rig.swap(Rig.ourBinary(directory, "second"));
                rig.assertCommitted(swap);
                committed = swap.handoffId().orElseThrow();
                int incumbent = rig.awaitServing(0);
                ControlReply.SwapEnded back = rig
                        .swap(Rig.ourBinary(directory, "third", "--hang-at", "successor-after-begin"));
                rig.assertRolledBackAndServing(back, incumbent);
                rolledBack = back.handoffId().orElseThrow();
            }
            happened = log.events();
            Fold replayed = assertInstanceOf(Recovery.Replayed.class,
                    Recovery.replay(journal, new ReplayEnd.Intact(journal.lastSequence()))).past().fold();
            StateCodec states = new StateCodec();
            assertEquals(states.hash(live.state(), live.lastHeard()),
                    states.hash(replayed.state(), replayed.lastHeard()));
            assertEquals(live.state(), replayed.state());
        }

        List<Event> journaled = readBack(options.directory());
        assertEquals(happened, journaled);
        assertEquals(List.of("received HELLO", "sending HELLO_ACK", "received HELLO", "sending HELLO_ACK",
                "sending PREPARE_HANDOFF", "received DRAINED", "sending SEAL_REQUEST", "received SEAL_COMPLETE",
                "sending BEGIN", "received READY", "sending COMMIT"), messages(journaled, committed));
        List<String> withRollback = messages(journaled, rolledBack);
        assertEquals(List.of("sending BEGIN", "sending ABORT", "sending RESUME_AFTER_ABORT"),
                withRollback.stream().filter(
                        word -> word.contains("BEGIN") || word.contains("ABORT")).toList());
        // The deadline, and the heartbeats that were due in the four seconds before it.
        assertTrue(journaled.stream().filter(event -> event instanceof Event.TimerFired).count() >= 4);
        assertTrue(journaled.stream().anyMatch(event -> event instanceof Event.MessageReceived received
                && received.message().kind() == MessageKind.HEARTBEAT));
        assertTrue(journaled.stream().anyMatch(event -> event instanceof Event.MessageSending sending
                && sending.message().kind() == MessageKind.HEARTBEAT));
    }

    /** The events of a journal; its own records are left out, but counted: no sequence may be missing. */
    private static List<Event> readBack(Path journal) {
        List<Event> events = new ArrayList<>();
        List<Long> sequences = new ArrayList<>();
        EventCodec codec = new EventCodec();
        ReplayEnd end;
        try (JournalReader reader = JournalDirectory.read(journal)) {
            end = reader.replay(record -> {
                sequences.add(record.sequence());
                if (!record.isJournalOwn()) {
                    events.add(event(codec, record));
                }
                return true;
            });
        }
        assertEquals(new ReplayEnd.Intact(sequences.size()), end);
        for (int i = 0; i < sequences.size(); i++) {
            assertEquals(i + 1L, sequences.get(i));
        }
        return events;
    }

    private static Event event(EventCodec codec, RecordView record) {
        return assertInstanceOf(DecodedEvent.Intact.class,
                codec.decode(record.kind(), record.timeNs(), record.payload(), 0, record.length())).event();
    }

    /** The control messages of a handoff, in order; what may come any number of times is left out. */
    private static List<String> messages(List<Event> events, HandoffId id) {
        List<String> words = new ArrayList<>();
        for (Event event : events) {
            if (!event.stamp().handoffId().equals(id)) {
                continue;
            }
            if (event instanceof Event.MessageReceived received && counts(received.message().kind())) {
                words.add("received " + received.message().kind());
            } else if (event instanceof Event.MessageSending sending && counts(sending.message().kind())) {
                words.add("sending " + sending.message().kind());
            }
        }
        return words;
    }

    private static boolean counts(MessageKind kind) {
        return kind != MessageKind.HEARTBEAT && kind != MessageKind.SEAL_PROGRESS;
    }
}
