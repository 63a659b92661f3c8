package dev.handoff.participant;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;

import dev.handoff.posix.Descriptors;
import dev.handoff.posix.Processes;
import dev.handoff.posix.Sockets;

/**
 * What the supervisor said through the environment (protocol page, <i>The environment of a spawned participant</i>), read
 * and checked once, at startup. The descriptors it names become close-on-exec here, so that the daemon's own children do
 * not inherit them.
 *
 * @param controlFd   the successor's control channel; empty on a cold start
 * @param listeners   the inherited listeners
 * @param heartbeatMs how often both sides send a heartbeat, in ms; empty where the supervisor announced none
 * @param helloMs     how long after it was started a successor may take to say hello, in ms; empty where the supervisor did not say
 */
record HandoffEnvironment(OptionalInt controlFd, InheritedListeners listeners, OptionalInt heartbeatMs,
        OptionalInt helloMs) {

    static final String ROLE = "HANDOFF_ROLE";
    static final String SOCK_FD = "HANDOFF_SOCK_FD";
    static final String LISTEN_FDS = "LISTEN_FDS";
    static final String LISTEN_FDNAMES = "LISTEN_FDNAMES";
    static final String LISTEN_PID = "LISTEN_PID";
    static final String HEARTBEAT_MS = "HANDOFF_HEARTBEAT_MS";
    static final String HELLO_MS = "HANDOFF_HELLO_MS";
    static final List<String> NAMES = List.of(ROLE, SOCK_FD, LISTEN_FDS, LISTEN_FDNAMES, LISTEN_PID, HEARTBEAT_MS,
            HELLO_MS);

    /** SD_LISTEN_FDS_START of sd_listen_fds(3). */
    static final int FIRST_LISTENER_FD = 3;

    /** A gap of 5 s counts as a dead peer (protocol page): a slower beat could never keep a peer alive. */
    static final int SLOWEST_HEARTBEAT_MS = 4_000;

    private static final int LONGEST_HELLO_MS = 86_400_000;
    private static final String SUCCESSOR = "successor";
    // A limit against nonsense, far above any daemon's count and below the usual RLIMIT_NOFILE.
    private static final int MOST_LISTENERS = 1_000;
    // systemd's own name for a descriptor without one (sd_listen_fds_with_names(3)).
    private static final String UNNAMED = "unknown";

    /** What {@link #read} made of the variables. */
    sealed interface Outcome {}

    record Found(HandoffEnvironment environment) implements Outcome {}

    /** A variable is wrong: the reason names it, its value, and what to do. */
    record Refused(String reason) implements Outcome {}

    /** Reads and checks {@code variables}, an empty value counting as none. Changes only the descriptors' close-on-exec. */
    static Outcome read(Map<String, String> variables) {
        try {
            return new Found(parse(variables));
        } catch (BadVariable bad) {
            return new Refused(bad.getMessage());
        }
    }

    private static HandoffEnvironment parse(Map<String, String> variables) throws BadVariable {
        String role = value(variables, ROLE);
        if (!role.isEmpty() && !role.equals(SUCCESSOR)) {
            throw new BadVariable(ROLE, role, "'successor', or unset for a cold start, was expected");
        }
        boolean successor = role.equals(SUCCESSOR);
        InheritedListeners listeners = listeners(variables, successor);
        OptionalInt controlFd = OptionalInt.empty();
        String sockFd = value(variables, SOCK_FD);
        if (successor) {
            if (sockFd.isEmpty()) {
                throw new BadVariable(SOCK_FD, sockFd,
                        "a successor needs its control descriptor; is HANDOFF_ROLE left over from another process?");
            }
            int fd = number(SOCK_FD, sockFd, FIRST_LISTENER_FD, Integer.MAX_VALUE);
            if (fd < FIRST_LISTENER_FD + listeners.count()) {
                throw new BadVariable(SOCK_FD, sockFd, "that descriptor is one of the " + listeners.count()
                        + " listeners that LISTEN_FDS names");
            }
            if (Sockets.type(fd) != Sockets.SOCK_STREAM || Sockets.family(fd) != Sockets.AF_UNIX) {
                throw new BadVariable(SOCK_FD, sockFd,
                        "descriptor " + fd + " is " + (Descriptors.isOpen(fd) ? "no Unix stream socket" : "not open")
                                + "; was it closed by a wrapper script?");
            }
            Descriptors.setCloseOnExec(fd, true);
            controlFd = OptionalInt.of(fd);
        } else if (!sockFd.isEmpty()) {
            throw new BadVariable(SOCK_FD, sockFd, "it is set, but HANDOFF_ROLE is not: set both or neither");
        }
        String heartbeat = value(variables, HEARTBEAT_MS);
        OptionalInt heartbeatMs = heartbeat.isEmpty()
                ? OptionalInt.empty()
                : OptionalInt.of(number(HEARTBEAT_MS, heartbeat, 1, SLOWEST_HEARTBEAT_MS));
        String hello = value(variables, HELLO_MS);
        OptionalInt helloMs = hello.isEmpty()
                ? OptionalInt.empty()
                : OptionalInt.of(number(HELLO_MS, hello, 1, LONGEST_HELLO_MS));
        return new HandoffEnvironment(controlFd, listeners, heartbeatMs, helloMs);
    }

    private static InheritedListeners listeners(Map<String, String> variables, boolean successor) throws BadVariable {
        String count = value(variables, LISTEN_FDS);
        if (count.isEmpty()) {
            return InheritedListeners.none("LISTEN_FDS is not set");
        }
        int listeners = number(LISTEN_FDS, count, 0, MOST_LISTENERS);
        String pid = value(variables, LISTEN_PID);
        if (!pid.isEmpty() && !pid.equals(Integer.toString(Processes.ownPid()))) {
            String reason = "this process is " + Processes.ownPid()
                    + ": the listeners were meant for another one; a wrapper script must exec the daemon";
            if (successor) {
                throw new BadVariable(LISTEN_PID, pid, reason);
            }
            // sd_listen_fds(3): not ours. Whoever asks for a listener by name is told why there is none.
            return InheritedListeners.none("LISTEN_PID is " + pid + ", but " + reason);
        }
        List<String> names = names(value(variables, LISTEN_FDNAMES), listeners);
        List<InheritedListeners.Listener> found = new ArrayList<>();
        for (int i = 0; i < listeners; i++) {
            int fd = FIRST_LISTENER_FD + i;
            if (Sockets.type(fd) < 0) {
                throw new BadVariable(LISTEN_FDS, count, "descriptor " + fd + " ('" + names.get(i) + "') is "
                        + (Descriptors.isOpen(fd) ? "no socket" : "not open"));
            }
            Descriptors.setCloseOnExec(fd, true);
            found.add(new InheritedListeners.Listener(names.get(i), fd));
        }
        return new InheritedListeners(found, "");
    }

    private static List<String> names(String text, int listeners) throws BadVariable {
        if (text.isEmpty()) {
            return Collections.nCopies(listeners, UNNAMED);
        }
        List<String> names = List.of(text.split(":", -1));
        if (names.size() != listeners) {
            throw new BadVariable(LISTEN_FDNAMES, text,
                    "it has " + names.size() + " names for the " + listeners + " listeners of LISTEN_FDS");
        }
        return names;
    }

    private static String value(Map<String, String> variables, String name) {
        String value = variables.get(name);
        return value == null ? "" : value;
    }

    private static int number(String name, String text, int least, int most) throws BadVariable {
        if (text.chars().allMatch(c -> c >= '0' && c <= '9') && text.length() <= 10) {
            long value = Long.parseLong(text);
            if (value >= least && value <= most) {
                return (int) value;
            }
        }
        throw new BadVariable(name, text, "a number in " + least + ".." + most + " was expected");
    }

    /** Ends {@link #parse}, and never leaves this class. */
    private static final class BadVariable extends Exception {
        private static final long serialVersionUID = 1;

        BadVariable(String name, String value, String reason) {
            super("environment variable " + name + (value.isEmpty() ? " is missing" : " is '" + value + "'") + ": "
                    + reason);
        }
    }
}
