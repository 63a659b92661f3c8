package dev.handoff.systemtest;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

import dev.handoff.coordinator.fault.Fault.Act;
import dev.handoff.coordinator.fault.Fault.Victim;
import dev.handoff.coordinator.fault.Step;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.io.TempDir;

/**
 * The whole crash matrix with real processes: each victim, killed or stopped, before and after each append and each effect, with
 * stock daemons and with ours. It takes long and has a command of its own (docs/TESTING.md).
 */
@Tag("crash-matrix")
class CrashMatrixTest {

    @TempDir
    private Path directory;

    @TestFactory
    Stream<DynamicTest> killsTheCoordinatorAtEachStepOverStockDaemons() throws IOException {
        return cells(Kind.STOCK, Act.KILL, Victim.COORDINATOR);
    }

    @TestFactory
    Stream<DynamicTest> killsTheCoordinatorAtEachStepOverOurDaemons() throws IOException {
        return cells(Kind.OURS, Act.KILL, Victim.COORDINATOR);
    }

    @TestFactory
    Stream<DynamicTest> killsTheIncumbentAtEachStepAmongStockDaemons() throws IOException {
        return cells(Kind.STOCK, Act.KILL, Victim.INCUMBENT);
    }

    @TestFactory
    Stream<DynamicTest> killsTheIncumbentAtEachStepAmongOurDaemons() throws IOException {
        return cells(Kind.OURS, Act.KILL, Victim.INCUMBENT);
    }

    @TestFactory
    Stream<DynamicTest> killsTheSuccessorAtEachStepAmongStockDaemons() throws IOException {
        return cells(Kind.STOCK, Act.KILL, Victim.SUCCESSOR);
    }

    @TestFactory
    Stream<DynamicTest> killsTheSuccessorAtEachStepAmongOurDaemons() throws IOException {
        return cells(Kind.OURS, Act.KILL, Victim.SUCCESSOR);
    }

    @TestFactory
    Stream<DynamicTest> stopsTheCoordinatorAtEachStepOverStockDaemons() throws IOException {
        return cells(Kind.STOCK, Act.STOP, Victim.COORDINATOR);
    }

    @TestFactory
    Stream<DynamicTest> stopsTheCoordinatorAtEachStepOverOurDaemons() throws IOException {
        return cells(Kind.OURS, Act.STOP, Victim.COORDINATOR);
    }

    /** One system for all of its cells, ended with the last. */
    private Stream<DynamicTest> cells(Kind kind, Act act, Victim victim) throws IOException {
        Path own = Files.createDirectories(directory.resolve(kind + "-" + act + "-" + victim));
        CrashCells cells = CrashCells.of(own, kind);
        List<Step> steps = cells.steps(victim);
        Stream<DynamicTest> each = steps.stream()
                .map(step -> DynamicTest.dynamicTest(step.toString(), () -> cells.check(act, victim, step)));
        return Stream.concat(each, Stream.of(DynamicTest.dynamicTest("nothing is lost or left", cells::close)));
    }
}
