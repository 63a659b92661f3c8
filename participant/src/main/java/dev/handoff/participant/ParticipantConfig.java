package dev.handoff.participant;

import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.function.Consumer;

import dev.handoff.codec.BuildId;

/**
 * What a daemon tells about itself.
 *
 * @param dataDir          the directory the lock guards; it must exist
 * @param controlSocket    where the supervisor reaches the incumbent; any length; its directory must exist
 * @param buildId          this build's identity, announced in {@code Hello}
 * @param supervisorHoldMs how long the supervisor's sockets may be parked while it restarts ({@code hold_secs} of the
 *                         supervisor); its silence counts only after that and another 5 s. Only where it announced heartbeats
 * @param onAbandoned      called when a successor's handoff ends while the daemon itself is busy warming up or opening its
 *                         state, on the session's thread. It must end the process: the incumbent waits for the lock. By default
 *                         the reason goes to the log, and the process halts
 * @param onConnections    where this process takes over its predecessor's established connections: called once, on a thread
 *                         of its own, with all of them if there are any, when this process serves ({@link Taken#ready} is about to return
 *                         or has returned) and the predecessor has let go of them. From then on they are the daemon's, to read,
 *                         write and close. Empty: none are taken
 */
public record ParticipantConfig(Path dataDir, Path controlSocket, BuildId buildId, long supervisorHoldMs,
        Consumer<ParticipantEndedException> onAbandoned, Optional<Consumer<List<CarriedConnection>>> onConnections) {

    /** The supervisor's own default hold (protocol page, <i>Surviving the supervisor's death</i>). */
    public static final long DEFAULT_SUPERVISOR_HOLD_MS = 10_000;

    public ParticipantConfig {
        Objects.requireNonNull(dataDir, "dataDir");
        Objects.requireNonNull(controlSocket, "controlSocket");
        Objects.requireNonNull(buildId, "buildId");
        Objects.requireNonNull(onAbandoned, "onAbandoned");
        Objects.requireNonNull(onConnections, "onConnections");
        if (supervisorHoldMs < 0) {
            throw new IllegalArgumentException("supervisorHoldMs must be 0 or more, is " + supervisorHoldMs);
        }
    }

    /** With the defaults. */
    public static ParticipantConfig of(Path dataDir, Path controlSocket, BuildId buildId) {
        return new ParticipantConfig(dataDir, controlSocket, buildId, DEFAULT_SUPERVISOR_HOLD_MS, Abandonment::halt,
                Optional.empty());
    }

    public ParticipantConfig withSupervisorHoldMs(long holdMs) {
        return new ParticipantConfig(dataDir, controlSocket, buildId, holdMs, onAbandoned, onConnections);
    }

    public ParticipantConfig withOnAbandoned(Consumer<ParticipantEndedException> handler) {
        return new ParticipantConfig(dataDir, controlSocket, buildId, supervisorHoldMs, handler, onConnections);
    }

    /** Takes over the predecessor's connections: see {@link #onConnections()}. */
    public ParticipantConfig withConnections(Consumer<List<CarriedConnection>> handler) {
        return new ParticipantConfig(dataDir, controlSocket, buildId, supervisorHoldMs, onAbandoned,
                Optional.of(handler));
    }
}
