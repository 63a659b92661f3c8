package dev.handoff.coordinator.keeper;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

import dev.handoff.posix.Descriptors;
import dev.handoff.posix.Sockets;

/**
 * What the keeper holds: one descriptor a name, the newest, which is its own to close. One thread.
 *
 * <p>
 * Invariant: all of it can be handed to a child, in number ({@link #limit}) and in the length of the names' list.
 */
final class ParkedDescriptors {

    /** The kernel takes at most 128 KiB for one environment variable (MAX_ARG_STRLEN, execve(2)); this is below. */
    static final int MAX_NAMES_LENGTH = 120_000;

    private final Map<String, Integer> byName = new LinkedHashMap<>();
    private final int limit;
    private int namesLength;

    /** @param limit how many names it takes */
    ParkedDescriptors(int limit) {
        this.limit = limit;
    }

    int limit() {
        return limit;
    }

    int size() {
        return byName.size();
    }

    /** Takes the descriptor over, in place of one of the same name; false when there is no room, and it stays the caller's. */
    boolean store(String name, int fd) {
        Integer before = byName.get(name);
        if (before == null) {
            if (byName.size() >= limit || namesLength + name.length() + 1 > MAX_NAMES_LENGTH) {
                return false;
            }
            namesLength += name.length() + 1;
        } else {
            Descriptors.close(before);
        }
        byName.put(name, fd);
        return true;
    }

    void remove(String name) {
        Integer fd = byName.remove(name);
        if (fd != null) {
            namesLength -= name.length() + 1;
            Descriptors.close(fd);
        }
    }

    /** Hangs up on every peer of a session and forgets it; listeners stay. The names of those let go. */
    List<String> letSessionsGo() {
        List<String> sessions = new ArrayList<>();
        for (String name : byName.keySet()) {
            if (name.startsWith("incumbent.") || name.startsWith("successor.")) {
                sessions.add(name);
            }
        }
        for (String name : sessions) {
            // Not close alone: a daemon, or a coordinator that hangs, may have a duplicate.
            Sockets.shutdown(byName.get(name), Sockets.SHUT_RDWR);
            remove(name);
        }
        return sessions;
    }

    /** In the order of {@link #names}. */
    List<Integer> descriptors() {
        return List.copyOf(byName.values());
    }

    /** In the order of {@link #descriptors}. */
    List<String> nameList() {
        return List.copyOf(byName.keySet());
    }

    /** As LISTEN_FDNAMES wants them. */
    String names() {
        return String.join(":", byName.keySet());
    }
}
