package dev.handoff.participant;

import java.io.FileDescriptor;
import java.lang.reflect.Constructor;
import java.lang.reflect.Field;
import java.lang.reflect.InaccessibleObjectException;
import java.lang.reflect.Method;
import java.net.ProtocolFamily;
import java.net.StandardProtocolFamily;
import java.nio.channels.DatagramChannel;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.spi.SelectorProvider;

import dev.handoff.posix.Descriptors;
import dev.handoff.posix.Sockets;

/**
 * JDK channels around descriptors that the JDK did not open. It has no public way for it, so this reaches into
 * {@code sun.nio.ch}, which the JVM must be told to open. Each method owns the descriptor from the call on.
 */
final class AdoptedChannels {

    private static final String ADD_OPENS = "--add-opens=java.base/sun.nio.ch=ALL-UNNAMED";

    private AdoptedChannels() {}

    static ServerSocketChannel serverSocketChannel(int fd, int family, String name) throws ParticipantEndedException {
        ProtocolFamily protocol = switch (family) {
            case Sockets.AF_UNIX -> StandardProtocolFamily.UNIX;
            // An INET6 channel of a JVM that prefers IPv4 is refused by the JDK itself.
            case Sockets.AF_INET6 -> StandardProtocolFamily.INET6;
            default -> StandardProtocolFamily.INET;
        };
        return adopt(fd, name, descriptor -> {
            Constructor<?> constructor = Class.forName("sun.nio.ch.ServerSocketChannelImpl")
                    .getDeclaredConstructor(SelectorProvider.class, ProtocolFamily.class, FileDescriptor.class,
                            boolean.class);
            constructor.setAccessible(true);
            return (ServerSocketChannel) constructor.newInstance(SelectorProvider.provider(), protocol, descriptor,
                    true);
        });
    }

    static DatagramChannel datagramChannel(int fd, int family, String name) throws ParticipantEndedException {
        return adopt(fd, name, descriptor -> {
            Constructor<?> constructor = Class.forName("sun.nio.ch.DatagramChannelImpl")
                    .getDeclaredConstructor(SelectorProvider.class, FileDescriptor.class);
            constructor.setAccessible(true);
            Object channel = constructor.newInstance(SelectorProvider.provider(), descriptor);
            if (family == Sockets.AF_INET) {
                // The constructor takes every descriptor for one of IPv6 where the machine has that, and would send to IPv6
                // addresses. Nothing has read the field yet.
                Field assumed = channel.getClass().getDeclaredField("family");
                assumed.setAccessible(true);
                assumed.set(channel, StandardProtocolFamily.INET);
            }
            return (DatagramChannel) channel;
        });
    }

    private interface Adoption<T> {
        T from(FileDescriptor descriptor) throws ReflectiveOperationException;
    }

    private static <T> T adopt(int fd, String name, Adoption<T> adoption) throws ParticipantEndedException {
        try {
            Method newDescriptor = Class.forName("sun.nio.ch.IOUtil").getMethod("newFD", int.class);
            newDescriptor.setAccessible(true);
            return adoption.from((FileDescriptor) newDescriptor.invoke(null, fd));
        } catch (InaccessibleObjectException e) {
            Descriptors.close(fd);
            throw new ParticipantEndedException(1, "cannot make a JDK channel of the listener '" + name
                    + "': start the JVM with " + ADD_OPENS + " (or the manifest entry Add-Opens: java.base/sun.nio.ch)",
                    e);
        } catch (ReflectiveOperationException e) {
            Descriptors.close(fd);
            throw new ParticipantEndedException(1, "this JDK (" + Runtime.version()
                    + ") cannot make a channel of the listener '" + name + "': " + e
                    + "; use the raw descriptor instead", e);
        }
    }
}
