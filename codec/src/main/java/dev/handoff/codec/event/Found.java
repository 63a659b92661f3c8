package dev.handoff.codec.event;

import java.util.List;

/**
 * What a coordinator that takes over found of one service. Every service of its configuration has one; a service without one
 * is left alone.
 *
 * @param service
 *            the service's number
 * @param sessions
 *            the numbers of its sessions whose sockets were handed back
 * @param gone
 *            the pids that the state names and that no longer run, by pid, start time and boot id
 * @param spawnedPid
 *            a living process that was started for the last {@code SpawnOrdered} of a state that awaits its {@code Spawned}; 0
 *            for none
 * @param spawnedTicks
 *            its start time in clock ticks since boot
 * @param holderPid
 *            the process that holds the data directory's lock or, where that cannot be told, answers on the control socket; 0
 *            for none
 * @param holderTicks
 *            its start time
 */
public record Found(int service, List<Long> sessions, List<Long> gone, long spawnedPid, long spawnedTicks,
        long holderPid, long holderTicks) {

    public Found {
        sessions = List.copyOf(sessions);
        gone = List.copyOf(gone);
    }

    /** Nothing runs, nothing was handed back. */
    public static Found nothing(int service) {
        return new Found(service, List.of(), List.of(), 0, 0, 0, 0);
    }
}
