package dev.handoff.connections.nio;

import java.io.FileDescriptor;
import java.io.IOException;
import java.lang.reflect.Constructor;
import java.lang.reflect.InaccessibleObjectException;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.net.ProtocolFamily;
import java.net.SocketAddress;
import java.net.StandardProtocolFamily;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.SocketChannel;
import java.nio.channels.spi.SelectorProvider;

import dev.handoff.participant.CarriedConnection;
import dev.handoff.posix.Descriptors;
import dev.handoff.posix.Sockets;

/**
 * Carries connections of JDK channels. The JDK has no public way to a channel's descriptor or from one, so this reaches into
 * {@code sun.nio.ch}, which the JVM must be told to open. A channel is used by its own thread, as ever.
 *
 * <p>
 * The JDK shuts a channel down for writing before it closes one that is still registered with a selector: that is a FIN to the
 * client, whoever else holds the connection. {@link #letGo} avoids it.
 */
public final class NioConnections {

    private static final String ADD_OPENS = "--add-opens=java.base/sun.nio.ch=ALL-UNNAMED";

    private NioConnections() {}

    /**
     * The connection for {@link dev.handoff.participant.DrainReport#carried}. The channel stays as it is, in case the handoff is
     * rolled back; it must not be read or written from now on, so take its key's interest away before.
     *
     * @param listener the name of the listener that it was accepted from
     * @param state    what the daemon wants to know of it in the next generation, read from its position to its limit
     * @throws IOException if the channel is closed, or the JVM lacks {@value #ADD_OPENS}
     */
    public static CarriedConnection carry(String listener, SocketChannel channel, ByteBuffer state) throws IOException {
        if (!channel.isOpen()) {
            throw new IOException("the channel is closed");
        }
        return new CarriedConnection(listener, descriptor(channel), state);
    }

    /**
     * A channel for a connection that was carried over, connected and in blocking mode; the descriptor is the channel's.
     *
     * @throws IOException if the connection has no peer any more, or the JVM lacks {@value #ADD_OPENS}; the descriptor is closed
     */
    public static SocketChannel adopt(CarriedConnection connection) throws IOException {
        int fd = connection.fd();
        try {
            ProtocolFamily family = switch (Sockets.family(fd)) {
                case Sockets.AF_UNIX -> StandardProtocolFamily.UNIX;
                case Sockets.AF_INET6 -> StandardProtocolFamily.INET6;
                default -> StandardProtocolFamily.INET;
            };
            SocketChannel channel = channel(fd, family);
            // A channel starts in blocking mode, whatever flag the descriptor was left with.
            channel.configureBlocking(false);
            channel.configureBlocking(true);
            return channel;
        } catch (ReflectiveOperationException | InaccessibleObjectException e) {
            Descriptors.close(fd);
            throw inaccessible(e);
        }
    }

    /**
     * Closes this process's side of a connection that the successor has, without a word to the client. On the selector's own
     * thread, since keys that were cancelled leave it by a select.
     */
    public static void letGo(SocketChannel channel, Selector selector) throws IOException {
        SelectionKey key = channel.keyFor(selector);
        if (key != null) {
            key.cancel();
            selector.selectNow();
        }
        channel.close();
    }

    private static int descriptor(SocketChannel channel) throws IOException {
        try {
            Method number = Class.forName("sun.nio.ch.SelChImpl").getMethod("getFDVal");
            number.setAccessible(true);
            return (int) number.invoke(channel);
        } catch (ReflectiveOperationException | InaccessibleObjectException e) {
            throw inaccessible(e);
        }
    }

    private static SocketChannel channel(int fd, ProtocolFamily family) throws ReflectiveOperationException {
        Method newDescriptor = Class.forName("sun.nio.ch.IOUtil").getMethod("newFD", int.class);
        newDescriptor.setAccessible(true);
        Constructor<?> constructor = Class.forName("sun.nio.ch.SocketChannelImpl").getDeclaredConstructor(
                SelectorProvider.class, ProtocolFamily.class, FileDescriptor.class, SocketAddress.class);
        constructor.setAccessible(true);
        FileDescriptor descriptor = (FileDescriptor) newDescriptor.invoke(null, fd);
        return (SocketChannel) constructor.newInstance(SelectorProvider.provider(), family, descriptor,
                remoteAddress(family, descriptor));
    }

    /** As the kernel knows it; the constructor takes the channel for connected. */
    private static SocketAddress remoteAddress(ProtocolFamily family, FileDescriptor descriptor)
            throws ReflectiveOperationException {
        String type = family == StandardProtocolFamily.UNIX ? "sun.nio.ch.UnixDomainSockets" : "sun.nio.ch.Net";
        Method remote = Class.forName(type).getDeclaredMethod(
                family == StandardProtocolFamily.UNIX ? "localAddress" : "remoteAddress", FileDescriptor.class);
        remote.setAccessible(true);
        return (SocketAddress) remote.invoke(null, descriptor);
    }

    private static IOException inaccessible(Exception e) {
        if (e instanceof InvocationTargetException && e.getCause() instanceof IOException gone) {
            return gone;
        }
        return e instanceof InaccessibleObjectException
                ? new IOException("start the JVM with " + ADD_OPENS + " (or the manifest entry Add-Opens:"
                        + " java.base/sun.nio.ch)", e)
                : new IOException("this JDK (" + Runtime.version() + ") has no way to the descriptor: " + e, e);
    }
}
