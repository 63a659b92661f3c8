package dev.handoff.coordinator.config;

import java.nio.file.Path;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * One supervised daemon. All paths are absolute and normalised.
 *
 * @param binary          what a cold start runs, and a swap that names no other
 * @param env             added to the coordinator's own environment, in the file's order
 * @param dataDir         where the daemon's lock lies; with it the coordinator can check who holds the lock
 * @param workingDir      the daemon's; without it the coordinator's own
 * @param drainGraceMs    bounds the drain
 * @param deadlineMs      bounds the whole handoff
 * @param helloMs         bounds the wait for a participant's first {@code Hello}
 * @param startMs         bounds a cold start, until the daemon's control socket answers
 * @param exitMs          how long a committed incumbent may take to exit before it gets SIGTERM
 * @param listenPid       whether the daemon finds {@code LISTEN_PID}, at the price of a start through {@code /bin/sh}
 * @param restartUnresponsive whether an incumbent that cannot be confirmed after a rollback is killed and started from cold
 * @param allowedUids     who may ask for what; empty: the coordinator's own user and root
 * @param allowedBinaries what may be started besides {@code binary}: files, or directories with all below; empty: any
 */
public record ServiceConfig(String name, Path controlSocket, Path binary, List<String> args, Map<String, String> env,
        List<ListenerConfig> listeners, Optional<Path> dataDir, Optional<Path> workingDir, long drainGraceMs,
        long deadlineMs, long helloMs, long startMs, long exitMs, boolean listenPid,
        boolean restartUnresponsive, Optional<Set<Integer>> allowedUids,
        Optional<List<AllowedBinary>> allowedBinaries) {

    public ServiceConfig {
        args = List.copyOf(args);
        env = Collections.unmodifiableMap(new LinkedHashMap<>(env));
        listeners = List.copyOf(listeners);
        allowedUids = allowedUids.map(Set::copyOf);
        allowedBinaries = allowedBinaries.map(List::copyOf);
    }

    /**
     * One entry of {@code allowed_binaries}.
     *
     * @param directory whether everything below {@code path} is meant: the entry ended in a slash
     */
    public record AllowedBinary(Path path, boolean directory) {
        boolean permits(Path binary) {
            return directory ? binary.startsWith(path) && !binary.equals(path) : binary.equals(path);
        }
    }

    /**
     * Whether a user may ask for anything about this service.
     *
     * @param uid    of the asking process, as the kernel gives it (an unsigned 32-bit number)
     * @param ownUid of the coordinator
     */
    public boolean allowsUid(int uid, int ownUid) {
        return allowedUids.map(uids -> uids.contains(uid)).orElse(uid == ownUid || uid == 0);
    }

    /**
     * The path to start for a request that names {@code requested}, or empty if the configuration forbids it. Start the
     * returned path and not the requested one: where a {@code ..} follows a symbolic link the two differ.
     */
    public Optional<Path> permittedBinary(Path requested) {
        Path path = requested.toAbsolutePath().normalize();
        boolean permitted = path.equals(binary)
                || allowedBinaries.map(list -> list.stream().anyMatch(entry -> entry.permits(path))).orElse(true);
        return permitted ? Optional.of(path) : Optional.empty();
    }
}
