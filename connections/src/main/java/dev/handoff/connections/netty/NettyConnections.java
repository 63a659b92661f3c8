package dev.handoff.connections.netty;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

import dev.handoff.participant.CarriedConnection;
import dev.handoff.participant.DrainDeadline;
import dev.handoff.posix.Descriptors;
import dev.handoff.posix.Sockets;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.epoll.EpollDomainSocketChannel;
import io.netty.channel.epoll.EpollSocketChannel;
import io.netty.channel.unix.UnixChannel;
import io.netty.util.concurrent.Future;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Carries the connections of a server on Netty's epoll transport. A daemon adds each connection that it accepts, quiesces them
 * in its drain, resumes them in {@code resumeAfterAbort}, and adopts what arrives in the next generation. Any thread but an
 * event loop's, unless said otherwise.
 *
 * <p>
 * A connection that is quiet is deregistered from its event loop, not merely told not to read: Netty reads a channel whose
 * client hangs up even then. Output that the client has not taken travels with it.
 */
public final class NettyConnections {

    private static final Logger LOG = LoggerFactory.getLogger(NettyConnections.class);

    /** How often a drain that waits looks whether it should end. */
    private static final long LOOK_MS = 5;

    private final Map<Channel, Tracked> tracked = new ConcurrentHashMap<>();

    /** Where a connection is on its way; event loop only. */
    private enum Phase {
        SERVING,
        QUIESCING,
        /** At its boundary, and Netty has yet to deregister it. */
        DEREGISTERING,
        /** As before, but it is to serve on. */
        CANCELLED,
        QUIET,
        REGISTERING
    }

    private static final class Tracked {
        final String listener;
        final CarriedSession session;
        Phase phase = Phase.SERVING;
        CompletableFuture<CarriedConnection> quiet = new CompletableFuture<>();

        Tracked(String listener, CarriedSession session) {
            this.listener = listener;
            this.session = session;
        }
    }

    /**
     * From now on this connection is carried, until it closes. Best in its pipeline's initializer, so that none is missed.
     *
     * @param listener the name of the listener that it was accepted from
     */
    public void add(Channel channel, String listener, CarriedSession session) {
        tracked.put(channel, new Tracked(listener, session));
        channel.closeFuture().addListener(_ -> {
            Tracked gone = tracked.remove(channel);
            if (gone != null) {
                gone.quiet.complete(null);
            }
        });
    }

    /**
     * Brings every connection to a boundary and stops reading it. Accept nothing while this runs. A connection that is not there
     * in time is left out and serves on: what becomes of it is up to the drain.
     *
     * @return those that are quiet, for {@link dev.handoff.participant.DrainReport#carried}
     */
    public List<CarriedConnection> quiesce(DrainDeadline deadline) {
        List<CompletableFuture<CarriedConnection>> all = new ArrayList<>();
        tracked.forEach((channel, connection) -> {
            CompletableFuture<CarriedConnection> quiet = new CompletableFuture<>();
            all.add(quiet);
            channel.eventLoop().execute(() -> begin(channel, connection, quiet));
        });
        if (!await(CompletableFuture.allOf(all.toArray(CompletableFuture[]::new)), deadline)) {
            List<Future<?>> given = new ArrayList<>();
            tracked.forEach((channel, connection) -> given
                    .add(channel.eventLoop().submit(() -> giveUp(channel, connection))));
            given.forEach(Future::syncUninterruptibly);
        }
        return all.stream().map(quiet -> quiet.getNow(null)).filter(connection -> connection != null).toList();
    }

    /** The handoff was rolled back: every connection that is quiet serves on. */
    public void resume() {
        tracked.forEach((channel, connection) -> channel.eventLoop().execute(() -> serveOn(channel, connection)));
    }

    /**
     * Closes this process's side of every connection that is quiet, without a word to its client. Where the successor has them and
     * this process does not end anyway.
     */
    public void letGo() {
        tracked.forEach((channel, connection) -> channel.eventLoop().execute(() -> {
            if (connection.phase == Phase.QUIET) {
                var _ = channel.close();
            }
        }));
    }

    /**
     * Serves connections that were carried over, for {@link dev.handoff.participant.ParticipantConfig#withConnections}. What
     * cannot be adopted is closed.
     *
     * @return how many were adopted; each is registered when this returns
     */
    public static int adopt(List<CarriedConnection> connections, EventLoopGroup group, CarriedInitializer initializer) {
        // All are made before any is registered: once a loop has something to read, what is left to do here has to compete with that.
        List<Channel> adopted = new ArrayList<>(connections.size());
        for (CarriedConnection connection : connections) {
            Channel channel = channel(connection);
            if (channel != null) {
                channel.pipeline().addLast(new Beginning(connection, initializer));
                adopted.add(channel);
            }
        }
        for (Channel channel : adopted) {
            var _ = group.register(channel);
        }
        // Behind the registrations: a drain that comes next finds all of them.
        adopted.stream().map(Channel::eventLoop).distinct().forEach(loop -> loop.submit(() -> {})
                .syncUninterruptibly());
        return adopted.size();
    }

    // ---- the old generation, on a connection's event loop

    private static void begin(Channel channel, Tracked connection, CompletableFuture<CarriedConnection> quiet) {
        connection.quiet = quiet;
        if (!channel.isActive() || connection.phase != Phase.SERVING) {
            quiet.complete(null);
            return;
        }
        connection.phase = Phase.QUIESCING;
        channel.config().setAutoRead(false);
        connection.session.quiesce(() -> atBoundary(channel, connection));
    }

    private static void atBoundary(Channel channel, Tracked connection) {
        if (connection.phase != Phase.QUIESCING) {
            return;
        }
        connection.phase = Phase.DEREGISTERING;
        channel.config().setAutoRead(false);
        channel.flush();
        // Netty deregisters in a later turn of the loop, behind any reading that was already due.
        channel.deregister().addListener(_ -> deregistered(channel, connection));
    }

    private static void deregistered(Channel channel, Tracked connection) {
        if (!channel.isActive()) {
            connection.quiet.complete(null);
            return;
        }
        boolean cancelled = connection.phase == Phase.CANCELLED;
        connection.phase = Phase.QUIET;
        if (cancelled) {
            serveOn(channel, connection);
            return;
        }
        ByteBuf state = connection.session.state();
        CarriedConnection carried = Unwritten.of(channel).flatMap(unwritten -> unwritten.before(state))
                .map(all -> new CarriedConnection(connection.listener, ((UnixChannel) channel).fd().intValue(), all))
                .orElse(null);
        state.release();
        if (carried == null) {
            LOG.warn("{} is too much to be carried", channel);
            serveOn(channel, connection);
        }
        connection.quiet.complete(carried);
    }

    /** The drain's time is over: who has not come to a boundary is not carried, and must not become quiet any more. */
    private static void giveUp(Channel channel, Tracked connection) {
        if (connection.phase == Phase.QUIESCING || connection.phase == Phase.DEREGISTERING) {
            connection.quiet.complete(null);
            serveOn(channel, connection);
        }
    }

    private static void serveOn(Channel channel, Tracked connection) {
        switch (connection.phase) {
            case QUIESCING -> {
                connection.phase = Phase.SERVING;
                goOn(channel, connection);
            }
            case DEREGISTERING -> connection.phase = Phase.CANCELLED;
            case QUIET -> {
                if (!channel.isOpen()) {
                    // Let go a moment ago.
                    return;
                }
                connection.phase = Phase.REGISTERING;
                channel.eventLoop().register(channel).addListener(registered -> {
                    connection.phase = Phase.SERVING;
                    if (registered.isSuccess()) {
                        goOn(channel, connection);
                    } else {
                        LOG.warn("{} cannot be served on", channel, registered.cause());
                        var _ = channel.close();
                    }
                });
            }
            case SERVING, CANCELLED, REGISTERING -> LOG.trace("{} serves", channel);
        }
    }

    private static void goOn(Channel channel, Tracked connection) {
        channel.config().setAutoRead(true);
        connection.session.resume();
        channel.flush();
    }

    /** Whether all are there before the drain has to end. */
    private static boolean await(CompletableFuture<Void> all, DrainDeadline deadline) {
        while (!deadline.passed()) {
            try {
                all.get(Math.min(LOOK_MS, deadline.remainingMs()), TimeUnit.MILLISECONDS);
                return true;
            } catch (TimeoutException e) {
                LOG.trace("not all are quiet yet");
            } catch (ExecutionException e) {
                throw new AssertionError("nothing completes them so", e);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                return false;
            }
        }
        return all.isDone();
    }

    // ---- the new generation

    private static Channel channel(CarriedConnection connection) {
        int fd = connection.fd();
        int family = Sockets.family(fd);
        // The flag is as the old generation left it, for all that share the connection.
        if (family < 0 || Sockets.setNonBlocking(fd, true) < 0) {
            Descriptors.close(fd);
            return null;
        }
        try {
            return family == Sockets.AF_UNIX ? new EpollDomainSocketChannel(fd) : new EpollSocketChannel(fd);
        } catch (RuntimeException e) {
            LOG.warn("{} cannot be served: {}", connection, e.toString());
            Descriptors.close(fd);
            return null;
        }
    }

    /** Writes first what the old generation still had to write, below every handler that would encode it again. */
    private static final class Beginning extends ChannelInitializer<Channel> {
        private final CarriedConnection connection;
        private final CarriedInitializer initializer;

        Beginning(CarriedConnection connection, CarriedInitializer initializer) {
            this.connection = connection;
            this.initializer = initializer;
        }

        @Override
        protected void initChannel(Channel channel) throws Exception {
            ByteBuf all = Unpooled.wrappedBuffer(connection.state());
            ByteBuf unwritten = all.readSlice(all.readInt());
            if (unwritten.isReadable()) {
                channel.unsafe().write(channel.alloc().buffer(unwritten.readableBytes()).writeBytes(unwritten),
                        channel.voidPromise());
            }
            initializer.initialize(channel, connection.listener(), all);
            channel.unsafe().flush();
            if (!channel.isActive()) {
                // The client had reset it before it could be adopted.
                var _ = channel.close();
            }
        }
    }
}
