package dev.handoff.coordinator.loop;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.function.LongUnaryOperator;

import org.junit.jupiter.api.Test;

class SettlingTest {

    private static final long MS = 1_000_000;

    /** After how many milliseconds it is clear, looked at each millisecond. */
    private static long clearMs(boolean damaged, LongUnaryOperator holderAtMs) {
        Settling settling = new Settling(7, damaged);
        long ms = 0;
        while (!settling.isClear(holderAtMs.applyAsLong(ms), 7 + ms * MS)) {
            ms++;
        }
        return ms;
    }

    @Test
    void trustsWhoHoldsItForASecondWhereEverybodyIsKnown() {
        assertEquals(1_000, clearMs(false, ms -> 12));
        assertEquals(1_400, clearMs(false, ms -> ms < 400 ? 12 : 13));
    }

    @Test
    void outwaitsAnIncumbentThatTriesForTheLockWhereTheJournalHasALoss() {
        assertEquals(2_250, clearMs(true, ms -> 12));
        assertEquals(4_240, clearMs(true, ms -> ms < 1_990 ? 12 : 13));
    }

    @Test
    void believesThatNobodyHoldsItOnceAllTriesAreOver() {
        assertEquals(3_000, clearMs(false, ms -> 0));
        assertEquals(3_000, clearMs(true, ms -> 0));
    }

    @Test
    void comesToAnEndWhateverHappens() {
        assertEquals(6_000, clearMs(true, ms -> ms + 1));
    }
}
