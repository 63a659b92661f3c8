package dev.handoff.coordinator.loop;

import dev.handoff.codec.event.Event;
import dev.handoff.codec.event.EventCodec;
import dev.handoff.codec.event.EventKind;
import dev.handoff.journal.Journal;
import org.agrona.DirectBuffer;
import org.agrona.ExpandableArrayBuffer;

/** The events' way into the journal. Loop thread only. */
public final class JournalLog implements EventLog {

    private static final int NO_FLAGS = 0;

    private final Journal journal;
    private final EventCodec codec = new EventCodec();
    private final ExpandableArrayBuffer payload = new ExpandableArrayBuffer(4096);

    public JournalLog(Journal journal) {
        this.journal = journal;
    }

    @Override
    public void append(Event event) {
        int length = codec.encode(event, payload, 0);
        journal.append(EventKind.of(event).number(), NO_FLAGS, event.stamp().timeNs(), payload, 0, length);
    }

    @Override
    public void appendReceived(Frame at, DirectBuffer frame, int offset, int length) {
        int encoded = codec.encodeReceived(payload, 0, at.service(), at.handoffIdMsb(), at.handoffIdLsb(),
                at.session(), at.side(), at.streamOffset(), frame, offset, length);
        journal.append(EventKind.MESSAGE_RECEIVED.number(), NO_FLAGS, at.timeNs(), payload, 0, encoded);
    }

    @Override
    public void appendSending(Frame at, DirectBuffer frame, int offset, int length) {
        int encoded = codec.encodeSending(payload, 0, at.service(), at.handoffIdMsb(), at.handoffIdLsb(),
                at.session(), at.side(), frame, offset, length);
        journal.append(EventKind.MESSAGE_SENDING.number(), NO_FLAGS, at.timeNs(), payload, 0, encoded);
    }

    @Override
    public long lastSequence() {
        return journal.lastSequence();
    }

    @Override
    public void endOfBatch() {
        journal.endOfBatch();
    }
}
