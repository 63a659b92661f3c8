/**
 * The process above the coordinator where there is no systemd: holds parked descriptors in memory, starts the coordinator
 * again when it dies and hands them back. It sees nothing of ours but {@code posix} and the rule for names, and is small enough to
 * be read in one sitting: what never changes and hardly does anything hardly ever crashes.
 */
package dev.handoff.coordinator.keeper;
