package dev.handoff.coordinator.shell;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;

import dev.handoff.codec.Side;
import dev.handoff.coordinator.loop.Session;
import dev.handoff.coordinator.loop.Wire;
import dev.handoff.posix.Descriptors;
import dev.handoff.posix.Errno;
import dev.handoff.posix.Sockets;
import org.agrona.DirectBuffer;
import org.agrona.collections.IntArrayList;
import org.agrona.collections.Long2ObjectHashMap;
import org.agrona.concurrent.UnsafeBuffer;

/** The sessions over real sockets, watched by the {@link PollWait}. Loop thread only. */
final class SocketWire implements Wire, AutoCloseable {

    /** A whole frame of the largest size fits, and a next one's beginning. */
    private static final int PEEK_BYTES = (1 << 20) + (1 << 16);

    private final PollWait poll;
    private final Long2ObjectHashMap<Session> sessions = new Long2ObjectHashMap<>();
    /** Sockets of sessions that are over. */
    private final IntArrayList closing = new IntArrayList();
    private final Arena arena = Arena.ofShared();
    private final MemorySegment peekSegment = arena.allocate(PEEK_BYTES);
    private final MemorySegment takeSegment = arena.allocate(PEEK_BYTES);
    private final MemorySegment outSegment = arena.allocate(OUTBOUND_BYTES);
    private final UnsafeBuffer peeked = new UnsafeBuffer(peekSegment.address(), PEEK_BYTES);
    private final UnsafeBuffer out = new UnsafeBuffer(outSegment.address(), OUTBOUND_BYTES);

    SocketWire(PollWait poll) {
        this.poll = poll;
    }

    @Override
    public Session session(long token) {
        return sessions.get(token);
    }

    @Override
    public List<Session> sessionsOf(int service) {
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

    /** A session whose socket was handed back. */
    Session adopt(int service, long number, Side side, int fd) {
        Session session = new Session(service, number, side, fd);
        sessions.put(session.token(), session);
        return session;
    }

    /** From now on tells the loop about the sessions that were adopted. */
    void watchAdopted() {
        for (Session session : sessions.values()) {
            int watched = poll.watchSession(session.fd(), session.token());
            if (watched < 0) {
                throw new IllegalStateException("cannot watch a session: " + Errno.message(watched));
            }
        }
    }

    @Override
    public int peek(Session session) {
        return Sockets.recv(session.fd(), peekSegment, 0, PEEK_BYTES, Sockets.MSG_PEEK | Sockets.MSG_DONTWAIT);
    }

    @Override
    public DirectBuffer peeked() {
        return peeked;
    }

    /** They are there: nobody else reads this socket. */
    @Override
    public void consume(Session session, int length) {
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

    @Override
    public UnsafeBuffer out() {
        return out;
    }

    @Override
    public int write(Session session, int length) {
        int sent = Sockets.send(session.fd(), outSegment, 0, length, Sockets.MSG_DONTWAIT);
        if (sent >= 0 && sent != length) {
            throw new IllegalStateException(
                    "a frame of " + length + " bytes was written in pieces; at most " + OUTBOUND_BYTES + " are one");
        }
        return sent;
    }

    @Override
    public void keepForLater(Session session, int length) {
        byte[] copy = new byte[length];
        out.getBytes(0, copy);
        session.unwritten().add(copy);
        poll.watchWritable(session.fd(), session.token(), true);
    }

    @Override
    public int writeKept(Session session) {
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

    @Override
    public int bytesUnsent(Session session) {
        return Sockets.bytesUnsent(session.fd());
    }

    @Override
    public void close(int service, long number) {
        Session session = sessions.remove(Session.token(service, number));
        if (session == null) {
            return;
        }
        session.abandon();
        if (session.fd() != Session.NO_DESCRIPTOR) {
            closing.addInt(session.fd());
        }
    }

    /**
     * Closes the sockets of the sessions that were closed in this batch: nobody waits for that, while other peers of the batch wait for their
     * answers.
     */
    @Override
    public void endOfBatch() {
        for (int i = 0; i < closing.size(); i++) {
            int fd = closing.getInt(i);
            poll.forget(fd);
            Sockets.shutdown(fd, Sockets.SHUT_RDWR);
            Descriptors.close(fd);
        }
        closing.clear();
    }

    @Override
    public void close() {
        for (Session session : List.copyOf(sessions.values())) {
            close(session.service(), session.number());
        }
        endOfBatch();
        arena.close();
    }
}
