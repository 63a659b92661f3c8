package dev.handoff.coordinator.config;

import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

import dev.handoff.journal.SyncLevel;

/**
 * A whole configuration file. All paths are absolute and normalised.
 *
 * @param file          where this was read
 * @param triggerSocket where commands reach the coordinator
 * @param journal       a directory
 * @param holdMs        how long parked sockets outlive a dead coordinator
 * @param retentionDays how long a journal file is kept once no recovery needs it
 * @param services      at least one, names unique, in the file's order
 */
public record CoordinatorConfig(Path file, Path triggerSocket, Path journal, SyncLevel sync, LoopWait loopWait,
        long holdMs, int retentionDays, List<ServiceConfig> services) {

    public CoordinatorConfig {
        services = List.copyOf(services);
    }

    /** The service of this name. */
    public Optional<ServiceConfig> service(String name) {
        return services.stream().filter(service -> service.name().equals(name)).findFirst();
    }
}
