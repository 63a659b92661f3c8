package dev.handoff.posix;

import java.util.function.Predicate;

/**
 * How much this process asks for when processors are short (sched(7)). A nice value is 0 to 19 here, more being humbler; below 0 needs a
 * privilege. Any thread.
 */
public final class Niceness {

    private static final int PRIO_PROCESS = 0;

    private Niceness() {}

    /**
     * setpriority(2) for this process's threads whose names, of which the kernel keeps 15 characters, are wanted; those that they start
     * later inherit it. Without a privilege it cannot be taken back. Where the kernel shares out processors between sessions (sched(7), <i>The
     * autogroup feature</i>), it counts within this process's session alone.
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
}
