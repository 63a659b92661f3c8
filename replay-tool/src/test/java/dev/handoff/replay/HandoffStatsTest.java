package dev.handoff.replay;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;

import dev.handoff.codec.HandoffId;
import dev.handoff.codec.event.ExitStatus;
import dev.handoff.journal.JournalDirectory;
import dev.handoff.journal.JournalReader;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class HandoffStatsTest {

    private static final HandoffId THIRD = HandoffId.parse("7c0ffee0-0000-4000-8000-000000000003");

    @TempDir
    private Path directory;

    /** One commits, one is rolled back before anything was asked of the incumbent, one is in flight. */
    private HandoffStats stats() {
        try (Enacted enacted = Enacted.serving(directory, Enacted.POLICY)) {
            enacted.commits(Enacted.FIRST, 1_000, 101, "build-1");
            enacted.at(10_000).swap(Enacted.SECOND, "/opt/kv/2").greet(102).at(10_500)
                    .exited(102, new ExitStatus.Exited(1));
            enacted.at(20_000).swap(THIRD, "/opt/kv/3");
        }
        HandoffStats stats = new HandoffStats();
        try (JournalReader reader = JournalDirectory.read(directory)) {
            HandoffStories.Read _ = HandoffStories.scan(reader, summary -> {
                stats.add(summary);
                return true;
            });
        }
        return stats;
    }

    @Test
    void countsOutcomesAndMeasuresWhatEnded() {
        Golden.check("stats.txt", StatsText.tables(stats()));
    }

    @Test
    void commaSeparatedValuesHaveTheSameNumbers() {
        Golden.check("stats.csv", StatsText.csv(stats()));
    }

    @Test
    void anObjectHasTheSameNumbers() {
        List<String> objects = new ArrayList<>();
        stats().each((name, one) -> objects.add(StatsJson.toJson(name, one).toString()));
        Golden.check("stats.jsonl", objects);
    }

    @Test
    void aNameOutOfAForgedJournalBreaksNoLine() {
        HandoffStats stats = new HandoffStats();
        stats.add(new HandoffSummary(THIRD, 1, "k,\"v\"\n=1", Optional.empty(), Participant.UNKNOWN,
                Participant.UNKNOWN, new Entry.Header(1, 0, 1), new Entry.Header(1, 0, 1), new Ending.Untold(),
                OptionalLong.empty(), 0, List.of(), 0));
        assertEquals("\"k,\"\"v\"\"\\u{a}=1\",outcome:untold,1,,,,", StatsText.csv(stats).get(6));
        assertTrue(StatsText.tables(stats).get(1).startsWith("k,\"v\"\\u{a}=1  "), StatsText.tables(stats).get(1));
    }
}
