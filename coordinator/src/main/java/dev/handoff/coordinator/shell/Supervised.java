package dev.handoff.coordinator.shell;

import dev.handoff.coordinator.config.ServiceConfig;

/** One service as the shell needs it: its number in the journal, its configuration, and its listeners. */
record Supervised(int number, ServiceConfig config, ServiceListeners listeners) {}
