package dev.handoff.coordinator.shell;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;

import dev.handoff.coordinator.config.ListenerConfig;
import dev.handoff.coordinator.config.ServiceConfig;
import dev.handoff.coordinator.store.DescriptorStore;
import dev.handoff.coordinator.store.Parked;
import dev.handoff.posix.Descriptors;
import dev.handoff.posix.Errno;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What a service's daemons inherit, in the order of the configuration: handed back by the store, or bound, and parked. Any thread.
 *
 * <p>
 * One may be missing: a daemon that outlived its coordinator holds it, and nobody handed it back. Then there is nothing to give
 * to a successor, and the port is free again only once that daemon has ended: {@link #complete} binds it then.
 */
final class ServiceListeners {

    private static final Logger LOG = LoggerFactory.getLogger(ServiceListeners.class);

    private static final int MISSING = -1;

    private final ServiceConfig service;
    private final DescriptorStore store;
    private final int[] descriptors;
    private boolean wereParked = true;

    ServiceListeners(ServiceConfig service, DescriptorStore store) {
        this.service = service;
        this.store = store;
        this.descriptors = new int[service.listeners().size()];
        Arrays.fill(descriptors, MISSING);
    }

    /** The name that a listener is parked under. */
    static String name(ServiceConfig service, ListenerConfig listener) {
        return "listener." + service.name() + "/" + listener.name();
    }

    /** Takes what fits out of {@code handedBack}. What is handed back under a name of ours and does not fit is let go. */
    synchronized void takeBack(Map<String, Parked> handedBack) throws StartupFailure {
        for (int i = 0; i < descriptors.length; i++) {
            ListenerConfig listener = service.listeners().get(i);
            Parked parked = handedBack.remove(name(service, listener));
            if (parked == null) {
                continue;
            }
            Optional<String> misfit = Listeners.misfit(parked.fd(), service, listener);
            if (misfit.isEmpty()) {
                descriptors[i] = parked.fd();
            } else {
                LOG.warn("the store handed {} back, but {}; {} is bound afresh", parked.name(), misfit.get(),
                        listener.address());
                Descriptors.close(parked.fd());
                store.remove(parked.name());
            }
        }
    }

    /**
     * Binds and parks what is missing; blocks.
     *
     * @param holders
     *            living daemons of the service, any of which may hold a listener
     * @throws StartupFailure
     *             an address cannot be bound, and none of {@code holders} is there to hold it
     */
    synchronized void bindMissing(List<Integer> holders) throws StartupFailure {
        for (int i = 0; i < descriptors.length; i++) {
            if (descriptors[i] == MISSING) {
                descriptors[i] = bind(service.listeners().get(i), holders);
            }
        }
    }

    private int bind(ListenerConfig listener, List<Integer> holders) throws StartupFailure {
        int fd = Listeners.bind(service, listener, !holders.isEmpty());
        if (fd == -Errno.EADDRINUSE) {
            fd = Listeners.takeFrom(holders, service, listener);
            if (fd < 0) {
                LOG.error(
                        "listener {} of service {}: {} is held by its daemon ({}), and no store handed the listener back."
                                + " The daemon serves on, but cannot be swapped; to have it start from cold, stop it",
                        listener.name(), service.name(), listener.address(), holders);
                return MISSING;
            }
            LOG.warn("listener {} of service {} was taken out of its daemon ({})", listener.name(), service.name(),
                    holders);
        }
        int parked = store.park(name(service, listener), fd);
        if (parked < 0) {
            wereParked = false;
            LOG.error("listener {} of service {} could not be parked ({}) with the {}: should the coordinator die, the"
                    + " daemon serves on but cannot be swapped until it is restarted", listener.name(), service.name(),
                    Errno.message(parked), store.describe());
        }
        return fd;
    }

    /** Why there is no complete set to give to a process, or nothing. For people. */
    synchronized Optional<String> missing() {
        List<String> missing = new ArrayList<>();
        for (int i = 0; i < descriptors.length; i++) {
            if (descriptors[i] == MISSING) {
                ListenerConfig listener = service.listeners().get(i);
                missing.add(listener.name() + " (" + listener.address() + ")");
            }
        }
        return missing.isEmpty()
                ? Optional.empty()
                : Optional.of("service " + service.name() + " cannot be swapped: its listener "
                        + String.join(", ", missing)
                        + " is held by the daemon that outlived its coordinator, and was not"
                        + " handed back; stop the daemon (kill its pid), and it is started from cold with it");
    }

    /** Whether all of them are with the store, as far as it said. */
    synchronized boolean parked() {
        return wereParked;
    }

    /** Before a cold start, when the one that held them is gone: binds what is missing. Empty, or why that failed. */
    synchronized Optional<String> complete() {
        try {
            bindMissing(List.of());
            return Optional.empty();
        } catch (StartupFailure e) {
            return Optional.of(e.getMessage());
        }
    }

    /** All of them; only while none is {@link #missing}. */
    synchronized List<Integer> descriptors() {
        List<Integer> all = new ArrayList<>();
        for (int fd : descriptors) {
            if (fd == MISSING) {
                throw new IllegalStateException("a listener of service " + service.name() + " is missing");
            }
            all.add(fd);
        }
        return all;
    }

    synchronized void close() {
        for (int i = 0; i < descriptors.length; i++) {
            if (descriptors[i] != MISSING) {
                Descriptors.close(descriptors[i]);
                descriptors[i] = MISSING;
            }
        }
    }
}
