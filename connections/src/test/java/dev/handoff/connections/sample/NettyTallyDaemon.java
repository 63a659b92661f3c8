package dev.handoff.connections.sample;

import static java.nio.charset.StandardCharsets.US_ASCII;

import java.nio.file.Path;
import java.util.List;

import dev.handoff.codec.*;
import dev.handoff.connections.netty.*;
import dev.handoff.participant.*;
import dev.handoff.posix.Sockets;
import io.netty.bootstrap.ServerBootstrap;
import io.netty.buffer.*;
import io.netty.channel.*;
import io.netty.channel.epoll.*;
import io.netty.channel.group.*;
import io.netty.handler.codec.ByteToMessageDecoder;
import io.netty.util.concurrent.GlobalEventExecutor;

/** As {@link TallyDaemon}, on Netty. */
public final class NettyTallyDaemon implements Drainable {
    private final EventLoopGroup loops = new MultiThreadIoEventLoopGroup(1, EpollIoHandler.newFactory());
    private InheritedListeners listeners;
    private Channel accepting;

    public static void main(String[] args) throws Exception {
        NettyTallyDaemon daemon = new NettyTallyDaemon();
        Path dir = Path.of(args[0]);
        var config = ParticipantConfig.of(dir, dir.resolve("sock"), BuildId.parse(args[1]))
                .withConnections(daemon::takeOver);
        Taken taken = Participant.start(config).take();
        daemon.listeners = taken.listeners();
        IncumbentStage incumbent = taken.ready(List.of("main"), ShardRevisions.of(0));
        daemon.accept();
        System.exit(incumbent.serve(daemon).exitCode());
    }

    // README: begin
    private final ChannelGroup open = new DefaultChannelGroup(GlobalEventExecutor.INSTANCE);
    private final NettyConnections connections = new NettyConnections();

    /** The handler that reads requests: answers each line with how many lines there were. */
    private static final class Session extends ByteToMessageDecoder implements CarriedSession {
        private int lines;
        private boolean quiet;
        private ChannelHandlerContext context;

        @Override
        public void handlerAdded(ChannelHandlerContext ctx) {
            context = ctx;
        }

        @Override
        protected void decode(ChannelHandlerContext ctx, ByteBuf in, List<Object> out) {
            int end = quiet ? -1 : in.bytesBefore((byte) '\n');
            if (end >= 0) {
                in.skipBytes(end + 1);
                lines++;
                var _ = ctx.writeAndFlush(Unpooled.copiedBuffer(lines + "\n", US_ASCII));
            }
        }

        @Override
        public void quiesce(Runnable atBoundary) {
            quiet = true;
            atBoundary.run(); // a line that was read has its answer: it is always between two
        }

        @Override
        public ByteBuf state() {
            return Unpooled.buffer().writeInt(lines).writeBytes(internalBuffer().duplicate());
        }

        @Override
        public void resume() {
            quiet = false;
            context.pipeline().fireChannelRead(Unpooled.EMPTY_BUFFER);
        }
    }

    private void serve(Channel channel, Session session) {
        channel.pipeline().addLast(session);
        open.add(channel);
        connections.add(channel, "main", session);
    }

    /** In the new process: they arrive when it serves and the old one has let go of them. */
    private void takeOver(List<CarriedConnection> carried) {
        NettyConnections.adopt(carried, loops, (channel, listener, state) -> {
            Session session = new Session();
            session.lines = state.readInt();
            serve(channel, session);
            channel.pipeline().fireChannelRead(Unpooled.copiedBuffer(state));
        });
    }

    @Override
    public DrainReport drain(DrainDeadline deadline) {
        accepting.close().syncUninterruptibly();
        if (!deadline.successorTakesConnections()) {
            open.close().syncUninterruptibly();
            return new DrainReport(0, true);
        }
        return new DrainReport(0, true, connections.quiesce(deadline));
    }

    @Override
    public void resumeAfterAbort(AbortedAt at) throws Exception {
        connections.resume();
        accept();
    }
    // README: end

    @Override
    public SealResult seal(SealProgress progress) {
        return new SealResult.Sealed(ShardRevisions.of(0), Fingerprint.of(new byte[Fingerprint.BYTES]));
    }

    private void accept() throws Exception {
        int fd = listeners.duplicate("main");
        Sockets.setNonBlocking(fd, true);
        accepting = new ServerBootstrap().group(loops).channelFactory(() -> new EpollServerSocketChannel(fd))
                .childHandler(new ChannelInitializer<>() {
                    @Override
                    protected void initChannel(Channel channel) {
                        serve(channel, new Session());
                    }
                }).register().syncUninterruptibly().channel();
    }
}
