/**
 * Descriptors that outlive the coordinator: parked with systemd or with our keeper, which speak the same protocol
 * (sd_notify(3), sd_listen_fds(3), systemd's page on the file descriptor store).
 */
package dev.handoff.coordinator.store;
