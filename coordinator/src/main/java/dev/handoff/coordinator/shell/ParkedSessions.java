package dev.handoff.coordinator.shell;

import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;

import dev.handoff.codec.Side;
import dev.handoff.coordinator.loop.Session;
import dev.handoff.coordinator.store.DescriptorStore;
import dev.handoff.posix.Errno;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The sessions that the descriptor store holds, so that they outlive this process. Any thread.
 *
 * <p>
 * Invariant: a session that was abandoned does not stay parked, whichever of {@link #park} and {@link #forget} comes first.
 */
final class ParkedSessions {

    private static final Logger LOG = LoggerFactory.getLogger(ParkedSessions.class);

    private static final String INCUMBENT = "incumbent.";
    private static final String SUCCESSOR = "successor.";

    private final DescriptorStore store;
    private final ExecutorService workers;
    private final Set<String> names = ConcurrentHashMap.newKeySet();

    /** @param workers where the store is told to forget: it may be busy parking something else, for seconds */
    ParkedSessions(DescriptorStore store, ExecutorService workers) {
        this.store = store;
        this.workers = workers;
    }

    /** Whether a session of any service may be parked under this name. */
    static boolean isName(String name) {
        return name.startsWith(INCUMBENT) || name.startsWith(SUCCESSOR);
    }

    /** The name that a session of this service is parked under. */
    static String name(String service, Side side, long number) {
        return switch (side) {
            case INCUMBENT -> INCUMBENT;
            case SUCCESSOR -> SUCCESSOR;
        } + service + "." + number;
    }

    /** One that was handed back, and is parked still. */
    void know(String name) {
        names.add(name);
    }

    /**
     * Parks a session's socket; blocks. 0, also where the store is gone for good, or the negative errno, as
     * {@link DescriptorStore#park}.
     */
    int park(String name, Session session, int fd) {
        int parked = store.park(name, fd);
        if (parked == -Errno.ECONNREFUSED || parked == -Errno.ENOENT) {
            // As without a store: a handoff that ends with this process is better than none until somebody restarts it all.
            LOG.error("the {} is gone ({}): session {} is not parked, and ends if this coordinator dies",
                    store.describe(),
                    Errno.message(parked), name);
            return 0;
        }
        if (parked < 0) {
            return parked;
        }
        names.add(name);
        if (session.abandoned()) {
            forget(name);
        }
        return 0;
    }

    /** To be called once the session is abandoned and shut down; nothing happens where it is not parked. */
    void forget(String name) {
        if (names.remove(name)) {
            workers.execute(() -> store.remove(name));
        }
    }
}
