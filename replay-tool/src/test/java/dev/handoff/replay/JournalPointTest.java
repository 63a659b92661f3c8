package dev.handoff.replay;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Instant;
import java.util.List;
import java.util.Optional;

import org.junit.jupiter.api.Test;

class JournalPointTest {

    private static long ns(String instant) {
        Instant at = Instant.parse(instant);
        return at.getEpochSecond() * 1_000_000_000L + at.getNano();
    }

    private static void assertTime(String typed, String first, String last) {
        assertEquals(Optional.of(new JournalPoint.Time(ns(first), ns(last))), JournalPoint.parse(typed), typed);
    }

    @Test
    void digitsAloneAreARecord() {
        assertEquals(Optional.of(new JournalPoint.Sequence(4711)), JournalPoint.parse("4711"));
        assertEquals(Optional.of(new JournalPoint.Sequence(2026)), JournalPoint.parse(" 2026 "));
    }

    @Test
    void aTimeStandsForAllThatItLeavesOpen() {
        assertTime("2026-11", "2026-11-01T00:00:00Z", "2026-11-30T23:59:59.999999999Z");
        assertTime("2026-11-23", "2026-11-23T00:00:00Z", "2026-11-23T23:59:59.999999999Z");
        assertTime("2026-11-23T08", "2026-11-23T08:00:00Z", "2026-11-23T08:59:59.999999999Z");
        assertTime("2026-11-23 08:38", "2026-11-23T08:38:00Z", "2026-11-23T08:38:59.999999999Z");
        assertTime("2026-11-23t08:38:19z", "2026-11-23T08:38:19Z", "2026-11-23T08:38:19.999999999Z");
        assertTime("2026-11-23T08:38:19.25", "2026-11-23T08:38:19.25Z", "2026-11-23T08:38:19.259999999Z");
        assertTime("2026-11-23T08:38:19.123456789Z", "2026-11-23T08:38:19.123456789Z",
                "2026-11-23T08:38:19.123456789Z");
        assertTime("2026-11-23T08:38:19+01:00", "2026-11-23T07:38:19Z", "2026-11-23T07:38:19.999999999Z");
        assertTime("2026-11-23T08:38-0230", "2026-11-23T11:08:00Z", "2026-11-23T11:08:59.999999999Z");
    }

    @Test
    void whatIsNeitherIsRefused() {
        for (String typed : List.of("", "-1", "yesterday", "2026-13-01", "2026-02-30", "08:38", "2026-11-23T25:00",
                "2026-11-23T08:38:19.1234567890", "99999999999999999999", "9999999999999999999", "2026-11-23T08:38+99",
                "9999-01-01", "4711x")) {
            assertEquals(Optional.empty(), JournalPoint.parse(typed), typed);
        }
    }

    @Test
    void aRangeHoldsItsEnds() {
        Entry.Header header = new Entry.Header(7, ns("2026-11-23T08:38:19.5Z"), 1);
        for (String typed : List.of("7", "2026-11-23", "2026-11-23T08:38:19", "2026-11-23T08:38:19.5")) {
            JournalPoint point = JournalPoint.parse(typed).orElseThrow();
            assertTrue(point.isReachedBy(header) && point.isNotPassedBy(header), typed);
        }
        assertFalse(new JournalPoint.Sequence(8).isReachedBy(header));
        assertFalse(new JournalPoint.Sequence(6).isNotPassedBy(header));
        assertFalse(JournalPoint.parse("2026-11-23T08:39").orElseThrow().isReachedBy(header));
        assertFalse(JournalPoint.parse("2026-11-23T08:38:19.49").orElseThrow().isNotPassedBy(header));
    }
}
