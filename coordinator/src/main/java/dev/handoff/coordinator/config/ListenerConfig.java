package dev.handoff.coordinator.config;

/**
 * A listener that the coordinator binds and every generation of the daemon inherits, in the file's order.
 *
 * @param name fit for {@code LISTEN_FDNAMES}: printable ASCII without a colon, at most 255 characters (sd_listen_fds(3))
 */
public record ListenerConfig(String name, ListenAddress address) {}
