package dev.handoff.coordinator.store;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.OptionalInt;
import java.util.Set;

import dev.handoff.posix.Descriptors;
import dev.handoff.posix.Errno;
import dev.handoff.posix.Sockets;
import dev.handoff.posix.UnixSockets;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A store behind a notify socket: systemd's or our keeper's. Any thread; parking is done one after the other, so that a
 * refusal is known to mean this descriptor.
 *
 * <p>
 * Every message goes through a socket of its own, as sd_notify(3) does it, for the receiver may have been replaced since the
 * last one. Both receivers read one queue in order: a barrier's answer tells that what was sent before it is done.
 */
final class NotifyStore implements DescriptorStore {

    private static final Logger LOG = LoggerFactory.getLogger(NotifyStore.class);

    /** As long as sd_notify's users commonly wait; systemd answers in far under a millisecond, unless it reloads. */
    private static final int ANSWER_MS = 5_000;

    private final Path socket;
    private final List<Parked> handedBack;
    private final OptionalInt limit;
    private final Set<String> names = new HashSet<>();

    /**
     * @param socket
     *            a path, or an abstract name with {@code @} in front
     * @param limit
     *            how many descriptors the store takes, where it tells
     */
    NotifyStore(Path socket, List<Parked> handedBack, OptionalInt limit) {
        this.socket = socket;
        this.handedBack = List.copyOf(handedBack);
        this.limit = limit;
        handedBack.forEach(parked -> names.add(parked.name()));
    }

    @Override
    public synchronized int park(String name, int fd) {
        if (!FdName.isValid(name)) {
            return -Errno.EINVAL;
        }
        if (limit.isPresent() && !names.contains(name) && names.size() >= limit.getAsInt()) {
            return -Errno.ENOSPC;
        }
        // FDPOLL=0: else systemd drops a socket that its peer has closed, unread bytes and all.
        int sent = send("FDSTORE=1\nFDNAME=" + name + "\nFDPOLL=0", fd);
        if (sent < 0) {
            return sent;
        }
        int stored = barrier();
        if (stored == 0) {
            names.add(name);
        } else if (stored == -Errno.ETIMEDOUT) {
            // It may yet be stored: take it back, so that "nothing is parked" comes true.
            remove(name);
        }
        return stored;
    }

    /**
     * Waits until everything sent before was dealt with: the receiver closes the pipe's end that it was sent. Our keeper writes a
     * byte first where it refused a descriptor since the barrier before, which systemd never does.
     */
    private int barrier() {
        long pipe = Descriptors.pipe();
        if (pipe < 0) {
            return (int) pipe;
        }
        int answer = Descriptors.low(pipe);
        int sent = send("BARRIER=1", Descriptors.high(pipe));
        Descriptors.close(Descriptors.high(pipe));
        try {
            return sent < 0 ? sent : await(answer);
        } finally {
            Descriptors.close(answer);
        }
    }

    private static int await(int answer) {
        int ready = Sockets.poll(answer, Sockets.POLLIN, ANSWER_MS);
        if (ready <= 0) {
            return ready == 0 ? -Errno.ETIMEDOUT : ready;
        }
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment refusal = arena.allocate(1);
            int read = Descriptors.read(answer, refusal, 0, 1);
            return read > 0 ? -Errno.ENOSPC : read;
        }
    }

    @Override
    public synchronized void remove(String name) {
        if (FdName.isValid(name)) {
            names.remove(name);
            tell("FDSTOREREMOVE=1\nFDNAME=" + name);
        }
    }

    @Override
    public List<Parked> handedBack() {
        return handedBack;
    }

    @Override
    public void ready() {
        tell("READY=1");
    }

    @Override
    public void status(String text) {
        tell("STATUS=" + text.replace('\n', ' '));
    }

    @Override
    public void hold(long holdMs) {
        // The prefix X_ is systemd's promise never to give the variable a meaning of its own.
        tell("X_HANDOFF_HOLD_MS=" + holdMs);
    }

    @Override
    public String describe() {
        return "descriptor store at " + socket
                + (limit.isPresent() ? ", which takes " + limit.getAsInt() + " descriptors" : "");
    }

    private void tell(String text) {
        int sent = send(text);
        if (sent < 0) {
            LOG.warn("cannot tell the {} '{}': {}", describe(), text.replace('\n', ' '), Errno.message(sent));
        }
    }

    private int send(String text, int... fds) {
        int fd = UnixSockets.connectDatagram(socket);
        if (fd < 0) {
            return fd;
        }
        try {
            int bounded = Sockets.setSendTimeoutMs(fd, ANSWER_MS);
            if (bounded < 0) {
                return bounded;
            }
            int sent = Sockets.sendDescriptors(fd, text.getBytes(StandardCharsets.UTF_8), fds);
            return sent == -Errno.EAGAIN ? -Errno.ETIMEDOUT : Math.min(sent, 0);
        } finally {
            Descriptors.close(fd);
        }
    }
}
