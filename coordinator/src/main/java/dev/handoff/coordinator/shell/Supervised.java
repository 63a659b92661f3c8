package dev.handoff.coordinator.shell;

import java.util.List;

import dev.handoff.coordinator.config.ServiceConfig;

/**
 * One service as the shell needs it: its number in the journal, its configuration, and its bound listeners in the order of the
 * configuration. Immutable.
 */
record Supervised(int number, ServiceConfig config, List<Integer> listeners) {
    Supervised {
        listeners = List.copyOf(listeners);
    }
}
