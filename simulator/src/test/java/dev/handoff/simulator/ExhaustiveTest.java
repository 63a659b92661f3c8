package dev.handoff.simulator;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

import org.junit.jupiter.api.Test;

class ExhaustiveTest {

    private final List<String> out = new ArrayList<>();

    @Test
    void survivesEachDeathAtEachPointAndCommitsWhereverTheCoordinatorDies() {
        Exhaustive.Pairing stock = Exhaustive.Pairing.ALL.getLast();

        Exhaustive.Result result = new Exhaustive(stock, 1, Optional.empty(), out::add).run(false);

        assertEquals(Optional.empty(), result.failure(), () -> String.join("\n", out));
        assertTrue(result.points() > 120, result::line);
        assertEquals(3 * result.points(), result.single());
        assertEquals(result.points(), result.outcomes().get("S committed"), result::line);
    }

    @Test
    void findsWhatIsBrokenOnPurpose() {
        Exhaustive.Pairing stock = Exhaustive.Pairing.ALL.getLast();

        Exhaustive.Result result = new Exhaustive(stock, 1, Optional.of("seal-repeated-unfenced"), out::add).run(false);

        assertEquals(Optional.of("sealed-once"), result.failure());
    }
}
