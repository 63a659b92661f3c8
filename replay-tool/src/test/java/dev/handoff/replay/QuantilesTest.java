package dev.handoff.replay;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class QuantilesTest {

    /** The values 1 to {@code count} ms, in an order that is none. */
    private static Quantiles of(int count) {
        Quantiles quantiles = new Quantiles();
        for (int i = 0; i < count; i++) {
            // 7919 is a prime that divides none of the counts.
            quantiles.add((i * 7919L % count + 1) * 1_000_000);
        }
        return quantiles;
    }

    @Test
    void areExactNearestRanksOfFewValues() {
        Quantiles ten = of(10);
        assertEquals(5_000_000, ten.atNs(50));
        assertEquals(9_000_000, ten.atNs(90));
        assertEquals(10_000_000, ten.atNs(99));
        assertEquals(10_000_000, ten.maxNs());
        assertEquals(10, ten.count());
        assertEquals(1_000_000, of(1).atNs(50));
    }

    @ParameterizedTest
    @ValueSource(ints = {Quantiles.EXACT_VALUES, Quantiles.EXACT_VALUES + 1, 100_000})
    void stayWithinAThousandthWhereThereAreMany(int count) {
        Quantiles many = of(count);
        for (int percent : new int[]{50, 90, 99}) {
            double exact = Math.ceil(percent / 100.0 * count) * 1_000_000;
            assertEquals(exact, (double) many.atNs(percent), count > Quantiles.EXACT_VALUES ? exact / 1000 : 0);
        }
        assertEquals(count * 1_000_000L, many.maxNs());
        assertEquals(count, many.count());
    }

    @Test
    void takeTheLongestAndTheOddestDurations() {
        Quantiles quantiles = of(Quantiles.EXACT_VALUES);
        quantiles.add(Long.MAX_VALUE);
        quantiles.add(-5);
        assertEquals(Long.MAX_VALUE, quantiles.maxNs());
        assertEquals(Quantiles.EXACT_VALUES + 2, quantiles.count());
        assertEquals(Long.MAX_VALUE, quantiles.atNs(100));
    }

    @Test
    void areNoneOfNothing() {
        assertThrows(IllegalStateException.class, () -> new Quantiles().atNs(50));
    }
}
