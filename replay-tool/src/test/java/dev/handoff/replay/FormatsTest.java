package dev.handoff.replay;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.net.URISyntaxException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

import dev.handoff.codec.event.Outcome;
import dev.handoff.journal.JournalDirectory;
import dev.handoff.journal.JournalReader;
import dev.handoff.replay.verify.Checked;
import dev.handoff.replay.verify.Rule;
import dev.handoff.replay.verify.Verdict;
import dev.handoff.replay.verify.VerdictText;
import dev.handoff.replay.verify.Verification;
import org.junit.jupiter.api.Test;

/** The bytes of every released journal format, read for ever: see the resources' README. */
class FormatsTest {

    private static Path journal(String name) throws URISyntaxException {
        return Path.of(FormatsTest.class.getResource("/journals/" + name).toURI());
    }

    @Test
    void aJournalOfTheFirstFormatIsSound() throws URISyntaxException {
        Verdict verdict = Verification.of(journal("format-1"));
        assertTrue(verdict.sound(), () -> String.join("\n", VerdictText.of(verdict)));
        Checked checked = verdict.checked();
        assertEquals(318, checked.records());
        assertEquals(8, checked.epochs());
        assertEquals(4, checked.snapshots());
        assertEquals(71, checked.messages());
        assertEquals(10, checked.cutShort());
        assertEquals(5, checked.ends(Outcome.COMMITTED));
        assertEquals(7, checked.ends(Outcome.ROLLED_BACK));
        assertEquals(12, verdict.intervals());
        assertEquals(12, verdict.asked(Rule.ONE_IN_FLIGHT));
        assertEquals(List.of(), verdict.warnings());
    }

    @Test
    void itsRecordsAndHandoffsAreShown() throws URISyntaxException {
        List<String> lines = new ArrayList<>();
        List<HandoffSummary> handoffs = new ArrayList<>();
        try (JournalReader reader = JournalDirectory.read(journal("format-1"))) {
            assertTrue(JournalDump.print(reader, JournalDump.Format.JSON, lines::add).sound());
            reader.seek(0);
            var _ = HandoffStories.scan(reader, handoffs::add);
        }
        assertEquals(318, lines.size());
        assertEquals(12, handoffs.size());
    }

    @Test
    void itsStatesAreThoseOfThatDay() throws URISyntaxException {
        try (JournalReader reader = JournalDirectory.read(journal("format-1"))) {
            StateAt.Found end = StateAt.find(reader, Optional.empty());
            assertTrue(end.reliable() && end.reached());
            assertEquals(318, end.json().get("seq").asLong());
            assertEquals("Serving", end.json().at("/services/0/state/is").asText());
        }
        try (JournalReader reader = JournalDirectory.read(journal("format-1"))) {
            StateAt.Found first = StateAt.find(reader, JournalPoint.parse("3"));
            assertEquals("AwaitingSpawn", first.json().at("/services/0/state/is").asText());
            assertEquals(3, first.json().get("seq").asLong());
        }
        try (JournalReader reader = JournalDirectory.read(journal("format-1"))) {
            assertTrue(StateAt.find(reader, JournalPoint.parse("0")).at().isEmpty());
        }
        try (JournalReader reader = JournalDirectory.read(journal("format-1"))) {
            StateAt.Found beyond = StateAt.find(reader, JournalPoint.parse("319"));
            assertEquals(318, beyond.at().orElseThrow().sequence());
            assertTrue(!beyond.reached());
        }
    }
}
