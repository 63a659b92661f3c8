package dev.handoff.simulator;

import java.util.ArrayDeque;
import java.util.TreeSet;

/**
 * The service's own listening socket with the queue of clients that nobody accepted yet. Coordinator, store and daemons share
 * it; it must never close while the machine is up.
 */
final class ServiceListener {

    /** The store's name among the holders; pids are higher. */
    static final long STORE = 0;

    private final Safety safety;
    private final TreeSet<Long> holders = new TreeSet<>();
    private final ArrayDeque<Long> queue = new ArrayDeque<>();

    ServiceListener(Safety safety) {
        this.safety = safety;
    }

    void hold(long pid) {
        holders.add(pid);
    }

    void release(long pid) {
        if (holders.remove(pid)) {
            safety.listenerHeldBy(holders.size());
        }
    }

    /** The machine died, and everything with it. */
    void machineDied() {
        holders.clear();
        queue.clear();
    }

    /** A client that waits to be accepted, with the write it brings. */
    void enqueue(long write) {
        queue.add(write);
    }

    /** The next client's write, or null. */
    Long accept() {
        return queue.poll();
    }
}
