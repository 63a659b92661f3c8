package dev.handoff.posix;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

/** This process's descriptors apart from the JVM's own files: it opens a jar at the first use of a class in it. */
final class OpenDescriptors {

    private OpenDescriptors() {}

    /** What the descriptors in use refer to, sorted. */
    static List<String> list() {
        try (Stream<Path> links = Files.list(Path.of("/proc/self/fd"))) {
            return links.flatMap(OpenDescriptors::target).filter(t -> t.contains(":[")).sorted()
                    .toList();
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    private static Stream<String> target(Path link) {
        try {
            return Stream.of(Files.readSymbolicLink(link).toString());
        } catch (IOException e) {
            // The one that the listing itself used.
            return Stream.empty();
        }
    }
}
