package dev.handoff.replay.verify;

import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

import dev.handoff.codec.Side;
import dev.handoff.coordinator.loop.Named.NamedSession;

/**
 * The sessions of one service: which are open, and how far each stream was read. It counts as {@code Streams} does, so that it knows
 * where the next coordinator's reading goes on. One thread.
 */
final class Sessions {

    private static final int CLOSED_REMEMBERED = 32;
    /** Nobody has read how far the stream had come. */
    private static final long UNKNOWN = -1;

    private static final class Session {
        private final Side side;
        private final At opened;
        /** Told to the core as ended, and not closed yet. */
        private At ended;
        /** Bytes taken so far. */
        private long position;
        /** Of them, those of a frame that is not whole. */
        private long partial;
        /** How far a recovery that begins now would find it read: it begins at the newest snapshot, and counts from 0 there. */
        private long recovered;
        /** How far the recovery of this epoch found it read. */
        private long found;

        Session(Side side, At opened, long position, long partial) {
            this.side = side;
            this.opened = opened;
            this.position = position;
            this.partial = partial;
            this.recovered = position;
        }
    }

    /** Why something cannot have been read, and the record that says so. */
    record Objection(String why, At against) {}

    private final Map<Long, Session> open = new HashMap<>();
    private final Map<Long, At> closed = new LinkedHashMap<>() {
        private static final long serialVersionUID = 1;

        @Override
        protected boolean removeEldestEntry(Map.Entry<Long, At> eldest) {
            return size() > CLOSED_REMEMBERED;
        }
    };
    /** Of the last coordinator that had taken over: where its streams had come to. */
    private Map<Long, Session> before = new HashMap<>();
    /** This epoch's coordinator has sessions of its own, or has told which it was handed back. */
    private boolean settled;
    private final Map<Long, NamedSession> lost = new LinkedHashMap<>();

    void open(long number, Side side, At by) {
        settled = true;
        open.put(number, new Session(side, by, 0, 0));
    }

    /** The reading began in the middle: what the state names is open, and was read nobody knows how far. */
    void trust(List<NamedSession> named, At by) {
        settled = true;
        named.forEach(one -> open.put(one.number(), new Session(one.side(), by, UNKNOWN, UNKNOWN)));
    }

    void close(long number, At by) {
        if (open.remove(number) != null) {
            closed.put(number, by);
        }
    }

    boolean isOpen(long number) {
        return open.containsKey(number);
    }

    /** A recovery will begin here. */
    void snapshot() {
        open.values().forEach(session -> session.recovered = 0);
        before.values().forEach(session -> session.recovered = 0);
    }

    /** Another coordinator begins: no session is open until it tells which were handed back. */
    void newEpoch() {
        if (settled) {
            before = new HashMap<>(open);
        }
        before.values().forEach(session -> session.found = session.recovered);
        settled = false;
        open.clear();
        lost.clear();
    }

    /** The sessions that the state names, and those of them that were handed back. */
    void takeOver(List<NamedSession> named, List<Long> handedBack, At by) {
        for (NamedSession one : named) {
            if (handedBack.contains(one.number())) {
                Session old = before.get(one.number());
                Session resumed = new Session(one.side(), by, old == null ? 0 : old.found,
                        old == null ? 0 : old.partial);
                resumed.recovered = old == null ? 0 : old.recovered;
                open.put(one.number(), resumed);
            } else {
                lost.put(one.number(), one);
            }
        }
        before = new HashMap<>();
        settled = true;
    }

    /** Sessions whose end has still to be told, because they were not handed back. */
    boolean owesEnds() {
        return !lost.isEmpty();
    }

    /** The side tells its end. */
    Optional<Objection> ended(long number, Side side, At at) {
        NamedSession gone = lost.get(number);
        if (gone != null && gone.side() == side) {
            lost.remove(number);
            closed.put(number, at);
            return Optional.empty();
        }
        Optional<Objection> objection = objection(number, side);
        if (objection.isEmpty()) {
            open.get(number).ended = at;
        }
        return objection;
    }

    /** A frame that could not be read ends the session. */
    Optional<Objection> rejected(long number, Side side, long streamOffset, At at) {
        Optional<Objection> objection = objection(number, side).or(() -> offset(number, streamOffset, 0));
        if (objection.isEmpty()) {
            open.get(number).ended = at;
        }
        return objection;
    }

    /** Whether a whole frame that begins here can follow on the session. Allocates nothing. */
    boolean isNext(long number, Side side, long streamOffset) {
        Session session = open.get(number);
        return session != null && session.ended == null && session.side == side && session.partial == 0
                && session.position == streamOffset;
    }

    /** A whole frame of this many bytes. */
    Optional<Objection> whole(long number, Side side, long streamOffset, int length) {
        Session session = open.get(number);
        if (session == null || session.ended != null || session.side != side) {
            return objection(number, side);
        }
        long partial = session.partial == UNKNOWN ? 0 : session.partial;
        if (session.position != UNKNOWN && streamOffset != session.position - partial) {
            return offset(number, streamOffset, partial);
        }
        session.position = streamOffset + length;
        session.partial = 0;
        session.recovered = session.position;
        return Optional.empty();
    }

    /** A part of a frame. */
    Optional<Objection> part(long number, Side side, long streamOffset, int length) {
        Optional<Objection> objection = objection(number, side).or(() -> offset(number, streamOffset, 0));
        if (objection.isEmpty()) {
            Session session = open.get(number);
            session.position = streamOffset + length;
            session.partial = (session.partial == UNKNOWN ? 0 : session.partial) + length;
            session.recovered = session.position;
        }
        return objection;
    }

    private Optional<Objection> objection(long number, Side side) {
        Session session = open.get(number);
        if (session == null) {
            At end = closed.get(number);
            return Optional.of(end == null
                    ? new Objection("session " + number + " was never opened", At.NOWHERE)
                    : new Objection("session " + number + " was closed before", end));
        }
        if (session.ended != null) {
            return Optional.of(new Objection("session " + number + " had ended before", session.ended));
        }
        if (session.side != side) {
            return Optional.of(new Objection("session " + number + " is the " + session.side.wireName()
                    + "'s, not the " + side.wireName() + "'s", session.opened));
        }
        return Optional.empty();
    }

    private Optional<Objection> offset(long number, long streamOffset, long partial) {
        Session session = open.get(number);
        if (session.position == UNKNOWN || session.position - partial == streamOffset) {
            return Optional.empty();
        }
        return Optional.of(new Objection("it begins at byte " + streamOffset + " of session " + number
                + ", which was read up to byte " + (session.position - partial), session.opened));
    }
}
