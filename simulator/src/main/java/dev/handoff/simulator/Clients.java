package dev.handoff.simulator;

import java.util.Collection;

/** Clients of the service: each brings one write, waits in the listener's queue, and notes when it is acknowledged. */
final class Clients {

    private final World world;
    private long lastWrite;
    private long probe;

    Clients(World world) {
        this.world = world;
    }

    /** A client comes now. */
    void arrive() {
        lastWrite++;
        queue(lastWrite);
    }

    private void queue(long write) {
        world.listener().enqueue(write);
        for (SimulatedProcess process : world.processes().living()) {
            if (process instanceof Daemon daemon && daemon.accepts()) {
                daemon.after(world.wakeUpNs(), daemon::acceptClients);
            }
        }
    }

    /** A daemon accepts from now on; someone has waited for that. */
    void accepts(Daemon daemon) {
        if (daemon.alive()) {
            arrive();
        }
    }

    void acknowledged(long write) {
        world.hash().mix(write);
        if (write == probe) {
            probe = 0;
        }
    }

    /** Their daemon died before it answered: they come again. */
    void broken(Collection<Long> writes) {
        writes.forEach(this::queue);
    }

    /** Sends one whose acknowledgement {@link #probed} tells of. */
    void probe() {
        arrive();
        probe = lastWrite;
    }

    boolean probed() {
        return probe == 0;
    }
}
