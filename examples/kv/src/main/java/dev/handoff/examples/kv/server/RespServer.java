package dev.handoff.examples.kv.server;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.LongAdder;

import dev.handoff.connections.netty.NettyConnections;
import dev.handoff.examples.kv.store.KvStore;
import dev.handoff.participant.CarriedConnection;
import dev.handoff.participant.DrainDeadline;
import dev.handoff.posix.Errno;
import dev.handoff.posix.Sockets;
import io.netty.bootstrap.ServerBootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.SingleThreadEventLoop;
import io.netty.channel.WriteBufferWaterMark;
import io.netty.channel.epoll.EpollIoHandler;
import io.netty.channel.epoll.EpollServerSocketChannel;
import io.netty.handler.codec.redis.RedisEncoder;
import io.netty.util.concurrent.EventExecutor;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Accepts clients and serves them.
 *
 * <p>Its methods may be called from any thread but the event loops. A listener is handed in as a descriptor, which stays
 * open until the process ends: others accept from the same socket.
 */
public final class RespServer implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(RespServer.class);
    private static final int BACKLOG = 1024;
    private static final WriteBufferWaterMark WRITE_LIMITS = new WriteBufferWaterMark(64 << 10, 256 << 10);

    private final ServerConfig config;
    private final KvStore store;
    private final Commands commands;
    private final EventLoopGroup loops;
    private final List<Channel> listeners = new ArrayList<>();
    private final Map<Channel, Connection> connections = new ConcurrentHashMap<>();
    private final NettyConnections carried = new NettyConnections();
    private final long firstId;
    private final AtomicLong lastId;
    private final LongAdder takenOver = new LongAdder();
    private final LongAdder executed = new LongAdder();
    private final long startedNs = System.nanoTime();

    public RespServer(ServerConfig config, KvStore store) {
        this(config, store, 0);
    }

    /** @param firstId the ids of the clients it accepts are above this: above all of the processes before, whose clients it takes over */
    public RespServer(ServerConfig config, KvStore store, long firstId) {
        this.firstId = firstId;
        this.lastId = new AtomicLong(firstId);
        this.config = config;
        this.store = store;
        this.commands = Commands.of(this);
        this.loops = new MultiThreadIoEventLoopGroup(config.threads(),
                Thread.ofPlatform().daemon().name("kv-io-", 0).factory(),
                EpollIoHandler.newFactory());
    }

    ServerConfig config() {
        return config;
    }

    Iterable<Connection> connections() {
        return connections.values();
    }

    /** Clients connected now. */
    public int connectionCount() {
        return connections.size();
    }

    /** Clients accepted, or taken over from the process before, since the start. */
    long accepted() {
        return lastId.get() - firstId + takenOver.sum();
    }

    /** Event loops. */
    public int loopCount() {
        return config.threads();
    }

    /** Requests executed since the start. */
    long executed() {
        return executed.sum();
    }

    long uptimeSeconds() {
        return TimeUnit.NANOSECONDS.toSeconds(System.nanoTime() - startedNs);
    }

    /** Ports served, in the order of the listeners. */
    public List<Integer> ports() {
        return listeners.stream().map(l -> ((InetSocketAddress) l.localAddress()).getPort()).toList();
    }

    /**
     * Takes a bound, listening TCP socket. Nothing is accepted before {@link #accept()}.
     *
     * <p>Makes the descriptor non-blocking, as Netty expects; that holds for every process that shares the socket.
     */
    public void adopt(String name, int listenerFd) throws IOException {
        int result = Sockets.setNonBlocking(listenerFd, true);
        if (result < 0) {
            throw new IOException(
                    "descriptor " + listenerFd + " cannot be made non-blocking: " + Errno.message(-result));
        }
        listeners.add(
                bootstrap(name, new EpollServerSocketChannel(listenerFd)).register().syncUninterruptibly().channel());
    }

    /** Binds a socket of our own: for a daemon that runs alone. Nothing is accepted before {@link #accept()}. */
    public void bind(InetSocketAddress address) throws IOException {
        var bound = bootstrap("", new EpollServerSocketChannel()).bind(address)
                .awaitUninterruptibly();
        if (!bound.isSuccess()) {
            throw new IOException("cannot listen on " + address + ": " + bound.cause().getMessage(), bound.cause());
        }
        listeners.add(bound.channel());
    }

    private ServerBootstrap bootstrap(String name, EpollServerSocketChannel listener) {
        return new ServerBootstrap().group(loops).channelFactory(() -> listener)
                .option(ChannelOption.AUTO_READ, false).option(ChannelOption.SO_BACKLOG, BACKLOG)
                .handler(new Accepted())
                .childOption(ChannelOption.ALLOW_HALF_CLOSURE, true).childOption(ChannelOption.TCP_NODELAY, true)
                .childOption(ChannelOption.WRITE_BUFFER_WATER_MARK, WRITE_LIMITS)
                .childHandler(new ChannelInitializer<>() {
                    @Override
                    protected void initChannel(Channel channel) {
                        begin(channel, name, connections.get(channel));
                    }
                });
    }

    /** Notes every client in the listener's own loop: so none is missed between its acceptance and its first event. */
    private final class Accepted extends ChannelInboundHandlerAdapter {
        @Override
        public void channelRead(ChannelHandlerContext ctx, Object message) {
            Channel client = (Channel) message;
            note(client, new Connection(RespServer.this, client, lastId.incrementAndGet()));
            ctx.fireChannelRead(message);
        }
    }

    private void note(Channel client, Connection connection) {
        connections.put(client, connection);
        client.closeFuture().addListener(_ -> connections.remove(client));
    }

    private void begin(Channel client, String listener, Connection connection) {
        client.pipeline().addLast(new RedisEncoder(), connection);
        carried.add(client, listener, connection);
    }

    /** Serves clients of the process before, from where they are. */
    public void takeOver(List<CarriedConnection> clients) {
        takenOver.add(adopt(clients));
    }

    /**
     * Serves clients of our own before there are others, on one event loop after the other: what a loop's first connection has to load is
     * there when the first real one comes. They do not count as accepted.
     *
     * @return how many are served
     */
    public int tryOut(List<CarriedConnection> clients) {
        return adopt(clients);
    }

    private int adopt(List<CarriedConnection> clients) {
        // Each has waited for the whole handoff, and most have a request on its way: those share a sync for each shard, and not one each.
        try (KvStore.Gathering _ = store.gather()) {
            int adopted = NettyConnections.adopt(clients, loops, (client, listener, state) -> {
                client.config().setOption(ChannelOption.ALLOW_HALF_CLOSURE, true);
                client.config().setOption(ChannelOption.WRITE_BUFFER_WATER_MARK, WRITE_LIMITS);
                Connection connection = Connection.carried(this, client, state);
                note(client, connection);
                begin(client, listener, connection);
            });
            awaitRead();
            return adopted;
        }
    }

    /** Waits until every event loop has looked once at what there is to read. */
    private void awaitRead() {
        CountDownLatch read = new CountDownLatch(config.threads());
        for (EventExecutor loop : loops) {
            // A task runs behind the reading of its turn, but this turn may have read before: so one of the next turn.
            ((SingleThreadEventLoop) loop).executeAfterEventLoopIteration(() -> loop.execute(read::countDown));
        }
        try {
            LOG.trace("all is read: {}", read.await(KvStore.GATHERING_MS, TimeUnit.MILLISECONDS));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /**
     * Brings the clients to a boundary between two requests, to be carried to the next process; {@link #accept} undoes it. Who is
     * not there in time is among the {@link #openCount() open} ones.
     */
    public List<CarriedConnection> quiesce(DrainDeadline deadline) {
        return carried.quiesce(deadline);
    }

    /** Forgets the clients that have been quiesced: another serves them. */
    public void letGo() {
        carried.letGo();
    }

    /** Clients connected now and not to be carried. */
    public int openCount() {
        return (int) connections.values().stream().filter(connection -> !connection.quiescing()).count();
    }

    /** Accepts clients from the listeners, and reads from those that have been quiesced. */
    public void accept() {
        carried.resume();
        connections.values().forEach(connection -> connection.onLoop(connection::undrain));
        for (Channel listener : listeners) {
            listener.config().setAutoRead(true);
        }
    }

    /**
     * Stops accepting; the listeners stay open, and whoever connects from now on waits in the kernel's queue for the next
     * one to accept. When this returns, every client accepted is among the {@link #connectionCount() connections}.
     */
    public void pauseAccepting() {
        for (Channel listener : listeners) {
            listener.eventLoop().submit(() -> {
                listener.config().setAutoRead(false);
            }).syncUninterruptibly();
            // A turn of accepting may have been due already: what comes through the queue now runs after it.
            listener.eventLoop().submit(() -> {}).syncUninterruptibly();
        }
    }

    /**
     * Lets the connections come to their end: those that say more are served, those silent for the grace are closed. Does
     * not wait: see {@link #openCount()}. Those that are to be carried are left alone.
     */
    public void drainConnections(long idleGraceMs) {
        long graceNs = TimeUnit.MILLISECONDS.toNanos(idleGraceMs);
        connections.values().stream().filter(connection -> !connection.quiescing())
                .forEach(connection -> connection.onLoop(() -> connection.drain(graceNs)));
    }

    Reply execute(Connection connection, List<byte[]> request) {
        executed.increment();
        return commands.execute(connection, store, request);
    }

    /** Closes everything, the listeners too. Not for a handoff. */
    @Override
    public void close() {
        listeners.forEach(listener -> listener.close().syncUninterruptibly());
        loops.shutdownGracefully(0, 1, TimeUnit.SECONDS).syncUninterruptibly();
    }
}
