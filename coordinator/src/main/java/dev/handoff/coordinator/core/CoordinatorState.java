package dev.handoff.coordinator.core;

import java.util.Collections;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * The whole state: every service by its number, and whether the coordinator is stopping.
 */
public record CoordinatorState(SortedMap<Integer, Service> services, boolean stopping) {

    public static final CoordinatorState EMPTY = new CoordinatorState(new TreeMap<>(), false);

    public CoordinatorState {
        services = Collections.unmodifiableSortedMap(new TreeMap<>(services));
    }

    CoordinatorState with(Service service) {
        SortedMap<Integer, Service> next = new TreeMap<>(services);
        next.put(service.number(), service);
        return new CoordinatorState(next, stopping);
    }

    CoordinatorState asStopping() {
        return new CoordinatorState(services, true);
    }
}
