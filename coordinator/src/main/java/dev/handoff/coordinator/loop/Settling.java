package dev.handoff.coordinator.loop;

/**
 * Tells when it is clear who holds a data directory's lock, after sessions were ended: one peer resumes while another exits. Looked at
 * again and again by the coordinator that takes over, and by the simulated one; knows no clock itself.
 */
public final class Settling {

    /** How often to look; a sealed incumbent tries for the lock as often. */
    public static final long LOOK_AGAIN_NS = 25_000_000;

    /** For how long a sealed incumbent whose session has ended tries for the lock (protocol page, the failure table). */
    private static final long TRIES_NS = 2_000_000_000L;

    private static final long MARGIN_NS = 250_000_000;

    /** Whoever holds it for this long is not about to be followed by another, where all processes are known. */
    private static final long SETTLED_NS = 1_000_000_000L;

    private final long startNs;
    private final long settledNs;
    private long holder;
    private long sinceNs;

    /**
     * @param startNs
     *            now, on any clock that only goes forward
     * @param damaged
     *            whether the journal has a loss: then there may be an incumbent that nobody knows of, still trying for the lock
     */
    public Settling(long startNs, boolean damaged) {
        this.startNs = startNs;
        this.sinceNs = startNs;
        this.settledNs = damaged ? TRIES_NS + MARGIN_NS : SETTLED_NS;
    }

    /**
     * Whether it is clear. Nobody at all is clear after {@code 3 s}; whatever happens, it is after twice that.
     *
     * @param pid
     *            of who holds the lock now, or 0 for nobody
     */
    public boolean isClear(long pid, long nowNs) {
        if (pid != holder) {
            holder = pid;
            sinceNs = nowNs;
        }
        long nobodyNs = TRIES_NS + 4 * MARGIN_NS;
        return nowNs - startNs >= 2 * nobodyNs || nowNs - sinceNs >= (holder == 0 ? nobodyNs : settledNs);
    }
}
