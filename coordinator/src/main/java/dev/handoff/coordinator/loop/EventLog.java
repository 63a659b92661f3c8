package dev.handoff.coordinator.loop;

import dev.handoff.codec.Side;
import dev.handoff.codec.event.Event;
import org.agrona.DirectBuffer;

/**
 * Where the loop appends what happened, before anything follows from it. Loop thread only.
 *
 * <p>
 * Every method has appended when it returns; when it cannot, it throws, and the coordinator ends: nothing may be done that the
 * journal does not know.
 */
public interface EventLog {

    /** Appends an event that is no frame. */
    void append(Event event);

    /** Appends {@code MessageReceived} with the frame exactly as it was on the wire. Allocates nothing. */
    void appendReceived(Frame at, DirectBuffer frame, int offset, int length);

    /** Appends {@code MessageSending} with the frame exactly as it will be on the wire. Allocates nothing. */
    void appendSending(Frame at, DirectBuffer frame, int offset, int length);

    /** The last record's sequence, 0 for none. */
    long lastSequence();

    /** The ring is empty for now: whatever is synced by batches is synced here. */
    void endOfBatch();

    /** What a frame's record says beside the frame. Reused. */
    final class Frame {
        private long timeNs;
        private int service;
        private long handoffIdMsb;
        private long handoffIdLsb;
        private long session;
        private Side side;
        private long streamOffset;

        public Frame set(long timeNs, int service, long handoffIdMsb, long handoffIdLsb, long session, Side side,
                long streamOffset) {
            this.timeNs = timeNs;
            this.service = service;
            this.handoffIdMsb = handoffIdMsb;
            this.handoffIdLsb = handoffIdLsb;
            this.session = session;
            this.side = side;
            this.streamOffset = streamOffset;
            return this;
        }

        public long timeNs() {
            return timeNs;
        }

        public int service() {
            return service;
        }

        public long handoffIdMsb() {
            return handoffIdMsb;
        }

        public long handoffIdLsb() {
            return handoffIdLsb;
        }

        public long session() {
            return session;
        }

        public Side side() {
            return side;
        }

        public long streamOffset() {
            return streamOffset;
        }
    }
}
