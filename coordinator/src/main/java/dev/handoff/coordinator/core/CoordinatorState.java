package dev.handoff.coordinator.core;

import java.util.Collections;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * The whole state: every service by its number, and whether the coordinator is stopping.
 *
 * @param bootId
 *            the kernel's boot id when the last coordinator started: pids and start times mean something only within one
 */
public record CoordinatorState(SortedMap<Integer, Service> services, boolean stopping, String bootId) {

    public static final CoordinatorState EMPTY = new CoordinatorState(new TreeMap<>(), false, "");

    public CoordinatorState {
        services = Collections.unmodifiableSortedMap(new TreeMap<>(services));
    }

    CoordinatorState with(Service service) {
        SortedMap<Integer, Service> next = new TreeMap<>(services);
        next.put(service.number(), service);
        return new CoordinatorState(next, stopping, bootId);
    }

    CoordinatorState asStopping() {
        return new CoordinatorState(services, true, bootId);
    }
}
