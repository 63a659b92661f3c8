package dev.handoff.coordinator.core;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Consumer;
import java.util.stream.Collectors;

import dev.handoff.coordinator.core.RestartTable.Life;
import dev.handoff.coordinator.core.RestartTable.Phase;
import dev.handoff.coordinator.core.RestartTable.Remedy;
import dev.handoff.coordinator.core.RestartTable.Request;
import dev.handoff.coordinator.core.RestartTable.Row;
import dev.handoff.coordinator.core.RestartTable.Situation;
import org.junit.jupiter.api.Test;

/** Every combination that the rows look at, whether or not it can come about. */
class RestartTableTest {

    private static final boolean[] BOTH = {false, true};
    private static final int COMBINATIONS = 2 * Phase.values().length * Request.values().length * 2 * 3 * 2 * 3 * 2 * 2
            * 3;

    @Test
    void exactlyOneRowMatchesEachCombination() {
        int[] seen = new int[1];
        everySituation(situation -> {
            seen[0]++;
            List<Row> fitting = RestartTable.all().stream().filter(row -> row.matches(situation)).toList();
            assertEquals(1, fitting.size(), () -> situation + " fits " + fitting);
        });
        assertEquals(COMBINATIONS, seen[0]);
    }

    @Test
    void everyRowIsNeeded() {
        Set<Row> used = new HashSet<>();
        everySituation(situation -> used.add(RestartTable.rowFor(situation)));

        assertEquals(Set.copyOf(RestartTable.all()), used);
    }

    @Test
    void neverStartsADaemonBesideOneThatHoldsTheLock() {
        everySituation(situation -> {
            boolean somebodyServes = situation.strange() && situation.nobodyLives();
            if (somebodyServes && situation.phase() != Phase.STOPPING) {
                assertEquals(Remedy.ADOPT_HOLDER, RestartTable.rowFor(situation).remedy(), situation::toString);
            }
        });
    }

    @Test
    void asksAStockIncumbentToSealASecondTimeOnlyBehindTheFence() {
        everySituation(situation -> {
            if (situation.phase() == Phase.SEALING && situation.request() == Request.IN_DOUBT
                    && !situation.idempotent()) {
                assertFalse(RestartTable.rowFor(situation).remedy() == Remedy.SEND, situation::toString);
            }
        });
    }

    @Test
    void trustsNothingInFlightWhenTheJournalIsDamaged() {
        Set<Remedy> remedies = new HashSet<>();
        everySituation(situation -> {
            if (situation.damaged() && situation.phase() != Phase.STOPPING) {
                remedies.add(RestartTable.rowFor(situation).remedy());
            }
        });
        assertEquals(Set.of(Remedy.ADOPT_HOLDER, Remedy.ADOPT_INCUMBENT, Remedy.TAKE_SPAWNED, Remedy.START_COLD),
                remedies);
    }

    @Test
    void saysWhyInEachRow() {
        assertTrue(RestartTable.all().stream().noneMatch(row -> row.why().isBlank()));
        assertEquals(Set.of(Remedy.values()),
                RestartTable.all().stream().map(Row::remedy).collect(Collectors.toSet()));
    }

    private static void everySituation(Consumer<Situation> check) {
        for (boolean damaged : BOTH) {
            for (Phase phase : Phase.values()) {
                for (Request request : Request.values()) {
                    for (boolean idempotent : BOTH) {
                        everyParticipant(damaged, phase, request, idempotent, check);
                    }
                }
            }
        }
    }

    private static void everyParticipant(boolean damaged, Phase phase, Request request, boolean idempotent,
            Consumer<Situation> check) {
        for (Life incumbent : Life.values()) {
            for (boolean incumbentHeard : BOTH) {
                for (Life successor : Life.values()) {
                    for (boolean successorHeard : BOTH) {
                        for (boolean spawned : BOTH) {
                            check.accept(new Situation(damaged, phase, request, idempotent, incumbent, incumbentHeard,
                                    successor, successorHeard, spawned, false, false));
                            check.accept(new Situation(damaged, phase, request, idempotent, incumbent, incumbentHeard,
                                    successor, successorHeard, spawned, true, false));
                            check.accept(new Situation(damaged, phase, request, idempotent, incumbent, incumbentHeard,
                                    successor, successorHeard, spawned, true, true));
                        }
                    }
                }
            }
        }
    }
}
