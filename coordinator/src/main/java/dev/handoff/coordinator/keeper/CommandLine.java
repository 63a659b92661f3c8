package dev.handoff.coordinator.keeper;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

import dev.handoff.coordinator.store.SpareChannel;
import dev.handoff.posix.SpawnPlan;

/** How the coordinator is started: the command, its environment, and the parked descriptors as 3, 4, … (sd_listen_fds(3)). */
final class CommandLine {

    /** What told this process of a supervisor of its own, and would mislead the coordinator. */
    private static final Set<String> NOT_PASSED_ON = Set.of("LISTEN_FDS", "LISTEN_FDNAMES", "LISTEN_PID",
            "LISTEN_PIDFDID", "WATCHDOG_USEC", "WATCHDOG_PID", "MAINPID", SpareChannel.VARIABLE);

    private static final int FIRST_INHERITED = 3;

    private static final String SHELL = "/bin/sh";

    /** LISTEN_PID must be the child's own pid, which before the exec only the child knows; exec keeps it. */
    private static final String WITH_OWN_PID = "export LISTEN_PID=$$; exec \"$0\" \"$@\"";

    private final List<String> command;
    private final Map<String, String> environment;

    /**
     * @param command
     *            the program, by path or by name on PATH, and its arguments
     * @param environment
     *            this process's
     */
    CommandLine(List<String> command, Map<String, String> environment) {
        this.command = List.copyOf(command);
        this.environment = new HashMap<>(environment);
        this.environment.keySet().removeAll(NOT_PASSED_ON);
    }

    /** A start that hands {@code parked} back, in a process group of its own: the terminal's Ctrl-C reaches the keeper alone. */
    SpawnPlan plan(String notifySocket, ParkedDescriptors parked, int keeperPid) {
        Map<String, String> env = environment(notifySocket, parked.limit(), keeperPid);
        if (parked.size() > 0) {
            env.put("LISTEN_FDS", Integer.toString(parked.size()));
            env.put("LISTEN_FDNAMES", parked.names());
        }
        return plan(env, parked.descriptors());
    }

    /** A start in advance: what is parked comes over {@code channel}, when it is needed. */
    SpawnPlan planSpare(String notifySocket, int limit, int keeperPid, int channel) {
        Map<String, String> env = environment(notifySocket, limit, keeperPid);
        env.put(SpareChannel.VARIABLE, Integer.toString(FIRST_INHERITED));
        return plan(env, List.of(channel));
    }

    private Map<String, String> environment(String notifySocket, int limit, int keeperPid) {
        Map<String, String> env = new HashMap<>(environment);
        env.put("NOTIFY_SOCKET", notifySocket);
        env.put("FDSTORE", Integer.toString(limit));
        env.put("HANDOFF_KEEPER_PID", Integer.toString(keeperPid));
        return env;
    }

    private SpawnPlan plan(Map<String, String> env, List<Integer> inherited) {
        List<String> argv = new ArrayList<>(List.of(SHELL, "-c", WITH_OWN_PID));
        addWhatTheShellDrops(argv);
        argv.addAll(command);
        return new SpawnPlan(Path.of(SHELL), argv, env, inherited, Optional.empty(), true);
    }

    /** dash keeps no variable whose name is no identifier, such as a.b; env(1) sets them behind it. */
    private void addWhatTheShellDrops(List<String> argv) {
        int before = argv.size();
        for (Map.Entry<String, String> variable : environment.entrySet()) {
            if (!isIdentifier(variable.getKey())) {
                argv.add(variable.getKey() + "=" + variable.getValue());
            }
        }
        if (argv.size() > before) {
            argv.add(before, "/usr/bin/env");
        }
    }

    private static boolean isIdentifier(String name) {
        for (int i = 0; i < name.length(); i++) {
            char c = name.charAt(i);
            boolean letter = c == '_' || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
            if (!letter && (i == 0 || c < '0' || c > '9')) {
                return false;
            }
        }
        return !name.isEmpty();
    }
}
