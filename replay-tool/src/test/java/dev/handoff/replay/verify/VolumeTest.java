package dev.handoff.replay.verify;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import java.util.stream.Stream;

import dev.handoff.journal.JournalDirectory;
import dev.handoff.journal.JournalReader;
import dev.handoff.replay.EntryFilter;
import dev.handoff.replay.HandoffStats;
import dev.handoff.replay.HandoffStories;
import dev.handoff.replay.JournalDump;
import dev.handoff.replay.StatsText;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * Writes a journal of {@code -Dhandoff.records=N} records in the mix that real handoffs have, verifies and dumps it, and prints the
 * rates. The journal stays in {@code target/volume}, for the command to be tried on.
 */
@Tag("volume")
class VolumeTest {

    private static final long RECORDS = Long.getLong("handoff.records", 10_000_000);
    private static final long BLOCK_BYTES = 16L << 20;
    private static final int ONE_ROLLED_BACK_OF = 10;
    private static final Path JOURNAL = Path.of("target", "volume");

    private static void write() throws IOException {
        if (Files.exists(JOURNAL)) {
            try (Stream<Path> old = Files.list(JOURNAL)) {
                for (Path file : old.toList()) {
                    Files.delete(file);
                }
            }
        }
        try (BusyCoordinator coordinator = BusyCoordinator.start(JOURNAL, BLOCK_BYTES)) {
            for (long handoffs = 1; coordinator.records() < RECORDS; handoffs++) {
                coordinator.handoff(handoffs % ONE_ROLLED_BACK_OF != 0);
            }
        }
    }

    private static void tell(String what, long records, long startNs) {
        double seconds = (System.nanoTime() - startNs) / 1e9;
        System.out.printf(Locale.ROOT, "%s: %,d records in %.1f s, %,.0f a second%n", what, records, seconds,
                records / seconds);
    }

    @Test
    void millionsOfRecordsAreJudgedAndShown() throws IOException {
        long startNs = System.nanoTime();
        write();
        tell("written", RECORDS, startNs);
        for (int i = 1; i <= 2; i++) {
            startNs = System.nanoTime();
            Verdict verdict = Verification.of(JOURNAL);
            tell("verify, run " + i, verdict.checked().records(), startNs);
            assertTrue(verdict.sound(), () -> String.join("\n", VerdictText.of(verdict)));
            assertTrue(verdict.checked().records() >= RECORDS);
        }
        for (JournalDump.Format format : JournalDump.Format.values()) {
            startNs = System.nanoTime();
            long[] chars = {0};
            try (JournalReader reader = JournalDirectory.read(JOURNAL)) {
                JournalDump.Printed printed = JournalDump.print(reader, format, EntryFilter.EVERYTHING, line -> {
                    chars[0] += line.length();
                    return true;
                });
                tell("dump " + format, printed.records(), startNs);
                assertEquals(printed.records(), printed.printed());
            }
            assertTrue(chars[0] > RECORDS);
        }
        startNs = System.nanoTime();
        HandoffStats stats = new HandoffStats();
        try (JournalReader reader = JournalDirectory.read(JOURNAL)) {
            HandoffStories.Read read = HandoffStories.scan(reader, summary -> {
                stats.add(summary);
                return true;
            });
            tell("stats", read.records(), startNs);
        }
        StatsText.tables(stats).forEach(System.out::println);
        stats.each((_, one) -> assertEquals(one.handoffs(),
                one.outcomes().get("committed") + one.outcomes().get("rolled_back")));
    }
}
