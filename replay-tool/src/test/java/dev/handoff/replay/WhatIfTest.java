package dev.handoff.replay;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.function.UnaryOperator;

import dev.handoff.codec.Message;
import dev.handoff.codec.event.Event;
import dev.handoff.codec.event.ExitStatus;
import dev.handoff.codec.event.Outcome;
import dev.handoff.codec.event.ServicePolicy;
import dev.handoff.codec.event.Stamp;
import dev.handoff.codec.event.TimerKind;
import dev.handoff.journal.JournalDirectory;
import dev.handoff.journal.JournalReader;
import dev.handoff.replay.Alternative.Course;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class WhatIfTest {

    private static final ServicePolicy GATED = new ServicePolicy(25_000, 60_000, 5_000, 60_000, 30_000, 1_000, 100, 10,
            true, false);

    @TempDir
    private Path directory;

    /** The journal's only handoff under these settings, and under the same once more as text if it is to be seen. */
    private Alternative whatIf(String... settings) {
        UnaryOperator<ServicePolicy> change = policy -> {
            ServicePolicy changed = policy;
            for (String setting : settings) {
                String[] parts = setting.split("=", 2);
                changed = PolicyKey.of(parts[0]).orElseThrow().with(changed, parts[1]).orElseThrow();
            }
            return changed;
        };
        try (JournalReader reader = JournalDirectory.read(directory)) {
            HandoffStories.Found.One found = assertInstanceOf(HandoffStories.Found.One.class,
                    HandoffStories.find(reader, Enacted.FIRST.toString()).found());
            return WhatIf.run(reader, HandoffStories.tell(reader, found.summary()), change);
        }
    }

    private Enacted serving(ServicePolicy policy) {
        return Enacted.serving(directory, policy);
    }

    /** Up to PrepareHandoff, which is sent 2 s after the request. */
    private static Enacted prepared(Enacted enacted) {
        return enacted.at(1_000).swap(Enacted.FIRST, "/opt/kv/1").greet(101).at(3_000).warm("build-1");
    }

    private void drainFor3Seconds() {
        try (Enacted enacted = serving(Enacted.POLICY)) {
            prepared(enacted).at(6_000).drained().at(6_020).sealed(1, 2).at(6_040).ready(true, 1, 2).at(16_000)
                    .exited(100, new ExitStatus.Exited(0));
        }
    }

    @Test
    void aShorterGraceRollsALongDrainBack() {
        drainFor3Seconds();
        Alternative alternative = whatIf("drain_grace_secs=1");
        Course.RollsBack back = assertInstanceOf(Course.RollsBack.class, alternative.course());
        assertEquals("the drain took longer than 1000 ms", back.reason());
        assertEquals(Enacted.T0 + 5_000_000_000L, back.fromNs(), "1 s of grace and 1 s for the reply");
        Golden.check("what-if-drain.txt", AlternativeText.of(alternative));
        Golden.check("what-if-drain.json", List.of(AlternativeText.toJson(alternative).toString()));
    }

    @Test
    void aGraceThatIsLongEnoughChangesNothing() {
        drainFor3Seconds();
        Alternative alternative = whatIf("drain_grace_secs=2.5");
        assertEquals(Optional.empty(), alternative.parting());
        assertEquals(new Course.Same(), alternative.course());
        Golden.check("what-if-same.txt", AlternativeText.of(alternative));
    }

    @Test
    void aShorterDeadlineEndsItWhereverItIs() {
        drainFor3Seconds();
        Course.RollsBack back = assertInstanceOf(Course.RollsBack.class, whatIf("deadline_secs=3").course());
        assertEquals("the handoff took longer than 3000 ms, in AwaitingDrained", back.reason());
    }

    @Test
    void aLongerGraceForADrainThatWasCutShortIsNotKnowable() {
        try (Enacted enacted = serving(new ServicePolicy(2_000, 60_000, 5_000, 60_000, 30_000, 1_000, 100, 10, false,
                false))) {
            prepared(enacted).fire(TimerKind.DRAIN).exited(101, new ExitStatus.Signaled(15)).at(6_500).fencePassed();
        }
        Alternative alternative = whatIf("drain_grace_secs=10");
        assertInstanceOf(Course.NotKnowable.class, alternative.course());
        Golden.check("what-if-not-knowable.txt", AlternativeText.of(alternative));
        assertEquals("not_knowable", AlternativeText.toJson(alternative).get("outcome").asText());
    }

    @Test
    void whatAPeerDidThatWasToldOtherwiseDoesNotCount() {
        try (Enacted enacted = serving(new ServicePolicy(2_000, 60_000, 5_000, 60_000, 30_000, 1_000, 100, 10, false,
                false))) {
            // The successor, told to stop, says a word out of order, hangs up and ends; then the incumbent drains after all.
            prepared(enacted).fire(TimerKind.DRAIN).ready(true, 1, 2).successorHangsUp().at(6_300).drained()
                    .exited(101, new ExitStatus.Exited(1)).fencePassed();
        }
        Course.NotKnowable not = assertInstanceOf(Course.NotKnowable.class, whatIf("drain_grace_secs=10").course());
        assertTrue(not.why().contains("in phase seal for the incumbent"), not.why());
    }

    @Test
    void whatNobodyHeardOfAPeerThatWasToldOtherwiseIsNoSilence() {
        try (Enacted enacted = serving(new ServicePolicy(2_000, 60_000, 5_000, 60_000, 30_000, 1_000, 100, 10, false,
                false)).withHeartbeats()) {
            // It takes 6 s to end, and the incumbent is heard all the time.
            prepared(enacted).fire(TimerKind.DRAIN);
            for (int ms = 5_500; ms < 11_000; ms += 1_000) {
                enacted.at(ms).incumbent(new Message.Heartbeat(ms));
            }
            enacted.at(11_000).exited(101, new ExitStatus.Exited(1)).at(11_500).fencePassed();
        }
        Course.NotKnowable not = assertInstanceOf(Course.NotKnowable.class, whatIf("drain_grace_secs=20").course());
        assertTrue(not.why().contains("in phase drain for the incumbent"), not.why());
    }

    @Test
    void aTimerThatTheLoopWasTooLateForStaysOvertaken() {
        try (Enacted enacted = serving(Enacted.POLICY)) {
            enacted.at(1_000).swap(Enacted.FIRST, "/opt/kv/1").greet(101).at(7_000).warm("build-1").at(7_020).drained()
                    .at(7_040).sealed(1, 2).at(7_060).ready(true, 1, 2);
        }
        assertEquals(new Course.Same(), whatIf("deadline_secs=20").course());
    }

    @Test
    void aLaterCoordinatorKeepsToTheOtherPolicy() {
        try (Enacted enacted = serving(GATED)) {
            prepared(enacted).at(3_020).drained().at(4_000).takenOver(2L, 3L).sealed(1, 2).ready(true, 1, 2).at(4_001)
                    .lockSeen(101);
        }
        Alternative alternative = whatIf("lock_gate=false");
        assertEquals(List.of("ask the kernel who holds the lock"), alternative.parting().orElseThrow().decided());
    }

    @Test
    void anAnswerThatCameBeforeAnybodyWasToldOtherwiseStillCounts() {
        try (Enacted enacted = serving(new ServicePolicy(2_000, 60_000, 5_000, 60_000, 30_000, 1_000, 100, 10, false,
                false))) {
            // The successor is slow to die, and the incumbent drains before it is told to stop.
            prepared(enacted).fire(TimerKind.DRAIN).at(6_300).drained().fire(TimerKind.KILL)
                    .exited(101, new ExitStatus.Signaled(9)).fencePassed();
        }
        Alternative alternative = whatIf("drain_grace_secs=10");
        Course.NotKnowable not = assertInstanceOf(Course.NotKnowable.class, alternative.course());
        assertTrue(not.why().contains("in phase seal for the incumbent"), not.why());
    }

    @Test
    void withoutTheLockGateItCommitsWhereTheGateFailed() {
        try (Enacted enacted = serving(GATED)) {
            prepared(enacted).at(3_020).drained().at(3_040).sealed(1, 2).at(3_060).ready(true, 1, 2).at(3_061)
                    .lockSeen(0)
                    .exited(101, new ExitStatus.Signaled(15)).fencePassed();
        }
        Alternative alternative = whatIf("lock_gate=false");
        Course.Ended ended = assertInstanceOf(Course.Ended.class, alternative.course());
        assertEquals(Outcome.COMMITTED, ended.outcome());
        Golden.check("what-if-lock-gate.txt", AlternativeText.of(alternative));
    }

    @Test
    void whatTheKernelWouldHaveSaidOfTheLockIsNotKnowable() {
        try (Enacted enacted = serving(Enacted.POLICY)) {
            enacted.commits(Enacted.FIRST, 1_000, 101, "build-1");
        }
        Course.NotKnowable not = assertInstanceOf(Course.NotKnowable.class, whatIf("lock_gate=true").course());
        assertTrue(not.why().contains("no LockSeen is in the journal"), not.why());
    }

    @Test
    void theOldProcessWouldHaveBeenAskedToEndEarlier() {
        drainFor3Seconds();
        Alternative alternative = whatIf("exit_secs=2");
        Alternative.Parting parting = alternative.parting().orElseThrow();
        assertEquals(List.of("send SIGTERM to the incumbent"), parting.wouldHave());
        Course.Ended ended = assertInstanceOf(Course.Ended.class, alternative.course());
        assertEquals(Outcome.COMMITTED, ended.outcome());
    }

    @Test
    void aTimerThatCameDueWhileNobodySteeredWaitsForWhatLayOnTheSockets() {
        try (Enacted enacted = serving(Enacted.POLICY)) {
            prepared(enacted).at(3_020).drained().at(9_000).takenOver(2L, 3L).sealed(1, 2).ready(true, 1, 2);
        }
        assertEquals(new Course.Same(), whatIf("deadline_secs=5").course(),
                "it was ready when its coordinator came back");
        assertInstanceOf(Course.RollsBack.class, whatIf("deadline_secs=1").course(), "it was over before it died");
    }

    @Test
    void theBudgetsThatTheIncumbentWasToldAreNoted() {
        drainFor3Seconds();
        List<String> notes = whatIf("deadline_secs=30", "drain_grace_secs=20").notes();
        assertEquals(1, notes.size());
        assertTrue(notes.getFirst().contains("drain_grace_ms 20000, deadline_ms 28000 instead of 25000 and 58000"),
                notes.getFirst());
    }

    @Test
    void whereTheJournalsBeginningIsLostNothingIsKnowable() {
        try (SampleJournal journal = SampleJournal.create(directory)) {
            journal.appendRaw(120, Enacted.T0, 0);
            journal.append(new Event.SwapRequested(
                    new Stamp(Enacted.T0 + 1, 1, Enacted.FIRST), 5, 1000, 43, "", ""));
        }
        assertInstanceOf(Course.NotKnowable.class, whatIf("exit_secs=2").course());
    }

    @Test
    void valuesAreTakenAsTheConfigurationTakesThem() {
        ServicePolicy policy = ServicePolicy.DEFAULT;
        for (PolicyKey key : PolicyKey.values()) {
            assertEquals(Optional.of(policy), key.with(policy, key.shown(policy)), key.key());
            assertEquals(Optional.empty(), key.with(policy, "x"));
            assertEquals(Optional.empty(), key.with(policy, "-1"));
            assertEquals(Optional.empty(), key.with(policy, "86401"));
        }
        assertEquals(1_500, PolicyKey.EXIT_SECS.with(policy, "1.5").orElseThrow().exitMs());
        assertEquals(Optional.empty(), PolicyKey.DEADLINE_SECS.with(policy, "0.5"));
        assertEquals("1.5", PolicyKey.EXIT_SECS.shown(PolicyKey.EXIT_SECS.with(policy, "1.50").orElseThrow()));
    }
}
