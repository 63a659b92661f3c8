package dev.handoff.coordinator.store;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;

import dev.handoff.posix.Descriptors;
import dev.handoff.posix.Errno;
import dev.handoff.posix.Processes;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Finds the store that this process was started with. To be asked once, early: until then the descriptors survive an exec. */
public final class DescriptorStores {

    private static final Logger LOG = LoggerFactory.getLogger(DescriptorStores.class);

    private static final String NOTIFY_SOCKET = "NOTIFY_SOCKET";
    private static final String LISTEN_FDS = "LISTEN_FDS";
    private static final String LISTEN_FDNAMES = "LISTEN_FDNAMES";
    private static final String LISTEN_PID = "LISTEN_PID";
    /** The store's size, since systemd 254 and from our keeper. */
    private static final String FDSTORE = "FDSTORE";

    private static final int FIRST_DESCRIPTOR = 3;

    private DescriptorStores() {}

    /**
     * The store behind {@code NOTIFY_SOCKET}, with what {@code LISTEN_FDS}, {@code LISTEN_FDNAMES} and {@code LISTEN_PID} hand
     * back, all made close-on-exec; or none. What does not fit together is logged, and nothing of it taken: the store keeps
     * its own descriptors.
     */
    public static DescriptorStore fromEnvironment(Map<String, String> environment) {
        return fromEnvironment(environment, handedBack(environment));
    }

    /** As above, with {@code handedBack} in place of what the environment hands back: a spare gets it over its own channel. */
    public static DescriptorStore fromEnvironment(Map<String, String> environment, List<Parked> handedBack) {
        String socket = environment.getOrDefault(NOTIFY_SOCKET, "");
        if (!socket.startsWith("/") && !socket.startsWith("@")) {
            if (!socket.isEmpty()) {
                LOG.error("NOTIFY_SOCKET is {}, which is neither a path nor an abstract name", socket);
            }
            return new NoStore();
        }
        return new NotifyStore(Path.of(socket), handedBack, limit(environment));
    }

    private static List<Parked> handedBack(Map<String, String> environment) {
        String count = environment.getOrDefault(LISTEN_FDS, "");
        if (count.isEmpty() || count.equals("0")) {
            return List.of();
        }
        String pid = environment.getOrDefault(LISTEN_PID, "");
        int own = Processes.ownPid();
        if (!pid.equals(Integer.toString(own))) {
            LOG.error("LISTEN_PID is '{}' and this process is {}: the descriptors of LISTEN_FDS={} are left alone", pid,
                    own, count);
            return List.of();
        }
        OptionalInt number = number(count);
        List<String> names = List.of(environment.getOrDefault(LISTEN_FDNAMES, "").split(":", -1));
        if (number.isEmpty() || names.size() != number.getAsInt() || !names.stream().allMatch(FdName::isValid)) {
            LOG.error("LISTEN_FDS is {} and LISTEN_FDNAMES '{}', which do not fit: no descriptor is taken", count,
                    String.join(":", names));
            return List.of();
        }
        List<Parked> taken = new ArrayList<>();
        for (int i = 0; i < names.size(); i++) {
            int fd = FIRST_DESCRIPTOR + i;
            int closing = Descriptors.setCloseOnExec(fd, true);
            if (closing < 0) {
                LOG.error("descriptor {}, handed back as {}: {}", fd, names.get(i), Errno.message(closing));
            } else {
                taken.add(new Parked(names.get(i), fd));
            }
        }
        return taken;
    }

    private static OptionalInt limit(Map<String, String> environment) {
        return number(environment.getOrDefault(FDSTORE, ""));
    }

    private static OptionalInt number(String text) {
        return text.matches("[0-9]{1,9}") ? OptionalInt.of(Integer.parseInt(text)) : OptionalInt.empty();
    }
}
