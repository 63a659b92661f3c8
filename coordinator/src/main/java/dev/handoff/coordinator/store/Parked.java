package dev.handoff.coordinator.store;

/**
 * A descriptor that an earlier coordinator parked and this one got back.
 *
 * @param name
 *            under which it was parked
 * @param fd
 *            in this process, close-on-exec, the caller's to close; the store keeps its own until told to forget it
 */
public record Parked(String name, int fd) {}
