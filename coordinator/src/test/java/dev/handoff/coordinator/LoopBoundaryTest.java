package dev.handoff.coordinator;

import static com.tngtech.archunit.base.DescribedPredicate.describe;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import org.junit.jupiter.api.Test;

/** The loop's turn runs in the simulator too: it reaches the machine through its own interfaces only. */
class LoopBoundaryTest {

    private static final String LOOP = "dev.handoff.coordinator.loop";

    @Test
    void theLoopMakesNoSystemCallAndStartsNoThread() {
        JavaClasses loop = new ClassFileImporter().withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_TESTS)
                .importPackages(LOOP);
        assertTrue(loop.contain(LOOP + ".LoopAgent"), "the loop was not found on the class path");
        noClasses().should().dependOnClassesThat(describe("are of the machine", type -> {
            String name = type.getName();
            return (name.startsWith("dev.handoff.posix.") && !name.equals("dev.handoff.posix.Errno"))
                    || name.startsWith("dev.handoff.coordinator.shell.") || name.startsWith("java.nio.")
                    || name.startsWith("java.util.concurrent.") || name.startsWith("com.lmax.")
                    || name.equals("java.lang.Thread");
        })).check(loop);
    }
}
