package dev.handoff.cli.demo;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.handoff.codec.HandoffId;
import dev.handoff.coordinator.control.SwapOutcome;
import dev.handoff.coordinator.fault.Expectation;
import org.junit.jupiter.api.Test;

class DemoReportTest {

    private static final HandoffId ID = HandoffId.parse("0b51cbd2-9d51-4cde-8d3f-1d0d8c1d5b4a");

    private static Swap committed(int number, long totalNs, long drainNs) {
        return new Swap(number, "build-" + number, SwapOutcome.COMMITTED, Optional.empty(), Optional.of(ID),
                OptionalLong.of(totalNs), OptionalLong.of(5_000_000), 31_200_000,
                new Phases(OptionalLong.of(drainNs), OptionalLong.of(2_000_000), OptionalLong.of(3_000_000),
                        OptionalLong.of(40_000)));
    }

    private static Swap rolledBack(int number) {
        return new Swap(number, "build-" + number, SwapOutcome.ROLLED_BACK, Optional.of("the gate said no"),
                Optional.of(ID), OptionalLong.of(900_000_000), OptionalLong.empty(), 1_000_000, Phases.NONE);
    }

    private static DemoReport report(List<Swap> swaps, long failed, long lost, List<String> problems) {
        return report(swaps, failed, 0, lost, problems);
    }

    private static DemoReport report(List<Swap> swaps, long failed, long reset, long lost, List<String> problems) {
        return new DemoReport(swaps, List.of(), 8, 12_000_000_000L, 48_213, 24_000, failed, 0, 7, reset, lost,
                List.of(),
                31_200_000, 412,
                3, Path.of("/d"), Path.of("/d/journal"), problems);
    }

    @Test
    void jsonHasExactlyTheFieldsThatScriptsReadInOneLine() throws JsonProcessingException {
        DemoReport report = report(List.of(committed(1, 700_000_000, 1_500_000), rolledBack(2)), 0, 0, List.of());
        assertEquals("{\"swaps\":2,\"committed\":1,\"rolled_back\":1,\"requests\":48213,\"failed\":0,\"cut\":0,"
                + "\"carried\":7,\"reset\":0,\"lost_writes\":0,\"longest_pause_ms\":31.2,\"phases\":{"
                + "\"total\":{\"p50_ms\":700.0,\"max_ms\":900.0},\"writer_gap\":{\"p50_ms\":5.0,\"max_ms\":5.0},"
                + "\"drain\":{\"p50_ms\":1.5,\"max_ms\":1.5},\"seal\":{\"p50_ms\":2.0,\"max_ms\":2.0},"
                + "\"begin_to_ready\":{\"p50_ms\":3.0,\"max_ms\":3.0},\"commit\":{\"p50_ms\":0.04,\"max_ms\":0.04}},"
                + "\"journal_records\":412,\"journal\":\"/d/journal\"}", report.json());
        JsonNode parsed = JsonMapper.builder().build().readTree(report.json());
        assertEquals(13, parsed.size());
    }

    @Test
    void theTableIsAligned() {
        DemoReport report = report(
                List.of(committed(1, 700_000_000, 1_500_000), committed(2, 1_812_340_000, 12_500_000)), 0, 0,
                List.of());
        assertEquals(
                """
                        swap  build    outcome      total  writer gap  drain  seal  begin→ready  commit  longest pause
                           1  build-1  committed   700.00        5.00   1.50  2.00         3.00    0.04          31.20
                           2  build-2  committed  1812.34        5.00  12.50  2.00         3.00    0.04          31.20
                                       p50         700.00        5.00   1.50  2.00         3.00    0.04          31.20
                                       max        1812.34        5.00  12.50  2.00         3.00    0.04          31.20
                        (times in ms)

                        swaps          2, committed 2, rolled back 0
                        requests       48,213 by 8 clients in 12.0 s
                        failed         0
                        cut            0
                        connections    7 carried over, 0 reset
                        lost writes    0 of 24,000 acknowledged
                        longest pause  31.2 ms
                        journal        412 records, dense, checksums right, every message of each handoff in order, 3 timers: /d/journal
                        kept in        /d
                        """,
                report.table());
    }

    @Test
    void aRollbackSaysWhy() {
        String table = report(List.of(rolledBack(1)), 0, 0, List.of()).table();
        assertTrue(table.contains("swap 1: the gate said no\n"), table);
        assertTrue(table.contains("rolled_back"), table);
    }

    @Test
    void onlyARunWithoutAnyFaultSucceeds() {
        List<Swap> good = List.of(committed(1, 1, 1));
        assertTrue(report(good, 0, 0, List.of()).succeeded());
        assertFalse(report(good, 1, 0, List.of()).succeeded());
        assertFalse(report(good, 0, 1, List.of()).succeeded());
        assertFalse(report(good, 0, 1, 0, List.of()).succeeded());
        assertFalse(report(good, 0, 0, List.of("a process was left behind")).succeeded());
        assertFalse(report(List.of(committed(1, 1, 1), rolledBack(2)), 0, 0, List.of()).succeeded());
    }

    @Test
    void killsAreToldByStepAndHandoff() throws JsonProcessingException {
        HandoffId other = HandoffId.parse("1b51cbd2-9d51-4cde-8d3f-1d0d8c1d5b4a");
        Expectation committed = new Expectation("committed", "");
        Kill good = new Kill("MessageSending.SealRequest.after", "coordinator", Optional.of(ID), Optional.of(ID),
                "committed", committed, OptionalLong.of(612_345_678), 1);
        Kill none = new Kill("SwapRequested.before", "coordinator", Optional.empty(), Optional.empty(), "not_started",
                new Expectation("not_started", "nobody knew of it"), OptionalLong.empty(), 0);
        DemoReport report = killed(List.of(good, none));
        assertTrue(report.succeeded());
        JsonNode kills = JsonMapper.builder().build().readTree(report.json()).get("kills");
        assertEquals("[{\"step\":\"MessageSending.SealRequest.after\",\"victim\":\"coordinator\",\"handoff_id\":\"" + ID
                + "\",\"resumed_id\":\"" + ID + "\",\"outcome\":\"committed\",\"expected\":\"committed\","
                + "\"resume_ms\":612.346,\"seals\":1},{\"step\":\"SwapRequested.before\",\"victim\":\"coordinator\","
                + "\"handoff_id\":null,\"resumed_id\":null,\"outcome\":\"not_started\",\"expected\":\"not_started\","
                + "\"resume_ms\":null,\"seals\":0}]", kills.toString());
        assertTrue(report.table().contains("as it has to be, not_started at SwapRequested.before: nobody knew of it\n"),
                report.table());

        Kill otherHandoff = new Kill("LockSeen.after", "coordinator", Optional.of(ID), Optional.of(other), "committed",
                committed, OptionalLong.of(1), 1);
        Kill sealedTwice = new Kill("LockSeen.after", "coordinator", Optional.of(ID), Optional.of(ID), "committed",
                committed, OptionalLong.of(1), 2);
        Kill rolledBack = new Kill("LockSeen.after", "coordinator", Optional.of(ID), Optional.of(ID), "rolled_back",
                committed, OptionalLong.of(1), 1);
        for (Kill bad : List.of(otherHandoff, sealedTwice, rolledBack)) {
            assertFalse(killed(List.of(good, bad)).succeeded(), bad.toString());
        }
        assertTrue(killed(List.of(rolledBack)).table()
                .contains("! LockSeen.after: rolled_back, but expected was committed\n"));
    }

    private static DemoReport killed(List<Kill> kills) {
        return new DemoReport(List.of(committed(1, 1, 1)), kills, 8, 1, 1, 1, 0, 0, 0, 0, 0, List.of(), 1, 1, 1,
                Path.of("/d"), Path.of("/d/journal"), List.of());
    }

    @Test
    void problemsStandBelowTheTable() {
        String table = report(List.of(committed(1, 1, 1)), 0, 0, List.of("process 7 was left behind")).table();
        assertTrue(table.endsWith("! process 7 was left behind\n"), table);
        assertFalse(table.contains("checksums right"), table);
    }
}
