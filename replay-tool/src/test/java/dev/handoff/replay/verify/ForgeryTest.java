package dev.handoff.replay.verify;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Predicate;
import java.util.stream.Collectors;

import dev.handoff.codec.HandoffId;
import dev.handoff.codec.Message;
import dev.handoff.codec.ShardRevisions;
import dev.handoff.codec.Side;
import dev.handoff.codec.event.Event;
import dev.handoff.codec.event.EventKind;
import dev.handoff.codec.event.ExitStatus;
import dev.handoff.codec.event.Found;
import dev.handoff.codec.event.Gate;
import dev.handoff.codec.event.Outcome;
import dev.handoff.codec.event.ServicePolicy;
import dev.handoff.codec.event.Stamp;
import dev.handoff.codec.event.TimerKind;
import dev.handoff.coordinator.core.CoordinatorState;
import dev.handoff.coordinator.core.Fold;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Records with a good checksum and an impossible content. */
class ForgeryTest {

    private static List<Event> sound;

    @BeforeAll
    static void writeASoundJournal(@TempDir Path directory) {
        sound = Forged.soundEvents(directory);
    }

    private static int index(Predicate<Event> which) {
        for (int i = 0; i < sound.size(); i++) {
            if (which.test(sound.get(i))) {
                return i;
            }
        }
        throw new AssertionError("no such event");
    }

    private static int received(Class<? extends Message> message) {
        return index(event -> event instanceof Event.MessageReceived e && message.isInstance(e.message()));
    }

    private static int sending(Class<? extends Message> message) {
        return index(event -> event instanceof Event.MessageSending e && message.isInstance(e.message()));
    }

    private static int kind(EventKind kind) {
        return index(event -> EventKind.of(event) == kind);
    }

    /** The stamp of the event at this index: whatever is inserted there gets it. */
    private static Stamp stamp(int index) {
        return sound.get(index).stamp();
    }

    /** The first finding is of this rule, and about the record that was forged: its index, and the snapshot before all. */
    private static void assertFound(Rule rule, int index, List<Event> forged) {
        Verdict verdict = Forged.judge(forged);
        assertFalse(verdict.sound());
        Finding first = verdict.findings().getFirst();
        assertEquals(rule, first.rule(), first.toString());
        assertEquals(index + 2, first.at().sequence(), first.toString());
        assertTrue(first.against().isPresent(), first.toString());
    }

    private static Set<Rule> rules(List<Event> forged) {
        return Forged.judge(forged).findings().stream().map(Finding::rule).collect(Collectors.toSet());
    }

    @Test
    void whatIsNotForgedIsSound() {
        Verdict verdict = Forged.judge(sound);
        assertTrue(verdict.sound(), () -> String.join("\n", VerdictText.of(verdict)));
        assertEquals(2, verdict.checked().ends(Outcome.COMMITTED));
        assertEquals(1, verdict.checked().ends(Outcome.ROLLED_BACK));
        assertEquals(5, verdict.intervals(), "three daemons, one that began in vain, and the incumbent again");
    }

    @Test
    void aJournalMayEndAnywhere() {
        for (int end = 0; end <= sound.size(); end++) {
            Verdict verdict = Forged.judge(sound.subList(0, end));
            assertTrue(verdict.sound(), () -> String.join("\n", VerdictText.of(verdict)));
        }
    }

    @Test
    void aCommitThatWasNeverOrderedIsFound() {
        int drained = received(Message.Drained.class);
        Event.MessageReceived e = (Event.MessageReceived) sound.get(drained);
        List<Event> forged = Forged.with(sound, drained,
                new Event.MessageSending(e.stamp(), e.session(), Side.INCUMBENT,
                        new Message.Commit(e.stamp().handoffId())));
        assertFound(Rule.ORDERED, drained, forged);
        assertTrue(rules(forged).containsAll(Set.of(Rule.SEAL_BEFORE_COMMIT, Rule.GATES_BEFORE_COMMIT)));
    }

    @Test
    void aMessageThatWasOrderedOtherwiseIsFound() {
        int prepare = sending(Message.PrepareHandoff.class);
        Event.MessageSending e = (Event.MessageSending) sound.get(prepare);
        Message.PrepareHandoff m = (Message.PrepareHandoff) e.message();
        assertFound(Rule.ORDERED, prepare, Forged.replaced(sound, prepare, new Event.MessageSending(e.stamp(),
                e.session(), e.to(), new Message.PrepareHandoff(m.handoffId(), m.successorPid(), m.deadlineMs() + 1,
                        m.drainGraceMs()))));
        assertFound(Rule.ORDERED, prepare, Forged.replaced(sound, prepare,
                new Event.MessageSending(e.stamp(), e.session() + 1, e.to(), m)));
    }

    @Test
    void aMessageThatIsMissingIsFoundWhereItWasDue() {
        int seal = sending(Message.SealRequest.class);
        assertFound(Rule.ORDERED, seal, Forged.without(sound, seal));
    }

    @Test
    void aReadyWithoutASessionIsFound() {
        int begin = sending(Message.Begin.class) + 1;
        assertFound(Rule.SESSION, begin, Forged.with(sound, begin, new Event.MessageReceived(stamp(begin), 99,
                Side.SUCCESSOR, 0, 1, new Message.Ready(stamp(begin).handoffId(), List.of(), true,
                        ShardRevisions.of(1)))));
    }

    @Test
    void aGapInAStreamIsFound() {
        int drained = received(Message.Drained.class);
        Event.MessageReceived e = (Event.MessageReceived) sound.get(drained);
        assertFound(Rule.SESSION, drained, Forged.replaced(sound, drained, new Event.MessageReceived(e.stamp(),
                e.session(), e.from(), e.streamOffset() + 1, e.protoVersion(), e.message())));
    }

    @Test
    void timeThatGoesBackIsFound() {
        int drained = received(Message.Drained.class);
        Event.MessageReceived e = (Event.MessageReceived) sound.get(drained);
        Stamp earlier = new Stamp(e.stamp().timeNs() - 1_000_000_000, e.stamp().service(), e.stamp().handoffId());
        List<Event> forged = Forged.replaced(sound, drained, new Event.MessageReceived(earlier, e.session(), e.from(),
                e.streamOffset(), e.protoVersion(), e.message()));
        assertFound(Rule.TIME, drained, forged);
    }

    @Test
    void anotherHandoffsNameIsFound() {
        int drained = received(Message.Drained.class);
        Event.MessageReceived e = (Event.MessageReceived) sound.get(drained);
        Stamp other = new Stamp(e.stamp().timeNs(), e.stamp().service(), new HandoffId(7, 7));
        assertFound(Rule.STAMP, drained, Forged.replaced(sound, drained, new Event.MessageReceived(other, e.session(),
                e.from(), e.streamOffset(), e.protoVersion(), e.message())));
        Stamp nobody = new Stamp(e.stamp().timeNs(), 9, HandoffId.NONE);
        assertFound(Rule.STAMP, drained, Forged.with(sound, drained, new Event.LockSeen(nobody, 1)));
    }

    @Test
    void aSecondSealIsFound() {
        int complete = received(Message.SealComplete.class);
        int begin = sending(Message.Begin.class);
        Event.MessageReceived e = (Event.MessageReceived) sound.get(complete);
        Message.SealComplete m = (Message.SealComplete) e.message();
        int length = 4 + 2 + 1 + 17 + 1 + 4 * 2 + 32;
        Event second = new Event.MessageReceived(stamp(begin), e.session(), e.from(), e.streamOffset() + length, 1, m);
        assertTrue(rules(Forged.with(sound, begin + 1, second)).contains(Rule.SEALED_ONCE));
    }

    @Test
    void whatNobodyAskedForIsFound() {
        int drained = received(Message.Drained.class);
        Stamp at = stamp(drained);
        assertFound(Rule.ANSWER, drained, Forged.with(sound, drained, new Event.LockSeen(at, 1)));
        assertFound(Rule.ANSWER, drained, Forged.with(sound, drained, new Event.FencePassed(at, 2)));
        assertFound(Rule.ANSWER, drained, Forged.with(sound, drained, new Event.ConnectFailed(at, 2, 111, "no")));
        assertFound(Rule.ANSWER, drained, Forged.with(sound, drained, new Event.Spawned(at, Side.SUCCESSOR, 9, 9)));
        assertFound(Rule.ANSWER, drained, Forged.with(sound, drained, new Event.BinaryRejected(at, "no")));
        assertFound(Rule.TIMER, drained, Forged.with(sound, drained,
                new Event.TimerFired(at, TimerKind.DRAIN, at.timeNs() - 1)));
        assertFound(Rule.PROCESS, drained, Forged.with(sound, drained,
                new Event.ProcessExited(at, 4711, new ExitStatus.Exited(0))));
        assertFound(Rule.STAMP, drained, Forged.with(sound, drained, new Event.AbortRequested(at, 1, 0, 1)));
    }

    @Test
    void anotherProcessBehindTheSocketIsFound() {
        int connected = kind(EventKind.SESSION_CONNECTED);
        Event.SessionConnected e = (Event.SessionConnected) sound.get(connected);
        assertFound(Rule.ANSWER, connected, Forged.replaced(sound, connected,
                new Event.SessionConnected(e.stamp(), e.session(), e.peerPid() + 1)));
    }

    @Test
    void aTimerBeforeItsTimeIsFound() {
        int prepare = sending(Message.PrepareHandoff.class) + 1;
        long sentNs = sound.get(received(Message.Hello.class)).stamp().timeNs();
        Fold fold = new Fold();
        for (Event event : sound.subList(0, prepare)) {
            var _ = fold.apply(event);
        }
        long dueNs = fold.state().services().get(1).timers().get(TimerKind.DRAIN);
        assertTrue(dueNs > sentNs);
        assertFound(Rule.TIMER, prepare,
                Forged.with(sound, prepare, new Event.TimerFired(stamp(prepare), TimerKind.DRAIN, dueNs)));
    }

    @Test
    void aGateThatSaysOtherwiseIsFound() {
        int judged = kind(EventKind.GATE_JUDGED);
        Event.GateJudged e = (Event.GateJudged) sound.get(judged);
        assertFound(Rule.ORDERED, judged, Forged.replaced(sound, judged, new Event.GateJudged(e.stamp(), e.gate(),
                dev.handoff.codec.event.Verdict.FAILED, e.detail())));
        assertTrue(rules(Forged.replaced(sound, judged, new Event.GateJudged(e.stamp(), Gate.HEALTH,
                dev.handoff.codec.event.Verdict.FAILED, ""))).contains(Rule.GATE));
    }

    @Test
    void aSecondEndIsFound() {
        int ended = kind(EventKind.HANDOFF_ENDED);
        List<Event> forged = Forged.with(sound, ended + 1, sound.get(ended));
        assertFound(Rule.ORDERED, ended + 1, forged);
        assertTrue(rules(forged).contains(Rule.ONE_END));
    }

    @Test
    void aStartInTheMiddleIsFound() {
        int drained = received(Message.Drained.class);
        long atNs = stamp(drained).timeNs();
        assertFound(Rule.BEGINNING, drained, Forged.with(sound, drained,
                new Event.CoordinatorStarted(Stamp.ofCoordinator(atNs), 5, "b", "boot")));
        assertFound(Rule.BEGINNING, drained, Forged.with(sound, drained,
                new Event.CoordinatorRestarted(Stamp.ofCoordinator(atNs), 5, "b", "boot", "", List.of())));
        assertFound(Rule.BEGINNING, drained, Forged.with(sound, drained, new Event.ServiceConfigured(
                new Stamp(atNs, 1, stamp(drained).handoffId()), "kv", "/opt/kv", ServicePolicy.DEFAULT, true)));
    }

    private static Verdict takenOver(Found found, Event... after) {
        long atNs = sound.getLast().stamp().timeNs() + 1_000_000;
        List<Event> second = new ArrayList<>();
        second.add(new Event.ServiceConfigured(new Stamp(atNs, 1, HandoffId.NONE), "kv", "/opt/kv",
                ServicePolicy.DEFAULT, true));
        second.add(new Event.CoordinatorRestarted(Stamp.ofCoordinator(atNs), 5, "b", "boot", "", List.of(found)));
        second.addAll(List.of(after));
        return Forged.judgeEpochs(List.of(sound, second));
    }

    @Test
    void aTakingOverThatFindsWhatNeverWasIsFound() {
        assertTrue(takenOver(Found.nothing(1)).sound());
        for (Found found : List.of(new Found(1, List.of(77L), List.of(), 0, 0, 0, 0),
                new Found(1, List.of(), List.of(4711L), 0, 0, 0, 0), new Found(1, List.of(), List.of(), 9, 9, 0, 0),
                Found.nothing(2))) {
            Verdict verdict = takenOver(found);
            assertFalse(verdict.sound(), found.toString());
            assertEquals(Rule.BEGINNING, verdict.findings().getFirst().rule());
        }
    }

    @Test
    void anEpochThatBeginsInItsMiddleIsFound() {
        Stamp at = new Stamp(sound.getLast().stamp().timeNs() + 1, 1, HandoffId.NONE);
        Verdict verdict = Forged.judgeEpochs(List.of(sound, List.of(new Event.LockSeen(at, 1))));
        assertEquals(Rule.BEGINNING, verdict.findings().getFirst().rule());
        assertFalse(Forged.judgeEpochs(List.of(sound, sound)).sound());
    }

    @Test
    void whatIsDeadMustBeToldBeforeAnythingElse() {
        int ready = received(Message.Ready.class);
        List<Event> first = sound.subList(0, ready);
        long atNs = stamp(ready).timeNs();
        HandoffId id = stamp(ready).handoffId();
        Event.ServiceConfigured told = (Event.ServiceConfigured) sound.get(kind(EventKind.SERVICE_CONFIGURED));
        List<Event> second = List.of(
                new Event.ServiceConfigured(new Stamp(atNs, 1, id), told.name(), told.binary(), told.policy(), true),
                new Event.CoordinatorRestarted(Stamp.ofCoordinator(atNs), 5, "b", "boot", "",
                        List.of(Found.nothing(1))),
                new Event.AbortRequested(new Stamp(atNs, 1, id), 1, 0, 1));
        Verdict verdict = Forged.judgeEpochs(List.of(first, second));
        assertEquals(Rule.BEGINNING, verdict.findings().getFirst().rule());
        assertEquals("AbortRequested", verdict.findings().getFirst().at().what());
    }

    @Test
    void aClockThatWasSetBackBetweenCoordinatorsIsAWarning() {
        long atNs = sound.getFirst().stamp().timeNs();
        Verdict verdict = Forged.judgeEpochs(List.of(sound, List.of(new Event.ServiceConfigured(
                new Stamp(atNs, 1, HandoffId.NONE), "kv", "/opt/kv", ServicePolicy.DEFAULT, true))));
        assertTrue(verdict.sound(), () -> String.join("\n", VerdictText.of(verdict)));
        assertEquals(1, verdict.warnings().size());
    }

    @Test
    void aSnapshotOfAnotherStateIsFound() {
        Verdict verdict = Forged.judgeSnapshotOf(sound, CoordinatorState.EMPTY);
        assertEquals(List.of(Rule.SNAPSHOT), verdict.findings().stream().map(Finding::rule).toList());
    }

    private static String shown(Event event) {
        return At.of(0, event).what();
    }

    /** Heartbeats and the like may be one fewer at a journal's end only: before it, their bytes are missed. */
    @Test
    void noRecordCanBeTakenOut() {
        Set<String> unnoticed = new TreeSet<>();
        for (int i = 0; i < sound.size() - 1; i++) {
            if (Forged.judge(Forged.without(sound, i)).sound()) {
                unnoticed.add(shown(sound.get(i)));
            }
        }
        // An old incumbent may take its time to exit, and that nobody minds is what a handoff is for.
        assertEquals(Set.of("ProcessExited"), unnoticed);
    }

    @Test
    void noRecordCanStandTwice() {
        Set<String> unnoticed = new TreeSet<>();
        for (int i = 0; i < sound.size(); i++) {
            if (Forged.judge(Forged.with(sound, i, sound.get(i))).sound()) {
                unnoticed.add(shown(sound.get(i)));
            }
        }
        assertEquals(Set.of(), unnoticed);
    }

    /** Times stay where they were, so that the order alone tells. */
    @Test
    void noTwoRecordsCanChangePlaces() {
        Set<String> unnoticed = new TreeSet<>();
        for (int i = 0; i < sound.size() - 1; i++) {
            Event one = sound.get(i);
            Event other = sound.get(i + 1);
            List<Event> swapped = Forged.replaced(Forged.replaced(sound, i, Restamped.at(other, one.stamp().timeNs())),
                    i + 1, Restamped.at(one, other.stamp().timeNs()));
            if (Forged.judge(swapped).sound()) {
                unnoticed.add(shown(one) + ", " + shown(other));
            }
        }
        assertEquals(Set.of(), unnoticed);
    }
}
