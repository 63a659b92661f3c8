package dev.handoff.cli.demo;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;

import dev.handoff.codec.BuildId;
import dev.handoff.codec.Capabilities;
import dev.handoff.codec.Fingerprint;
import dev.handoff.codec.HandoffId;
import dev.handoff.codec.Message;
import dev.handoff.codec.ShardRevisions;
import dev.handoff.codec.Side;
import dev.handoff.codec.event.Event;
import dev.handoff.codec.event.EventCodec;
import dev.handoff.codec.event.EventKind;
import dev.handoff.codec.event.Outcome;
import dev.handoff.codec.event.Stamp;
import dev.handoff.codec.event.TimerKind;
import dev.handoff.journal.Journal;
import dev.handoff.journal.JournalDirectory;
import dev.handoff.journal.JournalOptions;
import org.agrona.ExpandableArrayBuffer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class JournalReviewTest {

    private static final HandoffId ID = HandoffId.parse("0b51cbd2-9d51-4cde-8d3f-1d0d8c1d5b4a");
    private static final long T0 = 1_795_380_000_000_000_000L;
    private static final long STEP_NS = 1_000_000;

    @TempDir
    private Path directory;

    private long nowNs = T0;

    private Stamp next() {
        nowNs += STEP_NS;
        return new Stamp(nowNs, 1, ID);
    }

    private Event received(Side from, Message message) {
        return new Event.MessageReceived(next(), 1, from, 0, 1, message);
    }

    private Event sending(Side to, Message message) {
        return new Event.MessageSending(next(), 1, to, message);
    }

    private static Message hello(Side role) {
        return new Message.Hello(role, 7, BuildId.of(new byte[]{1}), 1, 1, Capabilities.NONE);
    }

    /** A millisecond between any two. */
    private List<Event> committedHandoff() {
        Fingerprint fingerprint = Fingerprint.of(new byte[Fingerprint.BYTES]);
        return new ArrayList<>(List.of(new Event.SwapRequested(next(), 1, 0, 1, "", ""),
                received(Side.INCUMBENT, hello(Side.INCUMBENT)),
                sending(Side.INCUMBENT, new Message.HelloAck(1, ID)),
                received(Side.SUCCESSOR, hello(Side.SUCCESSOR)),
                sending(Side.SUCCESSOR, new Message.HelloAck(1, ID)),
                sending(Side.INCUMBENT, new Message.PrepareHandoff(ID, 8, 60_000, 25_000)),
                received(Side.INCUMBENT, new Message.Heartbeat(1)),
                received(Side.INCUMBENT, new Message.Drained(0, true)),
                sending(Side.INCUMBENT, new Message.SealRequest(ID)),
                received(Side.INCUMBENT, new Message.SealProgress(1, 2, 3)),
                received(Side.INCUMBENT, new Message.SealComplete(ID, ShardRevisions.of(3, 4), fingerprint)),
                sending(Side.SUCCESSOR, new Message.Begin(ID)),
                new Event.TimerFired(next(), TimerKind.HEARTBEAT, nowNs - 1),
                received(Side.SUCCESSOR, new Message.Ready(ID, List.of(), true, ShardRevisions.of(3, 4))),
                sending(Side.INCUMBENT, new Message.Commit(ID)),
                new Event.HandoffEnded(next(), Outcome.COMMITTED, "")));
    }

    private JournalReview review(List<Event> events) {
        return review(directory, events);
    }

    private static JournalReview review(Path directory, List<Event> events) {
        EventCodec codec = new EventCodec();
        ExpandableArrayBuffer payload = new ExpandableArrayBuffer();
        try (Journal journal = JournalDirectory.open(JournalOptions.of(directory).withBlockBytes(1 << 20))
                .journalOrThrow()) {
            for (Event event : events) {
                int length = codec.encode(event, payload, 0);
                journal.append(EventKind.of(event).number(), 0, event.stamp().timeNs(), payload, 0, length);
            }
        }
        return JournalReview.of(directory, Map.of());
    }

    @Test
    void findsNothingWrongWithACommittedHandoff() {
        JournalReview review = review(committedHandoff());
        assertEquals(List.of(), review.problems());
        assertEquals(17, review.records());
        assertEquals(1, review.timers());
        assertEquals(1, review.handoffs());
    }

    @Test
    void phasesAreMeasuredByTheJournalsClock() {
        Phases phases = Phases.of(review(committedHandoff()).trail(ID).orElseThrow());
        assertEquals(
                new Phases(OptionalLong.of(2 * STEP_NS), OptionalLong.of(2 * STEP_NS), OptionalLong.of(2 * STEP_NS),
                        OptionalLong.of(STEP_NS)),
                phases);
    }

    @Test
    void seesThatAMessageIsMissing() {
        for (int i = 0; i < JournalReview.COMMITTED.size(); i++) {
            String missing = JournalReview.COMMITTED.get(i).toString();
            List<Event> events = committedHandoff();
            List<Integer> control = controlMessages(events);
            events.remove((int) control.get(i));
            JournalReview review = review(directory.resolve("case-" + i), events);
            assertEquals(1, review.problems().size(), "without " + missing + ": " + review.problems());
        }
    }

    private static List<Integer> controlMessages(List<Event> events) {
        List<Integer> found = new ArrayList<>();
        for (int i = 0; i < events.size(); i++) {
            boolean received = events.get(i) instanceof Event.MessageReceived e
                    && !(e.message() instanceof Message.Heartbeat) && !(e.message() instanceof Message.SealProgress);
            if (received || events.get(i) instanceof Event.MessageSending) {
                found.add(i);
            }
        }
        return found;
    }

    @Test
    void seesMessagesOutOfOrder() {
        List<Event> events = committedHandoff();
        Event commit = events.remove(14);
        events.add(12, new Event.MessageSending(events.get(11).stamp(), 1, Side.INCUMBENT,
                ((Event.MessageSending) commit).message()));
        List<String> problems = review(events).problems();
        assertEquals(1, problems.size(), problems.toString());
        assertTrue(problems.getFirst().contains("other messages than the protocol's"), problems.toString());
    }

    @Test
    void seesThatTimeGoesBack() {
        List<Event> events = committedHandoff();
        events.set(15, new Event.HandoffEnded(new Stamp(T0, 1, ID), Outcome.COMMITTED, ""));
        assertEquals(List.of("record 17 is older than the one before it"), review(events).problems());
    }

    @Test
    void seesAHandoffWithoutAnEnd() {
        List<Event> events = committedHandoff();
        events.removeLast();
        assertEquals(List.of("handoff " + ID + " has no end"), review(events).problems());
    }

    @Test
    void saysThatThereIsNoJournal() {
        List<String> problems = JournalReview.of(directory.resolve("none"), Map.of()).problems();
        assertEquals(1, problems.size());
        assertTrue(problems.getFirst().startsWith("the journal cannot be read: "), problems.toString());
    }
}
