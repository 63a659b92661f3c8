package dev.handoff.posix;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.function.Predicate;

/**
 * How much this process asks for when processors are short (sched(7)). A nice value is 0 to 19 here, more being humbler; below 0 needs a
 * privilege. Results follow the package's convention. Any thread.
 */
public final class Niceness {

    private static final int PRIO_PROCESS = 0;
    private static final Path AUTOGROUP = Path.of("/proc/self/autogroup");
    private static final Path TASKS = Path.of("/proc/self/task");

    private Niceness() {}

    /**
     * setpriority(2) for this process's threads whose names, of which the kernel keeps 15 characters, are wanted; those that they start
     * later inherit it. Without a privilege it cannot be taken back. Beside what other sessions run it counts for nothing where
     * {@link #setSession} counts.
     *
     * @return how many threads there were
     */
    public static int setThreads(Predicate<String> wanted, int nice) {
        int set = 0;
        try (DirectoryStream<Path> tasks = Files.newDirectoryStream(TASKS)) {
            for (Path task : tasks) {
                if (wanted.test(nameOf(task))
                        && Libc.setpriority(PRIO_PROCESS, Integer.parseInt(task.getFileName().toString()), nice) == 0) {
                    set++;
                }
            }
        } catch (IOException | DirectoryIteratorException e) {
            // Without a readable /proc there is nothing to be found.
            return set;
        }
        return set;
    }

    /** Empty for a thread that has ended since it was listed. */
    private static String nameOf(Path task) {
        try {
            return Files.readString(task.resolve("comm")).strip();
        } catch (IOException e) {
            return "";
        }
    }

    /**
     * The same for all of this process's session beside other sessions, where the kernel schedules by sessions (sched(7), <i>The autogroup
     * feature</i>); this one can be taken back. Refused where the session is not this process's own.
     *
     * @return 0; {@code -EPERM} in another's session; {@code -ENOENT} where the kernel has no such feature; {@code -EAGAIN} less than a
     *         tenth of a second after the last change
     */
    public static int setSession(int nice) {
        if (Processes.sessionOf(Processes.ownPid()) != Processes.ownPid()) {
            return -Errno.EPERM;
        }
        if (!Files.exists(AUTOGROUP)) {
            return -Errno.ENOENT;
        }
        try {
            Files.write(AUTOGROUP, Integer.toString(nice).getBytes(StandardCharsets.US_ASCII),
                    StandardOpenOption.WRITE);
            return 0;
        } catch (IOException e) {
            return -Errno.EAGAIN;
        }
    }
}
