package dev.handoff.cli.demo;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.api.Test;

class PausesTest {

    private final Pauses pauses = new Pauses();

    @Test
    void theLongestGapThatOverlapsTheSwapCounts() {
        pauses.gap(0, 1_000_000);
        Pauses.Window window = pauses.begin(100);
        pauses.gap(50, 120);
        pauses.gap(120, 150);
        assertEquals(70, window.longestNs());
        assertEquals(70, pauses.longestNs());
    }

    @Test
    void aGapThatSpansTheWholeSwapCounts() {
        Pauses.Window window = pauses.begin(100);
        window.end(200);
        pauses.gap(50, 10_000);
        assertEquals(9_950, window.longestNs());
    }

    @Test
    void aGapAfterTheSwapDoesNotCount() {
        Pauses.Window window = pauses.begin(100);
        window.end(200);
        pauses.gap(201 + Pauses.AFTERMATH_NS, 500 + Pauses.AFTERMATH_NS);
        assertEquals(0, window.longestNs());
    }

    @Test
    void eachSwapHasItsOwn() {
        Pauses.Window first = pauses.begin(0);
        first.end(10);
        long later = 20 + Pauses.AFTERMATH_NS;
        Pauses.Window second = pauses.begin(later);
        pauses.gap(5, 9);
        pauses.gap(later, later + 7);
        assertEquals(4, first.longestNs());
        assertEquals(7, second.longestNs());
        assertEquals(7, pauses.longestNs());
    }
}
