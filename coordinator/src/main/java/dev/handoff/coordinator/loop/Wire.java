package dev.handoff.coordinator.loop;

import java.util.List;

import org.agrona.DirectBuffer;
import org.agrona.MutableDirectBuffer;

/**
 * The sessions and their sockets: peek, consume, write, close. It decides nothing. Loop thread only.
 *
 * <p>
 * Results are values at least 0, or a negative errno.
 */
public interface Wire {

    /** A frame of ours is far smaller; one that were not could be written in pieces. */
    int OUTBOUND_BYTES = 4096;

    /** The session with this {@link Session#token}, or null for none. */
    Session session(long token);

    /** Every session of a service, as of now. */
    List<Session> sessionsOf(int service);

    /** Copies what is queued into {@link #peeked} and leaves it queued: bytes, 0 at the end, or the negative errno. */
    int peek(Session session);

    /** What the last {@link #peek} saw. */
    DirectBuffer peeked();

    /** Takes bytes that were peeked before, and counts them with {@link Session#consumed}. */
    void consume(Session session, int length);

    /** Where an outbound frame is put together; {@link #OUTBOUND_BYTES} long. */
    MutableDirectBuffer out();

    /** Writes the first bytes of {@link #out} whole, or gives the negative errno and has written nothing. */
    int write(Session session, int length);

    /**
     * Keeps the first bytes of {@link #out} in {@link Session#unwritten}, and from now on tells the loop when the socket takes
     * bytes again.
     */
    void keepForLater(Session session, int length);

    /** Writes what was kept; 0 when all is written, or the negative errno. */
    int writeKept(Session session);

    /** Bytes written that the peer has not taken yet (SIOCOUTQ). */
    int bytesUnsent(Session session);

    /** Shuts the socket down, closes it and forgets the session; nothing happens where it is gone. */
    void close(int service, long number);

    /** No more input waits: a time for what {@link #close} has put off. */
    default void endOfBatch() {
        // Where closing is done at once there is nothing.
    }
}
