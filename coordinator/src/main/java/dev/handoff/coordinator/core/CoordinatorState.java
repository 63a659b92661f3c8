package dev.handoff.coordinator.core;

/**
 * The whole state: every service, and whether the coordinator is stopping.
 *
 * @param bootId
 *            the kernel's boot id when the last coordinator started: pids and start times mean something only within one
 */
public record CoordinatorState(Services services, boolean stopping, String bootId) {

    public static final CoordinatorState EMPTY = new CoordinatorState(Services.NONE, false, "");

    CoordinatorState with(Service service) {
        return new CoordinatorState(services.with(service), stopping, bootId);
    }

    CoordinatorState asStopping() {
        return new CoordinatorState(services, true, bootId);
    }
}
