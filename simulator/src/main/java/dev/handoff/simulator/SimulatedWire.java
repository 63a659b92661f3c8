package dev.handoff.simulator;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

import dev.handoff.codec.Decoded;
import dev.handoff.codec.FrameDecoder;
import dev.handoff.codec.Message;
import dev.handoff.codec.Side;
import dev.handoff.coordinator.loop.Session;
import dev.handoff.coordinator.loop.Wire;
import dev.handoff.posix.Errno;
import org.agrona.DirectBuffer;
import org.agrona.MutableDirectBuffer;
import org.agrona.collections.Long2LongHashMap;
import org.agrona.concurrent.UnsafeBuffer;

/** The coordinator's sessions on simulated sockets. Asks {@link Safety} before anything is taken or written. */
final class SimulatedWire implements Wire {

    private static final int PEEK_BYTES = 8_192;

    private final World world;
    private final CoordinatorProcess process;
    private final JournalTap tap;
    private final TreeMap<Long, Session> sessions = new TreeMap<>();
    private final Map<Integer, SocketEnd> sockets = new TreeMap<>();
    private final Long2LongHashMap written = new Long2LongHashMap(0);
    private final byte[] peekedBytes = new byte[PEEK_BYTES];
    private final UnsafeBuffer peeked = new UnsafeBuffer(peekedBytes);
    private final byte[] outBytes = new byte[OUTBOUND_BYTES];
    private final UnsafeBuffer out = new UnsafeBuffer(outBytes);
    private final FrameDecoder decoder = new FrameDecoder();
    private int lastDescriptor = 2;

    SimulatedWire(World world, CoordinatorProcess process, JournalTap tap) {
        this.world = world;
        this.process = process;
        this.tap = tap;
    }

    /** A session whose socket a worker is about to bring. */
    Session awaitConnection(int service, long number, Side side) {
        Session session = new Session(service, number, side, Session.NO_DESCRIPTOR);
        sessions.put(session.token(), session);
        return session;
    }

    /** Gives the session its socket, of which this process has a descriptor already, and watches it if told to. */
    void connected(Session session, SocketEnd end) {
        lastDescriptor++;
        sockets.put(lastDescriptor, end);
        session.connected(lastDescriptor);
    }

    /** From now on the loop is told of the session's socket. */
    void watch(Session session) {
        long token = session.token();
        socket(session).watch(process, () -> process.input(loop -> loop.readable(session(token))),
                () -> process.input(loop -> loop.writable(session(token))));
    }

    private SocketEnd socket(Session session) {
        return sockets.get(session.fd());
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

    List<Session> sessions() {
        return List.copyOf(sessions.values());
    }

    @Override
    public int peek(Session session) {
        return socket(session).peek(peekedBytes);
    }

    @Override
    public DirectBuffer peeked() {
        return peeked;
    }

    @Override
    public void consume(Session session, int length) {
        world.safety().journaled(tap.receivedTo(session.number()) >= session.streamOffset() + length,
                "bytes of session " + session.number() + " are taken that are not in the journal");
        world.points().reached(process, "Consume");
        socket(session).take(length);
        session.consumed(length);
        world.points().reached(process, "Consume.after");
    }

    @Override
    public MutableDirectBuffer out() {
        return out;
    }

    @Override
    public int write(Session session, int length) {
        judge(session, length);
        world.points().reached(process, "Write");
        int result = socket(session).writeWhole(outBytes, length);
        if (result >= 0) {
            written.put(session.number(), written.get(session.number()) + 1);
        }
        world.points().reached(process, "Write.after");
        return result;
    }

    private void judge(Session session, int length) {
        world.safety().journaled(tap.sends(session.number()) > written.get(session.number()),
                "a frame is written to session " + session.number() + " that is not in the journal");
        if (decoder.decode(out, 0, length) instanceof Decoded.Frame(int _, Message message, int _)) {
            world.says(message, socket(session).peerPid());
        }
    }

    @Override
    public void keepForLater(Session session, int length) {
        byte[] copy = new byte[length];
        out.getBytes(0, copy);
        session.unwritten().add(copy);
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
        return 0;
    }

    @Override
    public int bytesUnsent(Session session) {
        SocketEnd end = socket(session);
        return end == null ? -Errno.EBADF : end.bytesUnsent();
    }

    @Override
    public void close(int service, long number) {
        Session session = sessions.remove(Session.token(service, number));
        if (session == null) {
            return;
        }
        session.abandon();
        SocketEnd end = sockets.remove(session.fd());
        if (end != null) {
            end.shutdown();
            process.unpark(service, session);
            process.close(end);
        }
    }
}
