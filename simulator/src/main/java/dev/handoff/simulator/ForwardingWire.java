package dev.handoff.simulator;

import java.util.List;

import dev.handoff.coordinator.loop.Session;
import dev.handoff.coordinator.loop.Wire;
import org.agrona.DirectBuffer;
import org.agrona.MutableDirectBuffer;

/** For mutants: a wire that does what another does. */
class ForwardingWire implements Wire {

    private final Wire wire;

    ForwardingWire(Wire wire) {
        this.wire = wire;
    }

    @Override
    public Session session(long token) {
        return wire.session(token);
    }

    @Override
    public List<Session> sessionsOf(int service) {
        return wire.sessionsOf(service);
    }

    @Override
    public int peek(Session session) {
        return wire.peek(session);
    }

    @Override
    public DirectBuffer peeked() {
        return wire.peeked();
    }

    @Override
    public void consume(Session session, int length) {
        wire.consume(session, length);
    }

    @Override
    public MutableDirectBuffer out() {
        return wire.out();
    }

    @Override
    public int write(Session session, int length) {
        return wire.write(session, length);
    }

    @Override
    public void keepForLater(Session session, int length) {
        wire.keepForLater(session, length);
    }

    @Override
    public int writeKept(Session session) {
        return wire.writeKept(session);
    }

    @Override
    public int bytesUnsent(Session session) {
        return wire.bytesUnsent(session);
    }

    @Override
    public void close(int service, long number) {
        wire.close(service, number);
    }
}
