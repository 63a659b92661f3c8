package dev.handoff.posix;

import java.lang.foreign.Arena;
import java.util.function.Predicate;

/**
 * How much this process asks for when processors are short (sched(7)). A nice value is 0 to 19 here, more being humbler; below 0 needs a
 * privilege. Any thread.
 */
public final class Niceness {

    private static final int PRIO_PROCESS = 0;

    private static final int CALLING_THREAD = 0;
    private static final int SCHED_BATCH = 3;
    /** struct sched_param, whose only field is 0 for this policy. */
    private static final int PARAMETER_BYTES = 4;

    private Niceness() {}

    /**
     * From now on the calling thread, when it wakes up, does not interrupt the one that runs where it is to run, but waits for another
     * processor or its turn (SCHED_BATCH). Its share stays the same. Needs no privilege.
     *
     * @return false where the kernel refuses; then nothing changes
     */
    public static boolean neverInterrupt() {
        try (Arena arena = Arena.ofConfined()) {
            return Libc.schedSetscheduler(CALLING_THREAD, SCHED_BATCH,
                    arena.allocate(PARAMETER_BYTES, Integer.BYTES).address()) == 0;
        }
    }

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
