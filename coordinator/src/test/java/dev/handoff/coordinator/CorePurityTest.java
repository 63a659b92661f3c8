package dev.handoff.coordinator;

import static com.tngtech.archunit.base.DescribedPredicate.describe;
import static com.tngtech.archunit.base.DescribedPredicate.not;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAPackage;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAnyPackage;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.locks.ReentrantLock;

import com.tngtech.archunit.core.domain.JavaAccess;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.lang.ArchRule;
import com.tngtech.archunit.lang.CompositeArchRule;
import dev.handoff.posix.Errno;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.slf4j.LoggerFactory;

/**
 * The core is a pure function: it touches no I/O, clock, thread, logger or randomness, nor anything whose answer differs from
 * one JVM to the next. Replay, the simulator and the golden transcripts depend on it.
 */
class CorePurityTest {

    private static final String CORE = "dev.handoff.coordinator.core..";

    private static final String HERE = CorePurityTest.class.getPackageName();

    /** All it may know; anything new is a decision to be made here. */
    private static final String[] ALLOWED_PACKAGES = {CORE, "dev.handoff.codec..", "java.lang", "java.lang.annotation",
        "java.lang.invoke", "java.lang.runtime", "java.util", "java.util.function", "java.util.stream",
        "org.agrona.collections"};

    /** What in those packages is a clock, a thread, a process, an input, or chance. */
    private static final Set<String> FORBIDDEN_CLASSES = Set.of("java.lang.Thread",
            "java.lang.ThreadLocal", "java.lang.InheritableThreadLocal", "java.lang.ScopedValue", "java.lang.Runtime",
            "java.lang.Process", "java.lang.ProcessBuilder", "java.lang.ProcessHandle", "java.lang.ClassLoader",
            "java.util.Random", "java.util.SplittableRandom", "java.util.Timer", "java.util.TimerTask",
            "java.util.Date",
            "java.util.Calendar", "java.util.GregorianCalendar", "java.util.Scanner", "java.util.Properties",
            "java.util.ResourceBundle", "java.util.ServiceLoader",
            // Their order of iteration is not in their contents: an enum's hash, for one, is its address.
            "java.util.HashMap", "java.util.HashSet", "java.util.Hashtable", "java.util.IdentityHashMap",
            "java.util.WeakHashMap");

    /** Single methods of classes that are fine otherwise, as {@code Owner.name}. */
    private static final Set<String> FORBIDDEN_METHODS = Set.of("java.lang.Math.random", "java.util.UUID.randomUUID",
            "java.util.Collections.shuffle", "java.lang.Object.wait", "java.lang.Object.notify",
            "java.lang.Object.notifyAll",
            // Immutable maps and sets iterate in an order that the JVM draws by lot at its start.
            "java.util.Map.of", "java.util.Map.ofEntries", "java.util.Map.copyOf", "java.util.Set.of",
            "java.util.Set.copyOf", "java.util.stream.Collectors.toSet", "java.util.stream.Collectors.toMap",
            "java.util.stream.Collectors.toUnmodifiableSet", "java.util.stream.Collectors.toUnmodifiableMap",
            "java.util.stream.Collectors.groupingBy");

    @Test
    void theCoreIsPure() {
        JavaClasses core = new ClassFileImporter().withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_TESTS)
                .importPackages("dev.handoff.coordinator.core");

        assertTrue(core.contain("dev.handoff.coordinator.core.Core"), "the core was not found on the class path");
        purityOf(CORE).check(core);
    }

    private static ArchRule purityOf(String packages) {
        return CompositeArchRule
                .of(noClasses().that().resideInAPackage(packages).should().dependOnClassesThat(
                        not(resideInAnyPackage(ALLOWED_PACKAGES).or(resideInAPackage(packages))
                                .or(describe("a primitive or an array of it", CorePurityTest::isPrimitiveOrArrayOfIt))
                                .or(describe("Agrona's buffers", CorePurityTest::isBuffer)))))
                .and(noClasses().that().resideInAPackage(packages).should().dependOnClassesThat(
                        describe("are impure",
                                type -> FORBIDDEN_CLASSES.contains(type.getBaseComponentType().getName()))))
                .and(noClasses().that().resideInAPackage(packages).should().accessTargetWhere(
                        describe("the method is impure", CorePurityTest::isForbidden)));
    }

    private static boolean isPrimitiveOrArrayOfIt(JavaClass type) {
        return type.getBaseComponentType().isPrimitive();
    }

    /** Bytes in memory; the rest of their package maps files and asks the system. */
    private static boolean isBuffer(JavaClass type) {
        return type.getPackageName().equals("org.agrona") && type.getSimpleName().endsWith("Buffer");
    }

    /** Everything of {@code System} is impure but its copying of arrays. */
    private static boolean isForbidden(JavaAccess<?> access) {
        if (access.getTargetOwner().getName().equals("java.lang.System")) {
            return !access.getTarget().getName().equals("arraycopy");
        }
        return FORBIDDEN_METHODS.contains(access.getTargetOwner().getName() + "." + access.getTarget().getName());
    }

    /** Each breaks the rule in one way, so each way is known to be caught. */
    @ParameterizedTest
    @MethodSource("impureClasses")
    void anImpureCoreIsCaught(Class<?> impure) {
        assertTrue(purityOf(HERE).evaluate(new ClassFileImporter().importClasses(impure)).hasViolation());
    }

    @Test
    void aPureCoreIsNot() {
        assertEquals(List.of(), purityOf(HERE).evaluate(new ClassFileImporter().importClasses(Pure.class))
                .getFailureReport().getDetails());
    }

    static List<Class<?>> impureClasses() {
        return List.of(ReadsAFile.class, ReadsTheClock.class, ReadsTheTime.class, ReadsNanoTime.class, Locks.class,
                Logs.class, DrawsLots.class, DrawsAnId.class, DrawsANumber.class, KnowsAThread.class,
                UsesTheKernel.class,
                IteratesByHash.class, IteratesByChance.class, StartsAProcess.class);
    }

    record Pure(List<String> names, long last) {
        long longest() {
            long[] lengths = names.stream().mapToLong(String::length).toArray();
            return lengths.length == 0 ? last : lengths[0];
        }
    }

    static final class ReadsAFile {
        boolean impure(Path path) {
            return Files.exists(path);
        }
    }

    static final class ReadsTheClock {
        long impure(Clock clock) {
            return clock.millis();
        }
    }

    static final class ReadsTheTime {
        Object impure() {
            return Instant.now();
        }
    }

    static final class ReadsNanoTime {
        long impure() {
            return System.nanoTime();
        }
    }

    static final class Locks {
        private final ReentrantLock lock = new ReentrantLock();

        boolean impure() {
            return lock.isLocked();
        }
    }

    static final class Logs {
        void impure() {
            LoggerFactory.getLogger(Logs.class).info("impure");
        }
    }

    static final class DrawsLots {
        int impure(Random random) {
            return random.nextInt() + ThreadLocalRandom.current().nextInt();
        }
    }

    static final class DrawsAnId {
        UUID impure() {
            return UUID.randomUUID();
        }
    }

    static final class DrawsANumber {
        double impure() {
            return Math.random();
        }
    }

    static final class KnowsAThread {
        String impure() {
            return Thread.currentThread().getName();
        }
    }

    static final class UsesTheKernel {
        String impure() {
            return Errno.name(2);
        }
    }

    static final class IteratesByHash {
        Map<String, String> impure() {
            return new HashMap<>();
        }
    }

    static final class IteratesByChance {
        Map<String, String> impure() {
            return Map.of("a", "b");
        }
    }

    static final class StartsAProcess {
        Object impure() {
            return new ProcessBuilder("true");
        }
    }
}
