package dev.handoff.simulator;

import java.util.Collection;
import java.util.TreeMap;

/** The kernel's table of processes. Pids are never used again within a boot. */
final class Processes {

    private static final long FIRST_PID = 100;

    private final TreeMap<Long, SimulatedProcess> living = new TreeMap<>();
    private long lastPid = FIRST_PID;
    private int boots = 1;

    long nextPid() {
        lastPid++;
        return lastPid;
    }

    void started(SimulatedProcess process) {
        living.put(process.pid(), process);
    }

    void ended(SimulatedProcess process) {
        living.remove(process.pid());
    }

    /** The living process with this pid, or null. */
    SimulatedProcess living(long pid) {
        return living.get(pid);
    }

    /** Every living process, in the order of their pids. */
    Collection<SimulatedProcess> living() {
        return living.values();
    }

    /** Changes when the machine restarts: pids mean something only within one boot. */
    String bootId() {
        return "boot-" + boots;
    }

    void rebooted() {
        boots++;
    }
}
