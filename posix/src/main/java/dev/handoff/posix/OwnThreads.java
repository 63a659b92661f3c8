package dev.handoff.posix;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.function.Predicate;

/** This process's threads as the kernel knows them: also those of the JVM itself. Any thread. */
public final class OwnThreads {

    private static final Path TASKS = Path.of("/proc/self/task");

    private OwnThreads() {}

    /** What is done with each. */
    @FunctionalInterface
    interface Visit {
        void visit(int threadId);
    }

    /**
     * How many threads of a wanted name are on a processor or wait for one, rather than for something to do; 0 where {@code /proc} cannot be
     * read.
     *
     * @param wanted of the name the kernel keeps 15 characters
     */
    public static int running(Predicate<String> wanted) {
        int[] running = {0};
        forEach(wanted, id -> {
            if (state(TASKS.resolve(Integer.toString(id))) == 'R') {
                running[0]++;
            }
        });
        return running[0];
    }

    static void forEach(Predicate<String> wanted, Visit action) {
        try (DirectoryStream<Path> tasks = Files.newDirectoryStream(TASKS)) {
            for (Path task : tasks) {
                if (wanted.test(read(task.resolve("comm")).strip())) {
                    action.visit(Integer.parseInt(task.getFileName().toString()));
                }
            }
        } catch (IOException | DirectoryIteratorException e) {
            // Without a readable /proc there is nothing to be found.
        }
    }

    /** The letter behind the name, which is in parentheses and may hold any byte (proc(5), stat); 0 for a thread that has ended. */
    private static char state(Path task) {
        String stat = read(task.resolve("stat"));
        int at = stat.lastIndexOf(')') + 2;
        return at < 2 || at >= stat.length() ? 0 : stat.charAt(at);
    }

    /** Empty for a thread that has ended since it was listed. */
    private static String read(Path file) {
        try {
            return Files.readString(file, StandardCharsets.ISO_8859_1);
        } catch (IOException e) {
            return "";
        }
    }
}
