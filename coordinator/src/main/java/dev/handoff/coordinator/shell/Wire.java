package dev.handoff.coordinator.shell;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;

import dev.handoff.codec.Side;
import dev.handoff.posix.Descriptors;
import dev.handoff.posix.Errno;
import dev.handoff.posix.Sockets;
import org.agrona.DirectBuffer;
import org.agrona.collections.Long2ObjectHashMap;
import org.agrona.concurrent.UnsafeBuffer;

/**
 * The sessions and their sockets: peek, consume, write, close. It decides nothing. Loop thread only.
 */
final class Wire implements AutoCloseable {

    /** A whole frame of the largest size fits, and a next one's beginning. */
    private static final int PEEK_BYTES = (1 << 20) + (1 << 16);

    /** A frame of ours is far smaller; one that were not could be written in pieces. */
    static final int OUTBOUND_BYTES = 4096;

    private final PollAgent poll;
    private final Long2ObjectHashMap<Session> sessions = new Long2ObjectHashMap<>();
    private final Arena arena = Arena.ofShared();
    private final MemorySegment peekSegment = arena.allocate(PEEK_BYTES);
    private final MemorySegment takeSegment = arena.allocate(PEEK_BYTES);
    private final MemorySegment outSegment = arena.allocate(OUTBOUND_BYTES);
    private final UnsafeBuffer peeked = new UnsafeBuffer(peekSegment.address(), PEEK_BYTES);
    private final UnsafeBuffer out = new UnsafeBuffer(outSegment.address(), OUTBOUND_BYTES);

    Wire(PollAgent poll) {
        this.poll = poll;
    }

    Session session(long token) {
        return sessions.get(token);
    }

    /** Every session of a service, as of now. */
    List<Session> sessionsOf(int service) {
        List<Session> found = new ArrayList<>(2);
        for (Session session : sessions.values()) {
            if (session.service() == service) {
                found.add(session);
            }
        }
        return found;
    }

    /** A session whose socket a worker is about to bring. */
    Session awaitConnection(int service, long number, Side side) {
        Session session = new Session(service, number, side, Session.NO_DESCRIPTOR);
        sessions.put(session.token(), session);
        return session;
    }

    /** Gives the session its socket and watches it; 0 or the negative errno. */
    int connected(Session session, int fd) {
        session.connected(fd);
        return poll.watchSession(fd, session.token());
    }

    /** Copies what is queued into {@link #peeked} and leaves it queued: bytes, 0 at the end, or the negative errno. */
    int peek(Session session) {
        return Sockets.recv(session.fd(), peekSegment, 0, PEEK_BYTES, Sockets.MSG_PEEK | Sockets.MSG_DONTWAIT);
    }

    DirectBuffer peeked() {
        return peeked;
    }

    /** Takes bytes that were peeked before. They are there: nobody else reads this socket. */
    void consume(Session session, int length) {
        int left = length;
        while (left > 0) {
            int taken = Sockets.recv(session.fd(), takeSegment, 0, left, Sockets.MSG_DONTWAIT);
            if (taken == -Errno.EINTR) {
                continue;
            }
            if (taken <= 0) {
                throw new IllegalStateException("bytes that were peeked could not be taken: "
                        + (taken == 0 ? "end of stream" : Errno.message(taken)));
            }
            left -= taken;
        }
        session.consumed(length);
    }

    /** Where an outbound frame is put together. */
    UnsafeBuffer out() {
        return out;
    }

    /** Writes the first bytes of {@link #out} whole, or gives the negative errno and has written nothing. */
    int write(Session session, int length) {
        int sent = Sockets.send(session.fd(), outSegment, 0, length, Sockets.MSG_DONTWAIT);
        if (sent >= 0 && sent != length) {
            throw new IllegalStateException(
                    "a frame of " + length + " bytes was written in pieces; at most " + OUTBOUND_BYTES + " are one");
        }
        return sent;
    }

    void keepForLater(Session session, int length) {
        byte[] copy = new byte[length];
        out.getBytes(0, copy);
        session.unwritten().add(copy);
        poll.watchWritable(session.fd(), session.token(), true);
    }

    /** Writes what was kept; 0 when all is written, or the negative errno. */
    int writeKept(Session session) {
        while (!session.unwritten().isEmpty()) {
            byte[] next = session.unwritten().peek();
            out.putBytes(0, next);
            int sent = write(session, next.length);
            if (sent < 0) {
                return sent;
            }
            session.unwritten().remove();
        }
        poll.watchWritable(session.fd(), session.token(), false);
        return 0;
    }

    /** Shuts the socket down, closes it and forgets the session; nothing happens where it is gone. */
    void close(int service, long number) {
        Session session = sessions.remove(Session.token(service, number));
        if (session == null) {
            return;
        }
        session.abandon();
        if (session.fd() != Session.NO_DESCRIPTOR) {
            poll.forget(session.fd());
            Sockets.shutdown(session.fd(), Sockets.SHUT_RDWR);
            Descriptors.close(session.fd());
        }
    }

    @Override
    public void close() {
        for (Session session : List.copyOf(sessions.values())) {
            close(session.service(), session.number());
        }
        arena.close();
    }
}
