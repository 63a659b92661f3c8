package dev.handoff.replay.verify;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

import dev.handoff.journal.JournalDirectory;
import dev.handoff.journal.JournalReader;
import dev.handoff.replay.JournalPoint;
import dev.handoff.replay.StateAt;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class VerificationTest {

    @TempDir
    private Path directory;

    private static String text(Verdict verdict) {
        return String.join("\n", VerdictText.of(verdict));
    }

    @Test
    void writersFollowEachOther() {
        try (BusyCoordinator coordinator = BusyCoordinator.start(directory)) {
            coordinator.handoff().handoff(false).handoff();
        }
        List<WriterInterval> intervals = new ArrayList<>();
        Verdict verdict = Verification.of(directory, intervals::add);
        assertTrue(verdict.sound(), () -> text(verdict));
        // The third one began and was refused, so the second one took up writing again, and handed on to the fourth.
        assertEquals(List.of(101L, 102L, 103L, 102L, 104L), intervals.stream().map(WriterInterval::pid).toList());
        for (int i = 1; i < intervals.size(); i++) {
            assertTrue(intervals.get(i - 1).to().sequence() < intervals.get(i).from().sequence());
            assertTrue(intervals.get(i - 1).toNs() <= intervals.get(i).fromNs());
        }
        assertTrue(intervals.getLast().open());
        assertEquals("MessageSending Begin", intervals.get(1).from().what());
        assertEquals("MessageSending ResumeAfterAbort", intervals.get(3).from().what());
        assertEquals("MessageReceived SealComplete", intervals.get(3).to().what());
    }

    @Test
    void aLiveJournalIsSoundAtAnyMoment() {
        try (BusyCoordinator coordinator = BusyCoordinator.start(directory)) {
            for (int i = 0; i < 3; i++) {
                coordinator.handoff();
                Verdict verdict = Verification.of(directory);
                assertTrue(verdict.sound(), () -> text(verdict));
                assertEquals(coordinator.records(), verdict.checked().records());
            }
        }
    }

    @Test
    void whatIsKeptOfAJournalIsJudgedFromItsFirstSnapshotOn() throws IOException {
        try (BusyCoordinator coordinator = BusyCoordinator.start(directory)) {
            coordinator.handoff().nextDay().handoff().nextDay().handoff();
        }
        Files.delete(RecordPlaces.files(directory).getFirst());
        Verdict verdict = Verification.of(directory);
        assertEquals(List.of(Rule.BYTES), verdict.findings().stream().map(Finding::rule).toList(), text(verdict));
        assertEquals(1, verdict.checked().snapshots(), "the first one left is where the replay begins");
        assertEquals(2, verdict.checked().requests());
    }

    @Test
    void aRecordThatIsLostKeepsTheRestFromBeingJudgedUntilTheNextSnapshot() throws IOException {
        try (BusyCoordinator coordinator = BusyCoordinator.start(directory)) {
            coordinator.handoff().nextDay().handoff();
        }
        RecordPlaces.Place lost = RecordPlaces.of(RecordPlaces.files(directory).getFirst()).get(20);
        byte[] bytes = Files.readAllBytes(lost.file());
        bytes[lost.position() + 40] ^= 1;
        Files.write(lost.file(), bytes);
        Verdict verdict = Verification.of(directory);
        assertFalse(verdict.sound());
        assertEquals(1, verdict.found(), text(verdict));
        assertTrue(verdict.findings().getFirst().text().startsWith("record 21 lost"), text(verdict));
    }

    @Test
    void theStateIsFoundFromTheNearestFile() {
        long wanted;
        try (BusyCoordinator coordinator = BusyCoordinator.start(directory)) {
            coordinator.handoff().nextDay().handoff();
            wanted = coordinator.records();
            coordinator.nextDay().handoff();
        }
        try (JournalReader reader = JournalDirectory.read(directory)) {
            StateAt.Found found = StateAt.find(reader, Optional.of(new JournalPoint.Sequence(wanted)));
            assertEquals(wanted, found.at().orElseThrow().sequence());
            assertEquals(103, found.json().at("/services/0/state/incumbent/daemon/pid").asLong());
            assertTrue(found.reliable() && found.reached());
        }
    }

    @Test
    void theTextListsWhatWasChecked() {
        try (BusyCoordinator coordinator = BusyCoordinator.start(directory)) {
            coordinator.handoff();
        }
        List<String> lines = VerdictText.of(Verification.of(directory));
        assertTrue(lines.getFirst().startsWith("sound: "), lines.toString());
        assertEquals(10, lines.size(), lines.toString());
        assertTrue(lines.stream().anyMatch(line -> line.contains("gates-before-commit ")), lines.toString());
    }
}
