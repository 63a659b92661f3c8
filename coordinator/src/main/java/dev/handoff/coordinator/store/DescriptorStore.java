package dev.handoff.coordinator.store;

import java.util.List;

/**
 * Where descriptors are kept while no coordinator runs. Names are the keys: what comes back has no order. Any thread.
 *
 * <p>
 * A duplicate is parked, so ending a parked session takes {@code shutdown(2)} before {@link #remove}: a mere close reaches nobody
 * (protocol page, <i>Surviving the supervisor's death</i>).
 */
public interface DescriptorStore {

    /**
     * Parks a duplicate of {@code fd}; on return the store holds it, whatever becomes of this process. Blocks until the
     * store has said so, at most some seconds: not for the loop thread.
     *
     * <p>
     * Use a name for one descriptor at a time, and a descriptor under one name: systemd keeps several of a name, our keeper
     * the newest, and systemd ignores a second copy of what it has.
     *
     * @return 0, or the negative errno: {@code -EINVAL} for a name that {@link FdName} refuses, {@code -ENOSPC} from a full
     *         store, {@code -ETIMEDOUT} from one that does not answer, {@code -ECONNREFUSED} when it is gone. Then nothing is
     *         parked: what the descriptor is for can go on, but ends if this process dies. A systemd before 254 does not tell
     *         its limit (FileDescriptorStoreMax) and drops what exceeds it: that shows only at the next start, when too little
     *         is handed back.
     */
    int park(String name, int fd);

    /** Has the store forget what it holds under this name, if anything. Does not wait. */
    void remove(String name);

    /** What was handed back at this process's start; the same list at every call. */
    List<Parked> handedBack();

    /** Says that start-up, recovery included, is done. From here on a hold no longer runs. */
    void ready();

    /** Says in a line, for people, what goes on. */
    void status(String text);

    /**
     * How long parked sessions outlive this process, in milliseconds, if no other one becomes ready; systemd has no such
     * bound, it keeps them.
     */
    void hold(long holdMs);

    /** For people: which store this is, and what it cannot do. */
    String describe();
}
