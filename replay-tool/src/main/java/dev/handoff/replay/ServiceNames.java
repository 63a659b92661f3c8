package dev.handoff.replay;

import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

import dev.handoff.codec.event.Event;
import dev.handoff.codec.event.Stamp;
import dev.handoff.coordinator.core.CoordinatorState;
import dev.handoff.coordinator.core.Service;

/** The names behind the service numbers of a journal, as far as it was read. One thread. */
public final class ServiceNames {

    private final Map<Integer, String> names = new HashMap<>();

    /** Takes a name, if the event tells one. */
    public void learn(Event event) {
        if (event instanceof Event.ServiceConfigured configured) {
            names.put(configured.stamp().service(), configured.name());
        }
    }

    /** Takes the names of every service in a state. */
    public void learn(CoordinatorState state) {
        for (Service service : state.services().values()) {
            names.put(service.number(), service.name());
        }
    }

    /** Every name that was read. */
    Set<String> all() {
        return Set.copyOf(names.values());
    }

    /** Empty for the coordinator itself; a number whose name was not read, or is lost, shows as {@code #3}. */
    public Optional<String> of(int service) {
        return service == Stamp.COORDINATOR
                ? Optional.empty()
                : Optional.of(names.getOrDefault(service, "#" + service));
    }
}
