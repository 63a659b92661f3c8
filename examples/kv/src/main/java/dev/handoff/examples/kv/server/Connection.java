package dev.handoff.examples.kv.server;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.util.ArrayDeque;
import java.util.List;
import java.util.concurrent.TimeUnit;

import dev.handoff.connections.netty.CarriedSession;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.socket.ChannelInputShutdownEvent;
import io.netty.handler.codec.ByteToMessageDecoder;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One client. Everything here runs on the connection's event loop, unless said otherwise.
 *
 * <p>Requests are executed in order, as they arrive. Replies wait in order until their writes are on disk; so a pipelining
 * client has many writes in one fsync. Between two requests the connection is at a boundary: {@link #input} holds exactly
 * what has not been executed, and the session's settings are {@link #name()} alone. There a handoff can take it up and carry it
 * to the next process: {@link #quiesce}, {@link #state}.
 *
 * <p>A client that does not read, or that sends faster than the disk takes, is not read from: see {@link #takesMore()}.
 */
final class Connection extends ChannelInboundHandlerAdapter implements CarriedSession {
    private static final Logger LOG = LoggerFactory.getLogger(Connection.class);
    /** Replies that may wait for the disk. Deep enough for any pipeline worth having. */
    private static final int MAX_WAITING = 4096;

    private final RespServer server;
    private final Channel channel;
    private final long id;
    private final RequestReader reader;
    private final ArrayDeque<Reply> waiting = new ArrayDeque<>();

    /** {@link #firstSettled} will be called. */
    private boolean awaiting;

    private ChannelHandlerContext context;
    private ByteBuf input;
    private volatile String name = "";
    private final long createdMs;
    private volatile long lastActiveNs;
    private boolean executing;
    /** The client has said its last, or must not say more: close when every reply has left. */
    private boolean closing;
    /** The client has shut its side down. */
    private boolean inputEnded;
    private boolean draining;
    private long idleGraceNs;
    /** No request is begun: the connection is to move. */
    private volatile boolean quiescing;
    /** Run once when it gets there; null before and after. */
    private Runnable atBoundary;

    Connection(RespServer server, Channel channel, long id) {
        this(server, channel, id, System.currentTimeMillis());
    }

    private Connection(RespServer server, Channel channel, long id, long createdMs) {
        this.channel = channel;
        this.server = server;
        this.id = id;
        this.createdMs = createdMs;
        this.reader = new RequestReader(server.config().maxBulkLength(), server.config().maxRequestLength());
    }

    /** One that was carried over: goes on where {@link #state} was taken, once its channel is active. */
    static Connection carried(RespServer server, Channel channel, ByteBuf state) {
        ConnectionState before = ConnectionState.read(state);
        Connection connection = new Connection(server, channel, before.id(), before.createdMs());
        connection.name = before.name();
        connection.closing = before.closing();
        if (state.isReadable()) {
            connection.input = channel.alloc().buffer(state.readableBytes()).writeBytes(state);
        }
        return connection;
    }

    long id() {
        return id;
    }

    int maxBulkLength() {
        return server.config().maxBulkLength();
    }

    /** Set by CLIENT SETNAME; may be empty. */
    String name() {
        return name;
    }

    void rename(String newName) {
        name = newName;
    }

    /** As CLIENT LIST shows it. Any thread. */
    String description() {
        long nowMs = System.currentTimeMillis();
        return "id=" + id + " addr=" + address(channel.remoteAddress()) + " laddr="
                + address(channel.localAddress()) + " fd=-1 name=" + name + " age=" + (nowMs - createdMs) / 1000
                + " idle=" + TimeUnit.NANOSECONDS.toSeconds(System.nanoTime() - lastActiveNs) + " flags=N db=0 resp=2";
    }

    private static String address(SocketAddress address) {
        return address instanceof InetSocketAddress inet
                ? inet.getAddress().getHostAddress() + ":" + inet.getPort()
                : "?:0";
    }

    /** Runs the task on this connection's event loop. Any thread. */
    void onLoop(Runnable task) {
        channel.eventLoop().execute(task);
    }

    /** Ends the session after the replies to everything up to now. */
    void closeAfterReplies() {
        closing = true;
    }

    @Override
    public void handlerAdded(ChannelHandlerContext ctx) {
        context = ctx;
        lastActiveNs = System.nanoTime();
    }

    @Override
    public void channelActive(ChannelHandlerContext ctx) {
        if (input != null || closing) {
            executeAll();
            ctx.flush();
        }
        ctx.fireChannelActive();
    }

    @Override
    public void channelRead(ChannelHandlerContext ctx, Object message) {
        ByteBuf bytes = (ByteBuf) message;
        lastActiveNs = System.nanoTime();
        if (closing) {
            bytes.release();
            return;
        }
        input = input == null ? bytes : ByteToMessageDecoder.MERGE_CUMULATOR.cumulate(ctx.alloc(), input, bytes);
        executeAll();
    }

    @Override
    public void channelReadComplete(ChannelHandlerContext ctx) {
        ctx.flush();
    }

    @Override
    public void channelWritabilityChanged(ChannelHandlerContext ctx) {
        if (ctx.channel().isWritable()) {
            release();
        }
    }

    @Override
    public void userEventTriggered(ChannelHandlerContext ctx, Object event) {
        if (event instanceof ChannelInputShutdownEvent) {
            // The client has half closed: it still reads, and is owed every reply. A half request is nothing.
            inputEnded = true;
            closeIfDone();
        }
        ctx.fireUserEventTriggered(event);
    }

    @Override
    public void channelInactive(ChannelHandlerContext ctx) {
        dropInput();
        waiting.clear();
        ctx.fireChannelInactive();
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
        if (cause instanceof IOException) {
            LOG.debug("client {} is gone: {}", id, cause.getMessage());
        } else {
            LOG.error("closing client {} after an error of ours", id, cause);
        }
        var _ = ctx.close();
    }

    /**
     * Before a handoff: the connection is served as long as its client has something to say, and closed when it has been
     * silent for the grace.
     */
    void drain(long graceNs) {
        draining = true;
        idleGraceNs = graceNs;
        closeIfIdle();
    }

    @Override
    public void quiesce(Runnable then) {
        quiescing = true;
        atBoundary = then;
        closeIfDone();
        reachBoundary();
    }

    /** Between two requests: nothing that was begun waits for its reply. */
    private void reachBoundary() {
        if (atBoundary != null && waiting.isEmpty()) {
            Runnable then = atBoundary;
            atBoundary = null;
            then.run();
        }
    }

    @Override
    public ByteBuf state() {
        return new ConnectionState(id, createdMs, name, closing).written(channel.alloc(), input);
    }

    @Override
    public void resume() {
        quiescing = false;
        atBoundary = null;
        executeAll();
    }

    /** Whether it is to move, and not to be ended. Any thread. */
    boolean quiescing() {
        return quiescing;
    }

    /** The handoff is off. */
    void undrain() {
        draining = false;
    }

    private void closeIfIdle() {
        if (!draining || !channel.isActive()) {
            return;
        }
        long idleNs = System.nanoTime() - lastActiveNs;
        if (waiting.isEmpty() && idleNs >= idleGraceNs) {
            closing = true;
            closeIfDone();
            return;
        }
        var _ = context.executor().schedule(this::closeIfIdle,
                Math.max(idleGraceNs - idleNs, TimeUnit.MILLISECONDS.toNanos(5)),
                TimeUnit.NANOSECONDS);
    }

    /** False while the client must first read what it has asked for, or the disk catch up. */
    private boolean takesMore() {
        return !closing && !quiescing && waiting.size() < MAX_WAITING && channel.isWritable();
    }

    private void executeAll() {
        if (executing) {
            // A write of ours has made the channel writable again: the loop below is already running.
            return;
        }
        executing = true;
        try {
            while (input != null && takesMore()) {
                List<byte[]> request = reader.next(input);
                if (request == null) {
                    break;
                }
                if (!request.isEmpty()) {
                    reply(server.execute(this, request));
                }
            }
        } catch (ProtocolErrorException e) {
            closing = true;
            reply(Reply.error("ERR Protocol error: " + e.getMessage()));
        } finally {
            executing = false;
        }
        if (input != null && (closing || !input.isReadable())) {
            dropInput();
        }
        channel.config().setAutoRead(!quiescing && (closing || takesMore()));
        closeIfDone();
    }

    private void dropInput() {
        if (input != null) {
            input.release();
            input = null;
        }
        reader.restart();
    }

    private void reply(Reply reply) {
        if (waiting.isEmpty() && reply.settled().isDone()) {
            send(reply);
            return;
        }
        waiting.add(reply);
        if (waiting.size() == 1) {
            awaitFirst();
        }
    }

    private void awaitFirst() {
        if (!awaiting) {
            awaiting = true;
            var _ = waiting.peek().settled().whenComplete((_, _) -> context.executor().execute(this::firstSettled));
        }
    }

    private void firstSettled() {
        awaiting = false;
        release();
    }

    /** Sends what is on disk by now, and goes on executing if that had stopped. */
    private void release() {
        while (!waiting.isEmpty() && waiting.peek().settled().isDone()) {
            send(waiting.poll());
        }
        if (!waiting.isEmpty()) {
            awaitFirst();
        }
        if (input != null || !channel.config().isAutoRead()) {
            executeAll();
        }
        context.flush();
        closeIfDone();
        reachBoundary();
    }

    private void send(Reply reply) {
        lastActiveNs = System.nanoTime();
        if (reply.settled().isCompletedExceptionally()) {
            Throwable why = reply.settled().exceptionNow();
            var _ = context.write(Reply.failure("ERR the write may be lost: " + why.getMessage()),
                    context.voidPromise());
        } else {
            var _ = context.write(reply.message(), context.voidPromise());
        }
    }

    private void closeIfDone() {
        boolean saidAll = closing || (inputEnded && (input == null || takesMore()));
        if (saidAll && waiting.isEmpty() && channel.isActive()) {
            closing = true;
            context.writeAndFlush(Unpooled.EMPTY_BUFFER).addListener(ChannelFutureListener.CLOSE);
        }
    }
}
