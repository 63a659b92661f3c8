package dev.handoff.coordinator.core;

/**
 * A process of the supervised program.
 *
 * @param pid
 *            its process id
 * @param startTicks
 *            its start time in clock ticks since boot: with the pid it names the process for as long as the machine is up
 * @param binary
 *            the absolute path it was started from, or empty for one that turned up after nobody waited for it
 * @param build
 *            the build id of its {@code Hello} in hex, or empty as long as it has not said one
 */
public record Daemon(long pid, long startTicks, String binary, String build) {

    Daemon withBuild(String hex) {
        return new Daemon(pid, startTicks, binary, hex);
    }
}
