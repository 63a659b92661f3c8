package dev.handoff.participant;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Consumer;

import dev.handoff.codec.HandoffId;
import dev.handoff.posix.Descriptors;
import dev.handoff.posix.Errno;
import dev.handoff.posix.PeerCredentials;
import dev.handoff.posix.Processes;
import dev.handoff.posix.Sockets;
import dev.handoff.posix.UnixSockets;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The successor's side of the transfer. It listens from before {@code Hello}, takes what is offered once the lock is its own, and
 * gives the connections to the daemon when two things have come: the daemon serves, and the incumbent has released them or is
 * proven dead. Its methods are the daemon's main thread's; a thread of its own does the taking and the giving.
 *
 * <p>
 * Invariant: between arrival and that moment nothing is done with a connection's descriptor, not even an option set: the
 * incumbent may yet read on.
 */
final class ConnectionIntake {

    private static final Logger LOG = LoggerFactory.getLogger(ConnectionIntake.class);

    /** Descriptors that are left for the daemon's own files and its new clients. */
    static final int RESERVED_DESCRIPTORS = 128;
    // The incumbent sends it when it connects, long before; only a stranger is silent.
    private static final long OPEN_WITHIN_MS = 1_000;
    private static final byte[] NOTHING = new byte[0];

    private final Generation generation;
    private final Consumer<List<CarriedConnection>> daemon;
    private final int listening;
    private final CompletableFuture<Void> serving = new CompletableFuture<>();
    private final CompletableFuture<Void> settled = new CompletableFuture<>();
    private boolean closed;

    private ConnectionIntake(Generation generation, Consumer<List<CarriedConnection>> daemon, int listening) {
        this.generation = generation;
        this.daemon = daemon;
        this.listening = listening;
        this.closed = listening < 0;
    }

    /** For a process that takes no connections. */
    static ConnectionIntake none(Generation generation) {
        ConnectionIntake none = new ConnectionIntake(generation, _ -> {}, -1);
        none.settled.complete(null);
        return none;
    }

    /** Listens, if the daemon takes connections. What keeps it from that is logged: a handoff is possible without. */
    static ConnectionIntake open(Generation generation) {
        if (generation.config().onConnections().isEmpty()) {
            return none(generation);
        }
        try {
            return new ConnectionIntake(generation, generation.config().onConnections().get(),
                    TransferSocket.listen(generation.config().controlSocket()));
        } catch (IOException e) {
            LOG.warn("connections will not be carried over: cannot listen at {}: {}",
                    TransferSocket.path(generation.config().controlSocket(), Processes.ownPid()), e.getMessage());
            return none(generation);
        }
    }

    /** {@code Begin} came and the lock is ours: an incumbent that carries connections has connected by now. */
    void begin(HandoffId handoffId) {
        if (settled.isDone()) {
            return;
        }
        TransferChannel channel = null;
        PeerCredentials peer = new PeerCredentials();
        while (channel == null && (Sockets.poll(listening, Sockets.POLLIN, 0) & Sockets.POLLIN) != 0) {
            channel = accept(handoffId, peer);
        }
        close();
        if (channel == null) {
            settled.complete(null);
            return;
        }
        TransferChannel incumbent = channel;
        // Nothing is offered before this process says ROOM, below: so who offers anything was alive here, and is this one.
        int pidfd = peer.pid() > 0 ? Processes.pidfdOpen(peer.pid()) : -Errno.ESRCH;
        if (pidfd < 0) {
            LOG.warn("connections will not be carried over: {}: {}", peer, Errno.message(pidfd));
            channel.close();
            settled.complete(null);
            return;
        }
        Thread.ofPlatform().name("handoff-connections").daemon().start(() -> take(incumbent, pidfd));
    }

    /** The daemon is the incumbent now. */
    void serving() {
        serving.complete(null);
    }

    /** Waits until every connection is with the daemon, at most so long: a drain before that would miss some. */
    void awaitSettled(long withinMs) {
        try {
            settled.get(withinMs, TimeUnit.MILLISECONDS);
        } catch (TimeoutException e) {
            LOG.warn("the connections of the process before are not released yet");
        } catch (ExecutionException e) {
            throw new AssertionError("nothing completes it so", e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** Stops listening and removes the socket; safe to repeat, any thread. What was taken stays taken. */
    synchronized void close() {
        if (!closed) {
            closed = true;
            Descriptors.close(listening);
            TransferSocket.remove(generation.config().controlSocket(), Processes.ownPid());
        }
    }

    /** The incumbent of this handoff, or null for somebody else. */
    private TransferChannel accept(HandoffId handoffId, PeerCredentials peer) {
        int fd = UnixSockets.accept(listening);
        if (fd < 0) {
            LOG.warn("the incumbent could not be accepted: {}", Errno.message(fd));
            return null;
        }
        TransferChannel channel = new TransferChannel(fd);
        String why = "it is another user's";
        if (UnixSockets.peerCredentials(fd, peer) >= 0 && peer.uid() == ControlSocket.ownUid()) {
            channel.receiveWithinMs(OPEN_WITHIN_MS);
            try {
                TransferLayout.Header open = channel.expect(TransferLayout.OPEN);
                if (open.count() == TransferLayout.VERSION && open.length() == HandoffId.BYTES
                        && Arrays.equals(channel.payload(open), TransferLayout.encoded(handoffId))) {
                    channel.receiveWithinMs(0);
                    return channel;
                }
                why = "it is of another version or handoff";
            } catch (IOException e) {
                why = e.getMessage();
            }
        }
        LOG.warn("{} offers connections, but {}", peer, why);
        channel.close();
        return null;
    }

    // ---- the thread of its own

    private void take(TransferChannel channel, int pidfd) {
        List<CarriedConnection> connections = new ArrayList<>();
        long startNs = System.nanoTime();
        try (channel) {
            receive(channel, connections);
        } catch (IOException e) {
            // A rollback, or the incumbent's death; only that one lets go of them.
            LOG.info("the incumbent's offer ended with {} connections: {}", connections.size(), e.getMessage());
            if (!connections.isEmpty()) {
                awaitDeath(pidfd);
            }
        }
        Descriptors.close(pidfd);
        long releasedNs = System.nanoTime();
        serving.join();
        try {
            if (!connections.isEmpty()) {
                daemon.accept(List.copyOf(connections));
            }
            LOG.atLevel(generation.story()).log("{} connections carried over; taken and released within {} ms",
                    connections.size(), TimeUnit.NANOSECONDS.toMillis(releasedNs - startNs));
        } catch (RuntimeException | Error e) {
            LOG.error("the daemon could not take {} connections", connections.size(), e);
        } finally {
            settled.complete(null);
        }
    }

    /** Returns when all are released. */
    private static void receive(TransferChannel channel, List<CarriedConnection> into) throws IOException {
        int room = Math.max(0, Processes.ownFdLimit() - Math.max(0, Processes.fdCount(Processes.ownPid()))
                - RESERVED_DESCRIPTORS);
        channel.send(TransferLayout.ROOM, 0, room, NOTHING);
        int[] fds = new int[Sockets.MAX_DESCRIPTORS];
        while (true) {
            TransferChannel.Arrived arrived = channel.receive(fds);
            switch (arrived.header().kind()) {
                case TransferLayout.CONNECTIONS -> {
                    into.addAll(connections(channel, arrived, fds));
                    room -= arrived.descriptors();
                    channel.send(TransferLayout.ROOM, arrived.descriptors(), room, NOTHING);
                }
                case TransferLayout.END -> LOG.debug("{} connections wait to be released", into.size());
                case TransferLayout.RELEASE -> {
                    return;
                }
                default -> throw new IOException("a message of an unknown kind, "
                        + Integer.toHexString(arrived.header().kind()));
            }
        }
    }

    /** Descriptors without the state that belongs to them are of no use, and closed. */
    private static List<CarriedConnection> connections(TransferChannel channel, TransferChannel.Arrived arrived,
            int[] fds)
            throws IOException {
        try {
            return TransferLayout.decoded(channel.payload(arrived.header()), fds, arrived.descriptors())
                    .orElseThrow(() -> new IOException("the incumbent's list of connections makes no sense"));
        } catch (IOException e) {
            Arrays.stream(fds, 0, arrived.descriptors()).forEach(Descriptors::close);
            throw e;
        }
    }

    private static void awaitDeath(int pidfd) {
        int events;
        do {
            events = Sockets.poll(pidfd, Sockets.POLLIN, -1);
        } while (events == -Errno.EINTR || events == 0);
    }
}
