package dev.handoff.posix;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
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

    private Niceness() {}

    /**
     * setpriority(2) for this process's threads whose names, of which the kernel keeps 15 characters, are wanted; those that they start
     * later inherit it. Without a privilege it cannot be taken back. Beside what other sessions run it counts for nothing where
     * {@link #setSession} counts.
     *
     * @return how many threads there were
     */
    public static int setThreads(Predicate<String> wanted, int nice) {
        int[] set = {0};
        OwnThreads.forEach(wanted, id -> {
            if (Libc.setpriority(PRIO_PROCESS, id, nice) == 0) {
                set[0]++;
            }
        });
        return set[0];
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
