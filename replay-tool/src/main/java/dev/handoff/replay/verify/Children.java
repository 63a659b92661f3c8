package dev.handoff.replay.verify;

import java.util.HashMap;
import java.util.Map;

/** The processes of one service whose end the coordinator would hear of. One thread. */
final class Children {

    private final Map<Long, At> running = new HashMap<>();
    private long lastGone;
    private At lastGoneAt = At.NOWHERE;

    /** Whether it was new. */
    boolean runs(long pid, At since) {
        return running.putIfAbsent(pid, since) == null;
    }

    boolean isRunning(long pid) {
        return running.containsKey(pid);
    }

    At since(long pid) {
        return running.getOrDefault(pid, At.NOWHERE);
    }

    /** Whether it ran. */
    boolean exited(long pid, At at) {
        if (running.remove(pid) == null) {
            return false;
        }
        lastGone = pid;
        lastGoneAt = at;
        return true;
    }

    /** The record that told of this process's end, if it is the newest end. */
    At endOf(long pid) {
        return pid == lastGone ? lastGoneAt : At.NOWHERE;
    }

    void clear() {
        running.clear();
    }
}
