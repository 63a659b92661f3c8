package dev.handoff.simulator;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class SimulationTest {

    private static final int HANDOFFS = 400;

    private final List<String> out = new ArrayList<>();

    private Simulation.Result run(long seed, long handoffs, FaultProfile profile, boolean trace) {
        return new Simulation(new Simulation.Options(seed, handoffs, profile, Optional.empty(), trace), out::add).run();
    }

    @ParameterizedTest
    @EnumSource(FaultProfile.class)
    void breaksNoRuleWhateverGoesWrong(FaultProfile profile) {
        Simulation.Result result = run(7, HANDOFFS, profile, false);

        assertEquals(Optional.empty(), result.failure(), () -> String.join("\n", out));
        assertTrue(result.handoffs() >= HANDOFFS - 1, result::toString);
        assertEquals(result.handoffs(), result.committed() + result.rolledBack() + result.indeterminate());
    }

    @Test
    void commitsEverythingWhereNothingGoesWrong() {
        assertEquals(HANDOFFS, run(3, HANDOFFS, FaultProfile.NONE, false).committed());
    }

    @Test
    void goesOnWithMostHandoffsWhoseCoordinatorDied() {
        Simulation.Result result = run(5, HANDOFFS, FaultProfile.CRASHES, false);

        assertTrue(result.recovered() > HANDOFFS / 4, result::toString);
        assertTrue(result.committed() > HANDOFFS * 3 / 4, result::toString);
    }

    @ParameterizedTest
    @EnumSource(value = Fault.Kind.class, names = {"KILL_COORDINATOR", "KILL_INCUMBENT", "KILL_SUCCESSOR"})
    void callsRecoveredOnlyWhatALaterCoordinatorWentOnWith(Fault.Kind kind) {
        Fault fault = new Fault(50, kind, 5_000_000, 0);
        Scenario scenario = new Scenario(1, FaultProfile.NONE, DaemonPlan.plain(0, false), List
                .of(new Scenario.Step(1, DaemonPlan.plain(1, false), "", List.of(fault), 30_000_000_000L, 1)));
        Tally tally = new Tally();

        new Life(scenario, Mutant.NONE, Optional.empty(), new RunHash()).live(tally);

        assertTrue(tally.crashes() > 0);
        assertEquals(kind == Fault.Kind.KILL_COORDINATOR ? 1 : 0, tally.recovered());
    }

    @Test
    void isTheSameRunForTheSameSeedAndAnotherForAnother() {
        Simulation.Result first = run(11, 100, FaultProfile.ALL, true);
        List<String> trace = List.copyOf(out);
        out.clear();
        Simulation.Result again = run(11, 100, FaultProfile.ALL, true);
        Simulation.Result other = run(12, 100, FaultProfile.ALL, false);

        assertEquals(first, again);
        assertEquals(trace, out);
        assertNotEquals(first.hash(), other.hash());
    }

    @Test
    void tracesChangeNothing() {
        assertEquals(run(13, 50, FaultProfile.ALL, false).hash(), run(13, 50, FaultProfile.ALL, true).hash());
    }

    @Test
    void saysItAllInOneLine() {
        Simulation.Result result = run(1, 3, FaultProfile.NONE, false);

        assertTrue(result.line(1.5).matches("handoffs=3 committed=3 rolled_back=0 recovered=0 crashes=0 violations=0"
                + " seed=1 hash=[0-9a-f]{16} rate=2/s"), result.line(1.5));
    }
}
