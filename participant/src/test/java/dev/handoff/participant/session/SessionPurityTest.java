package dev.handoff.participant.session;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.lang.classfile.ClassFile;
import java.lang.classfile.constantpool.ClassEntry;
import java.lang.classfile.constantpool.MethodRefEntry;
import java.lang.classfile.constantpool.PoolEntry;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;

import org.junit.jupiter.api.Test;

/** The sessions run in a simulator as they are: no I/O, clock, thread, randomness or logger is in reach of their classes. */
class SessionPurityTest {

    private static final List<String> ALLOWED_PACKAGES = List.of("dev/handoff/codec/",
            "dev/handoff/participant/session/", "java/lang/runtime/", "java/lang/invoke/");
    private static final Set<String> ALLOWED = Set.of("dev/handoff/participant/AbortedAt",
            "dev/handoff/participant/DrainReport", "dev/handoff/participant/SealResult",
            "dev/handoff/participant/SealResult$Sealed", "dev/handoff/participant/SealResult$NotSealed",
            "java/nio/ByteBuffer", "org/agrona/DirectBuffer", "org/agrona/concurrent/UnsafeBuffer");
    private static final Set<String> ALLOWED_JAVA = Set.of("java/lang/Object", "java/lang/String", "java/lang/Record",
            "java/lang/Math", "java/lang/Class", "java/lang/Boolean", "java/lang/Integer", "java/lang/Long",
            "java/lang/StringBuilder", "java/lang/Throwable", "java/lang/MatchException",
            "java/lang/IllegalArgumentException", "java/util/ArrayList", "java/util/Arrays", "java/util/Iterator",
            "java/util/List", "java/util/Objects", "java/util/Optional", "java/util/OptionalInt",
            // For arraycopy; its clocks are caught below.
            "java/lang/System", "java/util/function/Function");

    @Test
    void classesReachNothingOutside() throws IOException {
        Path classes = Path.of(IncumbentSession.class.getProtectionDomain().getCodeSource().getLocation().getPath())
                .resolve("dev/handoff/participant/session");
        Set<String> foreign = new TreeSet<>();
        List<Path> files;
        try (Stream<Path> stream = Files.list(classes)) {
            files = stream.filter(file -> file.toString().endsWith(".class")
                    && !file.getFileName().toString().matches(".*(Test|Golden|Script|TransitionWords).*")).toList();
        }
        assertTrue(files.size() > 20, () -> "only " + files);
        for (Path file : files) {
            for (PoolEntry entry : ClassFile.of().parse(file).constantPool()) {
                if (entry instanceof ClassEntry type && !allowed(type.asInternalName())) {
                    foreign.add(file.getFileName() + " uses " + type.asInternalName());
                }
                if (entry instanceof MethodRefEntry method
                        && method.owner().asInternalName().equals("java/lang/System")
                        && !method.name().equalsString("arraycopy")) {
                    foreign.add(file.getFileName() + " calls System." + method.name());
                }
            }
        }
        assertEquals(Set.of(), foreign);
    }

    private static boolean allowed(String name) {
        return name.startsWith("[") || ALLOWED.contains(name) || ALLOWED_JAVA.contains(name)
                || ALLOWED_PACKAGES.stream().anyMatch(name::startsWith);
    }
}
