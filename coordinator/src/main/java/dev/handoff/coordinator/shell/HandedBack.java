package dev.handoff.coordinator.shell;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

import dev.handoff.coordinator.core.Service;
import dev.handoff.coordinator.loop.Named;
import dev.handoff.coordinator.loop.Past;
import dev.handoff.coordinator.loop.Session;
import dev.handoff.coordinator.store.DescriptorStore;
import dev.handoff.coordinator.store.Parked;
import dev.handoff.posix.Descriptors;
import dev.handoff.posix.Sockets;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What the store handed back, until each descriptor has found its place. Names are looked up, never taken apart. Before the loop
 * starts; one thread.
 */
final class HandedBack {

    private static final Logger LOG = LoggerFactory.getLogger(HandedBack.class);

    private final DescriptorStore store;
    private final ParkedSessions parked;
    private final Map<String, Parked> left = new LinkedHashMap<>();

    HandedBack(DescriptorStore store, ParkedSessions parked) {
        this.store = store;
        this.parked = parked;
        for (Parked one : store.handedBack()) {
            Parked before = left.putIfAbsent(one.name(), one);
            if (before != null) {
                LOG.warn("the store handed back more than one descriptor as {}; the first is used", one.name());
                Descriptors.close(one.fd());
            }
        }
    }

    /** What has found no place yet, to take from. */
    Map<String, Parked> left() {
        return left;
    }

    /** Puts the sockets of a service's sessions into the wire, where reading them can go on. Gives their numbers. */
    List<Long> resume(Service service, SocketWire wire, Past past) {
        List<Long> resumed = new ArrayList<>();
        for (Named.NamedSession session : Named.sessions(service)) {
            Parked handed = left.remove(ParkedSessions.name(service.name(), session.side(), session.number()));
            if (handed == null) {
                continue;
            }
            Optional<String> obstacle = resume(service, session, handed, wire, past);
            if (obstacle.isEmpty()) {
                parked.know(handed.name());
                resumed.add(session.number());
            } else {
                LOG.warn("session {} is ended: {}", handed.name(), obstacle.get());
                wire.close(service.number(), session.number());
                store.remove(handed.name());
            }
        }
        return resumed;
    }

    private static Optional<String> resume(Service service, Named.NamedSession named, Parked handed, SocketWire wire,
            Past past) {
        Session session = wire.adopt(service.number(), named.number(), named.side(), handed.fd());
        if (Sockets.type(handed.fd()) != Sockets.SOCK_STREAM || Sockets.family(handed.fd()) != Sockets.AF_UNIX
                || Sockets.isListening(handed.fd()) != 0) {
            return Optional.of("what was handed back is no connected Unix socket");
        }
        return past.streams().resume(session, past.fold().lastHeard(), wire);
    }

    /**
     * Lets go of everything that nobody asked for. Sessions end: their peers wait for somebody who is gone for good. A listener is
     * only closed, for a daemon may serve on it.
     *
     * @return whether a session was ended
     */
    boolean endStrays() {
        boolean ended = false;
        for (Parked stray : left.values()) {
            boolean session = ParkedSessions.isName(stray.name());
            LOG.warn("the store handed {} back, which is {} any more", stray.name(),
                    session ? "no session of a handoff" : "no listener of the configuration");
            if (session) {
                Sockets.shutdown(stray.fd(), Sockets.SHUT_RDWR);
                ended = true;
            }
            Descriptors.close(stray.fd());
            store.remove(stray.name());
        }
        left.clear();
        return ended;
    }
}
