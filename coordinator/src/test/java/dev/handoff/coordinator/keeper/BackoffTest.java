package dev.handoff.coordinator.keeper;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.ArrayList;
import java.util.List;

import org.junit.jupiter.api.Test;

class BackoffTest {

    private final Backoff backoff = new Backoff();

    @Test
    void waitsLongerAfterEachDeathUpToABound() {
        assertEquals(List.of(0L, 100L, 200L, 400L, 800L, 1600L, 3200L, 5000L, 5000L), afterDeaths(9, 0));
    }

    @Test
    void beingReadyForAWhileBeginsAnew() {
        List<Long> _ = afterDeaths(5, 0);
        assertEquals(0, backoff.afterDeathMs(Backoff.HEALTHY_MS));
        assertEquals(100, backoff.afterDeathMs(Backoff.HEALTHY_MS - 1));
        assertEquals(200, backoff.afterDeathMs(0));
    }

    private List<Long> afterDeaths(int count, long readyForMs) {
        List<Long> waits = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            waits.add(backoff.afterDeathMs(readyForMs));
        }
        return waits;
    }
}
