package dev.handoff.connections;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.DataInputStream;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.TimeUnit;

import dev.handoff.connections.netty.CarriedSession;
import dev.handoff.connections.netty.NettyConnections;
import dev.handoff.participant.CarriedConnection;
import dev.handoff.participant.DrainDeadline;
import dev.handoff.posix.Descriptors;
import io.netty.bootstrap.ServerBootstrap;
import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.epoll.EpollIoHandler;
import io.netty.channel.epoll.EpollServerSocketChannel;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Two generations in one process: a duplicate of each descriptor stands for what the transfer makes. */
@Timeout(60)
class NettyConnectionsTest {

    private static final int LARGE = 8 << 20;

    private final EventLoopGroup loops = new MultiThreadIoEventLoopGroup(2, EpollIoHandler.newFactory());
    private final NettyConnections connections = new NettyConnections();
    private final List<Socket> clients = new ArrayList<>();
    private final BlockingQueue<EchoSession> sessions = new ArrayBlockingQueue<>(16);
    private Channel listener;

    /**
     * Answers a byte with itself, and 'L' with {@link #LARGE} bytes of it. A byte 'W' begins a request that ends when the test
     * says so.
     */
    private static final class EchoSession extends ChannelInboundHandlerAdapter implements CarriedSession {
        private ChannelHandlerContext context;
        private Runnable atBoundary;
        private boolean busy;
        private boolean quiescing;
        private int unread;

        @Override
        public void handlerAdded(ChannelHandlerContext ctx) {
            context = ctx;
        }

        @Override
        public void channelRead(ChannelHandlerContext ctx, Object message) {
            ByteBuf bytes = (ByteBuf) message;
            while (bytes.isReadable()) {
                byte b = bytes.readByte();
                if (quiescing) {
                    unread = b;
                } else if (b == 'W') {
                    busy = true;
                } else {
                    var _ = ctx.writeAndFlush(ctx.alloc().buffer().writeBytes(repeated(b, b == 'L' ? LARGE : 1)));
                }
            }
            bytes.release();
        }

        static byte[] repeated(byte b, int count) {
            byte[] bytes = new byte[count];
            Arrays.fill(bytes, b);
            return bytes;
        }

        void endRequest() {
            context.executor().execute(() -> {
                busy = false;
                var _ = context.writeAndFlush(context.alloc().buffer().writeByte('w'));
                if (atBoundary != null) {
                    atBoundary.run();
                }
            });
        }

        @Override
        public void quiesce(Runnable then) {
            quiescing = true;
            atBoundary = then;
            if (!busy) {
                then.run();
            }
        }

        @Override
        public ByteBuf state() {
            return context.alloc().buffer().writeInt(unread);
        }

        @Override
        public void resume() {
            quiescing = false;
            atBoundary = null;
        }
    }

    /** A drain without haste. */
    private static final DrainDeadline PATIENT = deadline(30_000);

    private static DrainDeadline deadline(long ms) {
        return new DrainDeadline() {
            @Override
            public long remainingMs() {
                return ms;
            }

            @Override
            public boolean aborted() {
                return false;
            }
        };
    }

    @BeforeEach
    void listen() {
        listener = new ServerBootstrap().group(loops).channel(EpollServerSocketChannel.class)
                .childOption(ChannelOption.ALLOW_HALF_CLOSURE, true)
                .childHandler(new ChannelInitializer<>() {
                    @Override
                    protected void initChannel(Channel channel) {
                        EchoSession session = new EchoSession();
                        channel.pipeline().addLast(session);
                        connections.add(channel, "main", session);
                        sessions.add(session);
                    }
                }).bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0)).syncUninterruptibly().channel();
    }

    @AfterEach
    void close() throws IOException {
        for (Socket client : clients) {
            client.close();
        }
        loops.shutdownGracefully(0, 1, TimeUnit.SECONDS).syncUninterruptibly();
    }

    private Socket client() throws IOException {
        Socket client = new Socket(InetAddress.getLoopbackAddress(),
                ((InetSocketAddress) listener.localAddress()).getPort());
        client.setSoTimeout(30_000);
        clients.add(client);
        ask(client, 'a');
        return client;
    }

    private static void ask(Socket client, char b) throws IOException {
        client.getOutputStream().write(b);
        assertEquals(b, (char) client.getInputStream().read());
    }

    /** What the next generation gets. */
    private static List<CarriedConnection> duplicates(List<CarriedConnection> carried) {
        return carried.stream().map(each -> new CarriedConnection(each.listener(),
                Descriptors.duplicate(each.fd(), 0), each.state())).toList();
    }

    @Test
    void unwrittenOutputGoesFirstInTheNextGeneration() throws IOException {
        Socket client = client();
        client.getOutputStream().write('L');
        // Its answer has begun: the rest waits for a client that does not read.
        assertEquals('L', client.getInputStream().read());
        List<CarriedConnection> carried = connections.quiesce(PATIENT);
        assertEquals(1, carried.size());
        assertTrue(carried.getFirst().state().remaining() > 8, "all of it was written: the test shows nothing");
        client.getOutputStream().write('b');

        assertEquals(1, NettyConnections.adopt(duplicates(carried), loops, (channel, name, state) -> {
            assertEquals("main", name);
            assertEquals(0, state.readInt());
            channel.pipeline().addLast(new EchoSession());
        }));
        byte[] rest = new byte[LARGE];
        new DataInputStream(client.getInputStream()).readFully(rest);
        for (int i = 0; i < LARGE - 1; i++) {
            assertEquals('L', rest[i]);
        }
        assertEquals('b', rest[LARGE - 1]);
    }

    @Test
    void aConnectionThatHangsUpWhileItIsQuietIsNotRead() throws IOException {
        Socket client = client();
        assertEquals(1, connections.quiesce(PATIENT).size());
        client.getOutputStream().write('b');
        client.shutdownOutput();
        // A turn of both loops: what Netty would read of a connection that hung up, it has read now.
        loops.forEach(loop -> loop.submit(() -> {}).syncUninterruptibly());
        connections.resume();
        assertEquals('b', client.getInputStream().read());
    }

    @Test
    void outputStillWaitingIsWrittenAfterARollback() throws IOException {
        Socket client = client();
        client.getOutputStream().write('L');
        assertEquals('L', client.getInputStream().read());
        assertEquals(1, connections.quiesce(PATIENT).size());
        connections.resume();
        byte[] rest = new byte[LARGE - 1];
        new DataInputStream(client.getInputStream()).readFully(rest);
        ask(client, 'c');
    }

    @Test
    void aRequestInFlightIsAnsweredBeforeItsConnectionIsQuiet() throws Exception {
        Socket client = client();
        EchoSession session = sessions.take();
        client.getOutputStream().write('W');
        // Its own loop has seen the byte once this was answered.
        while (!session.context.executor().submit(() -> session.busy).get()) {
            Thread.onSpinWait();
        }
        assertEquals(List.of(), connections.quiesce(deadline(0)), "in flight, and no time left");
        session.endRequest();
        assertEquals('w', client.getInputStream().read());
        ask(client, 'b');
        assertEquals(1, connections.quiesce(PATIENT).size());
        connections.resume();
        ask(client, 'c');
    }
}
