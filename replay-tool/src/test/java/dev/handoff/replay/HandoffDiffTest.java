package dev.handoff.replay;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

import dev.handoff.codec.HandoffId;
import dev.handoff.codec.Message;
import dev.handoff.codec.event.Event;
import dev.handoff.codec.event.ExitStatus;
import dev.handoff.codec.event.ServicePolicy;
import dev.handoff.codec.event.Stamp;
import dev.handoff.codec.event.TimerKind;
import dev.handoff.journal.JournalDirectory;
import dev.handoff.journal.JournalReader;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class HandoffDiffTest {

    @TempDir
    private Path directory;

    private static HandoffStory story(JournalReader reader, HandoffId id) {
        HandoffStories.Found.One found = assertInstanceOf(HandoffStories.Found.One.class,
                HandoffStories.find(reader, id.toString()).found());
        return HandoffStories.tell(reader, found.summary());
    }

    private HandoffDiff diff(HandoffId a, HandoffId b) {
        try (JournalReader reader = JournalDirectory.read(directory)) {
            HandoffStory first = story(reader, a);
            reader.seek(0);
            return HandoffDiff.of(first, story(reader, b));
        }
    }

    /** The first commits; the second, under another grace, drains for too long. */
    private void commitThenRollBack() {
        try (Enacted enacted = Enacted.serving(directory, Enacted.POLICY)) {
            enacted.commits(Enacted.FIRST, 1_000, 101, "build-1").at(9_000)
                    .happened(new Event.ServiceConfigured(new Stamp(Enacted.T0 + 9_000_000_000L, 1, HandoffId.NONE),
                            "kv",
                            "/opt/kv/0", new ServicePolicy(2_000, 60_000, 5_000, 60_000, 30_000, 1_000, 100, 10, false,
                                    false),
                            false));
            enacted.at(10_000).swap(Enacted.SECOND, "/opt/kv/build-2").greet(102).at(12_500).warm("build-2")
                    .fire(TimerKind.DRAIN).exited(102, new ExitStatus.Signaled(15)).at(15_900).fencePassed();
        }
    }

    @Test
    void namesTheFirstDecisionThatDiffersAndWhatLedToIt() {
        commitThenRollBack();
        HandoffDiff diff = diff(Enacted.FIRST, Enacted.SECOND);
        Golden.check("diff.txt", DiffText.of(diff));
        Golden.check("diff.json", DiffText.toJson(diff).toPrettyString() + "\n");
        assertTrue(DiffText.of(diff).stream().allMatch(line -> line.length() <= 120));
    }

    @Test
    void findsNoDifferenceBetweenTwoThatWentAlike() {
        try (Enacted enacted = Enacted.serving(directory, Enacted.POLICY)) {
            enacted.commits(Enacted.FIRST, 1_000, 101, "build-1").commits(Enacted.SECOND, 5_000, 102, "build-2");
        }
        HandoffDiff diff = diff(Enacted.FIRST, Enacted.SECOND);
        assertEquals(Optional.empty(), diff.parted());
        assertTrue(diff.rows().stream().allMatch(row -> row.a().isPresent() && row.b().isPresent()),
                diff.rows().toString());
        assertEquals(List.of(), diff.otherKeys());
    }

    @Test
    void whatADaemonSaysCannotBreakALineOrATerminal() {
        try (Enacted enacted = Enacted.serving(directory, Enacted.POLICY)) {
            enacted.commits(Enacted.FIRST, 1_000, 101, "build-1").at(10_000).swap(Enacted.SECOND, "/opt/\u001b[31m/2")
                    .greet(102).at(12_500).warm("build\n2").at(12_600).drained()
                    .incumbent(new Message.SealFailed(Enacted.SECOND, "a\nb\u001b[31m\u202e" + "x".repeat(500), ""))
                    .fire(TimerKind.KILL).exited(102, new ExitStatus.Signaled(9));
        }
        HandoffDiff diff = diff(Enacted.FIRST, Enacted.SECOND);
        assertEquals("Begin -> successor", diff.parted().orElseThrow().a().orElseThrow().label());
        for (String line : DiffText.of(diff)) {
            assertTrue(line.codePoints().noneMatch(c -> Character.isISOControl(c) || c == 0x202e), line);
            assertTrue(line.length() <= 120, line);
        }
    }
}
