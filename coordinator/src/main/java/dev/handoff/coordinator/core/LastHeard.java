package dev.handoff.coordinator.core;

import dev.handoff.codec.MessageKind;
import dev.handoff.codec.Side;
import dev.handoff.codec.event.Event;
import org.agrona.collections.Long2LongHashMap;

/**
 * When each peer was last heard, and what else every record of the journal moves: how much of an unfinished frame was taken, and
 * which message is in doubt. Kept apart from {@link CoordinatorState} in primitives, so that a heartbeat's turn allocates
 * nothing; folded from the same events by the same replay, and covered by the same hash. Confined to one thread.
 *
 * <p>
 * A message is <i>in doubt</i> as long as its {@code MessageSending} is the journal's last record: the loop writes a frame right
 * after it appended it, and before it appends anything else. So after a crash at most one message may or may not have been
 * written.
 */
public final class LastHeard {

    private static final long NEVER = 0;
    private static final int NO_KIND = -1;

    private final Long2LongHashMap timesNs = new Long2LongHashMap(NEVER);
    private final Long2LongHashMap partialSessions = new Long2LongHashMap(Peer.NO_SESSION);
    private final Long2LongHashMap partialBytes = new Long2LongHashMap(0);
    private int doubtService;
    private Side doubtSide = Side.INCUMBENT;
    private int doubtKind = NO_KIND;

    /** Notes that this peer was heard; allocates nothing once the peer is known. */
    void heard(int service, Side peer, long timeNs) {
        if (timeNs == NEVER) {
            // The map has no room for the value that stands for none.
            timesNs.remove(key(service, peer));
        } else {
            timesNs.put(key(service, peer), timeNs);
        }
    }

    /** When this peer was last heard, or 0 for never. */
    public long lastHeardNs(int service, Side peer) {
        return timesNs.get(key(service, peer));
    }

    /** A peer's silence while no coordinator ran says nothing about it. */
    void startAnew(int service, long timeNs) {
        for (Side side : Side.values()) {
            if (lastHeardNs(service, side) != NEVER) {
                heard(service, side, timeNs);
            }
        }
    }

    /** A part of a frame was taken from the session that the side has now. */
    void tookPart(int service, Side peer, long session, int bytes) {
        partial(service, peer, session, partial(service, peer, session) + bytes);
    }

    /** The frame is whole, or its session over. Allocates nothing. */
    void tookWhole(int service, Side peer) {
        if (!partialSessions.isEmpty()) {
            partialSessions.remove(key(service, peer));
            partialBytes.remove(key(service, peer));
        }
    }

    void partial(int service, Side peer, long session, long bytes) {
        if (bytes == 0) {
            tookWhole(service, peer);
        } else {
            partialSessions.put(key(service, peer), session);
            partialBytes.put(key(service, peer), bytes);
        }
    }

    /** How many bytes of an unfinished frame were taken from this session. */
    public long partial(int service, Side peer, long session) {
        return !partialSessions.isEmpty() && session == partialSession(service, peer)
                ? partialBytes.get(key(service, peer))
                : 0;
    }

    /** The session that an unfinished frame of this side came on, or {@link Peer#NO_SESSION}. */
    long partialSession(int service, Side peer) {
        return partialSessions.get(key(service, peer));
    }

    void doubt(int service, Side to, MessageKind kind) {
        doubtService = service;
        doubtSide = to;
        doubtKind = kind.discriminant();
    }

    /** Another record follows, so what was in doubt was written. Allocates nothing. */
    void noDoubt() {
        doubtService = 0;
        doubtSide = Side.INCUMBENT;
        doubtKind = NO_KIND;
    }

    /** Whether this message may or may not have been written, should the coordinator have died now. */
    public boolean inDoubt(int service, Side to, MessageKind kind) {
        return doubtKind == kind.discriminant() && doubtService == service && doubtSide == to;
    }

    int doubtService() {
        return doubtService;
    }

    Side doubtSide() {
        return doubtSide;
    }

    /** The discriminant of the message in doubt, or -1 for none. */
    int doubtKind() {
        return doubtKind;
    }

    /** Every event but a heartbeat's {@code MessageReceived} passes here, after its step. */
    void follow(Event event) {
        if (event instanceof Event.MessageSending sending) {
            doubt(sending.stamp().service(), sending.to(), sending.message().kind());
        } else if (!(event instanceof Event.ServiceConfigured configured && configured.takeover())) {
            // What comes before a CoordinatorRestarted is another coordinator's, and says nothing about the dead one's write.
            noDoubt();
        }
    }

    private static long key(int service, Side peer) {
        return (long) service << 1 | peer.discriminant();
    }
}
