package dev.handoff.cli;

import static com.tngtech.archunit.base.DescribedPredicate.describe;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;

import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.lang.ArchRule;
import org.junit.jupiter.api.Test;

/**
 * Dependencies between the modules point one way: posix, codec ← journal ← coordinator ← replay-tool; posix, codec ←
 * participant ← connections ← examples/kv; simulator sees all of these and stock-peer; cli on top. Maven keeps a module from seeing what it does not declare; this keeps it from
 * declaring what it should not see.
 */
class ModuleDependencyTest {

    private static final String ROOT = "dev.handoff.";

    /** Each module's package below the root, with all it may know of ours besides itself. */
    private static final Map<String, Set<String>> MAY_KNOW = new TreeMap<>(Map.ofEntries(
            Map.entry("posix", Set.of()),
            Map.entry("codec", Set.of()),
            Map.entry("journal", Set.of("posix", "codec")),
            Map.entry("coordinator", Set.of("posix", "codec", "journal")),
            Map.entry("replay", Set.of("posix", "codec", "journal", "coordinator")),
            Map.entry("participant", Set.of("posix", "codec")),
            Map.entry("connections", Set.of("posix", "codec", "participant")),
            Map.entry("examples", Set.of("posix", "codec", "participant", "connections")),
            Map.entry("stock", Set.of("posix", "codec")),
            Map.entry("simulator", Set.of("posix", "codec", "journal", "coordinator", "participant", "stock")),
            Map.entry("cli", Set.of("posix", "codec", "journal", "coordinator", "replay", "participant", "examples",
                    "simulator"))));

    private final JavaClasses ours = new ClassFileImporter()
            .withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_TESTS)
            .importPackages("dev.handoff");

    @Test
    void modulesKnowOnlyWhatLiesBelowThem() {
        for (ArchRule rule : rules(ROOT)) {
            rule.check(ours);
        }
    }

    @Test
    void everyClassOfOursBelongsToAModuleWithARule() {
        Set<String> seen = new TreeSet<>();
        for (JavaClass type : ours) {
            seen.add(module(ROOT, type).orElseThrow(() -> new AssertionError(type.getName() + " has no rule")));
        }
        assertEquals(MAY_KNOW.keySet(), seen, "a module that is not on the class path is not checked");
    }

    @Test
    void aDependencyThatPointsUpwardsIsCaught() {
        String fixture = "dev.handoff.cli.dependencyfixture.";
        JavaClasses classes = new ClassFileImporter().importPackages(fixture.substring(0, fixture.length() - 1));

        List<String> violations = new ArrayList<>();
        for (ArchRule rule : rules(fixture)) {
            violations.addAll(rule.allowEmptyShould(true).evaluate(classes).getFailureReport().getDetails());
        }

        assertTrue(!violations.isEmpty(), "nothing was caught");
        for (String violation : violations) {
            assertTrue(violation.contains("dependencyfixture.posix.KnowsCodec"), violation);
        }
    }

    private static List<ArchRule> rules(String root) {
        List<ArchRule> rules = new ArrayList<>();
        MAY_KNOW.forEach((module, known) -> rules.add(noClasses()
                .that(describe("are in " + module, type -> module(root, type).equals(Optional.of(module))))
                .should().dependOnClassesThat(describe("are in a module that " + module + " may not know",
                        type -> module(
                                root, type).filter(other -> !other.equals(module) && !known.contains(other))
                                .isPresent()))));
        return rules;
    }

    /** The module a class is in, by its package; empty for a class that is not ours or in no module. */
    private static Optional<String> module(String root, JavaClass type) {
        String name = type.getBaseComponentType().getPackageName() + ".";
        return MAY_KNOW.keySet().stream().filter(module -> name.startsWith(root + module + ".")).findFirst();
    }
}
