package dev.handoff.coordinator.keeper;

import static com.tngtech.archunit.base.DescribedPredicate.describe;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;

import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import dev.handoff.coordinator.store.FdName;
import org.junit.jupiter.api.Test;

class KeeperStaysSmallTest {

    /** The launcher gives it no more jars than these two modules', and what it does not load cannot fail in it. */
    @Test
    void knowsTheJdkAndPosixAndTheRuleForNamesOnly() {
        noClasses().should().dependOnClassesThat(describe("are none of these",
                type -> !type.getPackageName().startsWith("java.") && !type.isPrimitive() && !type.isArray()
                        && !type.getPackageName().equals("dev.handoff.posix")
                        && !type.getPackageName().equals("dev.handoff.coordinator.keeper")
                        && !type.getName().equals(FdName.class.getName())))
                .check(new ClassFileImporter().withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_TESTS)
                        .importPackages("dev.handoff.coordinator.keeper"));
    }
}
