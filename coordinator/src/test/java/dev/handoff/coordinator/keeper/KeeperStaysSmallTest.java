package dev.handoff.coordinator.keeper;

import static com.tngtech.archunit.base.DescribedPredicate.describe;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;

import java.util.Set;

import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import dev.handoff.coordinator.store.FdName;
import dev.handoff.coordinator.store.SpareChannel;
import org.junit.jupiter.api.Test;

class KeeperStaysSmallTest {

    /** What the coordinator's side of the store needs too. They know the JDK and posix only, save what is handed back. */
    private static final Set<String> SHARED = Set.of(FdName.class.getName(), SpareChannel.class.getName());

    /** The launcher gives it no more jars than these two modules', and what it does not load cannot fail in it. */
    @Test
    void knowsTheJdkAndPosixAndWhatItSharesWithTheStoreOnly() {
        noClasses().should().dependOnClassesThat(describe("are none of these",
                type -> !type.getPackageName().startsWith("java.") && !type.isPrimitive() && !type.isArray()
                        && !type.getPackageName().equals("dev.handoff.posix")
                        && !type.getPackageName().equals("dev.handoff.coordinator.keeper")
                        && !SHARED.contains(type.getName())))
                .check(new ClassFileImporter().withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_TESTS)
                        .importPackages("dev.handoff.coordinator.keeper"));
    }
}
