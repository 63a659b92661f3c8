package dev.handoff.coordinator.shell;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.UUID;
import java.util.stream.Collectors;

import dev.handoff.codec.Side;
import dev.handoff.coordinator.config.ListenerConfig;
import dev.handoff.coordinator.config.ServiceConfig;
import dev.handoff.coordinator.store.SpareChannel;
import dev.handoff.posix.Spawn;
import dev.handoff.posix.SpawnPlan;

/**
 * Starts participants: listeners first, from descriptor 3 on, then the control channel (protocol page, <i>The environment of a
 * spawned participant</i>). Any thread.
 */
final class Spawner {

    /** What the coordinator itself may have found in its environment, and must not pass on. */
    private static final List<String> OURS = List.of("HANDOFF_ROLE", "HANDOFF_SOCK_FD", "HANDOFF_HEARTBEAT_MS",
            "HANDOFF_HELLO_MS", "HANDOFF_CONFIG", Orphans.VARIABLE, "HANDOFF_KEEPER_PID", "LISTEN_FDS",
            "LISTEN_FDNAMES", "LISTEN_PID",
            "LISTEN_PIDFDID", "NOTIFY_SOCKET",
            "WATCHDOG_USEC", "WATCHDOG_PID", "MAINPID", "FDSTORE", SpareChannel.VARIABLE);

    private static final int FIRST_INHERITED = 3;

    /** How often each side that announces HEARTBEATS emits one. */
    private static final String HEARTBEAT_MS = "1000";

    /** sd_listen_fds(3) wants LISTEN_PID to be the child's own pid, which only the child knows before it is the daemon. */
    private static final String SHELL = "/bin/sh";

    private static final String WITH_OWN_PID = "export LISTEN_PID=$$; exec \"$0\" \"$@\"";

    private final Map<String, String> environment;
    private final UUID journalId;

    /** @param environment the coordinator's own */
    Spawner(Map<String, String> environment, UUID journalId) {
        this.journalId = journalId;
        Map<String, String> passedOn = new HashMap<>(environment);
        OURS.forEach(passedOn::remove);
        this.environment = Map.copyOf(passedOn);
    }

    /**
     * Starts a process.
     *
     * @param session
     *            the successor's control channel; 0 for a cold start
     * @param channel
     *            the successor's end of it, still open here afterwards; empty for a cold start
     */
    Spawn.Outcome spawn(Supervised service, Side role, Path binary, long session, OptionalInt channel) {
        ServiceConfig config = service.config();
        List<Integer> listeners = service.listeners().descriptors();
        List<Integer> inherited = new ArrayList<>(listeners);
        Map<String, String> env = new HashMap<>(environment);
        env.putAll(config.env());
        env.put("LISTEN_FDS", Integer.toString(listeners.size()));
        env.put("LISTEN_FDNAMES",
                config.listeners().stream().map(ListenerConfig::name).collect(Collectors.joining(":")));
        env.put("HANDOFF_HEARTBEAT_MS", HEARTBEAT_MS);
        env.put(Orphans.VARIABLE, Orphans.mark(journalId, service.number(), role, session));
        if (role == Side.SUCCESSOR) {
            env.put("HANDOFF_ROLE", "successor");
            env.put("HANDOFF_HELLO_MS", Long.toString(config.helloMs()));
            env.put("HANDOFF_SOCK_FD", Integer.toString(FIRST_INHERITED + inherited.size()));
            inherited.add(channel.orElseThrow());
        }
        return Spawn.spawn(new SpawnPlan(config.listenPid() ? Path.of(SHELL) : binary, argv(config, binary), env,
                inherited, config.workingDir(), true));
    }

    private static List<String> argv(ServiceConfig config, Path binary) {
        List<String> argv = new ArrayList<>();
        if (config.listenPid()) {
            argv.addAll(List.of(SHELL, "-c", WITH_OWN_PID));
        }
        argv.add(binary.toString());
        argv.addAll(config.args());
        return argv;
    }

    /** Variables that dash, which may be {@code /bin/sh}, drops because their names are no identifiers. */
    static Optional<String> droppedByShell(ServiceConfig config) {
        if (!config.listenPid()) {
            return Optional.empty();
        }
        String dropped = config.env().keySet().stream().filter(name -> !name.matches("[A-Za-z_][A-Za-z0-9_]*"))
                .collect(Collectors.joining(", "));
        return dropped.isEmpty() ? Optional.empty() : Optional.of(dropped);
    }
}
