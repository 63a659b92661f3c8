package dev.handoff.participant;

import java.nio.channels.DatagramChannel;
import java.nio.channels.ServerSocketChannel;
import java.util.List;

import dev.handoff.posix.Descriptors;
import dev.handoff.posix.Errno;
import dev.handoff.posix.Sockets;

/**
 * The listeners that the supervisor bound and this process inherited, by name. They outlive every generation of the daemon
 * and stay open here until the process ends: a daemon that drains closes the channel it accepts from, which is a duplicate,
 * and may take another one when it resumes. Immutable; any thread.
 *
 * <p>
 * All generations share one open file description per listener, and with it its O_NONBLOCK flag: what one sets, the other
 * one sees. Channels of the JDK and of Netty cope with either.
 */
public final class InheritedListeners {

    /**
     * One inherited socket.
     *
     * @param name as in the supervisor's configuration; several may share one
     * @param fd   its descriptor, close-on-exec, owned by {@link InheritedListeners}
     */
    public record Listener(String name, int fd) {

        /** Whether it takes datagrams rather than connections. */
        public boolean udp() {
            return Sockets.type(fd) == Sockets.SOCK_DGRAM;
        }

        /** Whether it is a Unix socket rather than one of IPv4 or IPv6. */
        public boolean unix() {
            return Sockets.family(fd) == Sockets.AF_UNIX;
        }
    }

    private final List<Listener> listeners;
    private final String whyNone;

    InheritedListeners(List<Listener> listeners, String whyNone) {
        this.listeners = List.copyOf(listeners);
        this.whyNone = whyNone;
    }

    static InheritedListeners none(String why) {
        return new InheritedListeners(List.of(), why);
    }

    /** How many there are. */
    public int count() {
        return listeners.size();
    }

    /** All of them, in descriptor order. */
    public List<Listener> all() {
        return listeners;
    }

    /** Whether exactly one listener has this name. */
    public boolean has(String name) {
        return listeners.stream().filter(listener -> listener.name().equals(name)).count() == 1;
    }

    /**
     * The listener of this name.
     *
     * @throws ParticipantEndedException if none or several have it; the message says which there are
     */
    public Listener named(String name) throws ParticipantEndedException {
        List<Listener> found = listeners.stream().filter(listener -> listener.name().equals(name)).toList();
        if (found.size() == 1) {
            return found.getFirst();
        }
        String there = listeners.isEmpty()
                ? "none was inherited" + (whyNone.isEmpty() ? "" : " (" + whyNone + ")")
                : "inherited were " + listeners.stream().map(Listener::name).toList();
        throw new ParticipantEndedException(1, (found.isEmpty() ? "no listener is" : found.size() + " listeners are")
                + " named '" + name + "': " + there
                + "; name it under [[listeners]] in the supervisor's configuration");
    }

    /**
     * The inherited descriptor itself, for what takes raw ones. It stays open here: pass {@link #duplicate} to code that
     * closes what it is given, as Netty's channels do.
     */
    public int descriptor(String name) throws ParticipantEndedException {
        return named(name).fd();
    }

    /** A close-on-exec duplicate, the caller's to close; {@code new EpollServerSocketChannel(fd)} adopts it. */
    public int duplicate(String name) throws ParticipantEndedException {
        Listener listener = named(name);
        int fd = Descriptors.duplicate(listener.fd(), 0);
        if (fd < 0) {
            throw new ParticipantEndedException(1,
                    "cannot duplicate the listener '" + name + "': " + Errno.message(fd));
        }
        return fd;
    }

    /**
     * A JDK channel on a duplicate of the listener, in blocking mode; TCP or Unix stream. Closing it leaves the listener, and
     * its queue, alone.
     *
     * @throws ParticipantEndedException if the listener is no stream socket that listens, or the JVM lacks
     *                                   {@code --add-opens java.base/sun.nio.ch=ALL-UNNAMED}
     */
    public ServerSocketChannel serverSocketChannel(String name) throws ParticipantEndedException {
        Listener listener = named(name);
        if (listener.udp() || Sockets.isListening(listener.fd()) != 1) {
            throw new ParticipantEndedException(1, "the listener '" + name + "' takes no connections"
                    + (listener.udp() ? ": it is a datagram socket, use datagramChannel" : ""));
        }
        return AdoptedChannels.serverSocketChannel(duplicate(name), Sockets.family(listener.fd()), name);
    }

    /**
     * A JDK channel on a duplicate of an IPv4 or IPv6 datagram socket, in blocking mode.
     *
     * @throws ParticipantEndedException as {@link #serverSocketChannel}
     */
    public DatagramChannel datagramChannel(String name) throws ParticipantEndedException {
        Listener listener = named(name);
        if (!listener.udp() || listener.unix()) {
            throw new ParticipantEndedException(1, "the listener '" + name + "' is no UDP socket");
        }
        return AdoptedChannels.datagramChannel(duplicate(name), Sockets.family(listener.fd()), name);
    }
}
