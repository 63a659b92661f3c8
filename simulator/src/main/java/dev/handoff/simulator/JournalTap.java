package dev.handoff.simulator;

import java.util.UUID;

import dev.handoff.codec.MessageKind;
import dev.handoff.codec.event.DecodedEvent;
import dev.handoff.codec.event.Event;
import dev.handoff.codec.event.EventCodec;
import dev.handoff.codec.event.EventKind;
import dev.handoff.codec.event.MessageEventFlyweight;
import dev.handoff.journal.Journal;
import dev.handoff.journal.JournalReader;
import org.agrona.DirectBuffer;
import org.agrona.collections.Long2LongHashMap;

/**
 * Sees every record that reaches the journal, whatever a mutant does above it: counts what the coordinator may do by now, and
 * feeds the run's hash, the trace and the judgement of how handoffs end.
 */
final class JournalTap implements Journal {

    private final World world;
    private final Journal journal;
    private final EventCodec codec = new EventCodec();
    private final MessageEventFlyweight message = new MessageEventFlyweight();
    private final Long2LongHashMap sends = new Long2LongHashMap(0);
    private final Long2LongHashMap received = new Long2LongHashMap(0);
    private long spawns;

    JournalTap(World world, Journal journal) {
        this.world = world;
        this.journal = journal;
    }

    /** Frames that may be written to this session by now, by what this coordinator has journaled. */
    long sends(long session) {
        return sends.get(session);
    }

    /** How far this session's stream is in the journal, as far as this coordinator appended it. */
    long receivedTo(long session) {
        return received.get(session);
    }

    /** Processes that may have been started by now. */
    long spawns() {
        return spawns;
    }

    @Override
    public long append(int kind, int flags, long timeNs, DirectBuffer payload, int offset, int length) {
        long sequence = journal.append(kind, flags, timeNs, payload, offset, length);
        world.hash().mix(kind ^ timeNs);
        world.hash().mix(payload, offset, length);
        note(kind, timeNs, payload, offset, length);
        if (world.traces()) {
            world.trace().event(event(kind, timeNs, payload, offset, length));
        }
        return sequence;
    }

    private void note(int kind, long timeNs, DirectBuffer payload, int offset, int length) {
        if (kind == EventKind.MESSAGE_SENDING.number() && message.wrap(payload, offset, length)) {
            sends.put(message.session(), sends.get(message.session()) + 1);
        } else if (kind == EventKind.MESSAGE_RECEIVED.number() && message.wrap(payload, offset, length)) {
            received.put(message.session(), message.streamOffset() + message.frameLength());
            if (message.messageKind() == MessageKind.SEAL_COMPLETE.discriminant()) {
                world.sealKnown();
            }
        } else if (kind == EventKind.FRAGMENT_RECEIVED.number()
                && event(kind, timeNs, payload, offset, length) instanceof Event.FragmentReceived part) {
            received.put(part.session(), part.streamOffset() + part.bytes().length());
        } else if (kind == EventKind.SPAWN_ORDERED.number()) {
            spawns++;
        } else if (kind == EventKind.HANDOFF_ENDED.number()
                && event(kind, timeNs, payload, offset, length) instanceof Event.HandoffEnded end) {
            world.ended(end);
        }
    }

    private Event event(int kind, long timeNs, DirectBuffer payload, int offset, int length) {
        return ((DecodedEvent.Intact) codec.decode(kind, timeNs, payload, offset, length)).event();
    }

    @Override
    public UUID id() {
        return journal.id();
    }

    @Override
    public int epoch() {
        return journal.epoch();
    }

    @Override
    public long firstSequence() {
        return journal.firstSequence();
    }

    @Override
    public long lastSequence() {
        return journal.lastSequence();
    }

    @Override
    public int maxPayloadLength() {
        return journal.maxPayloadLength();
    }

    @Override
    public long snapshot(long timeNs) {
        return journal.snapshot(timeNs);
    }

    @Override
    public void endOfBatch() {
        journal.endOfBatch();
    }

    @Override
    public void sync() {
        journal.sync();
    }

    @Override
    public JournalReader reader() {
        return journal.reader();
    }

    @Override
    public void close() {
        journal.close();
    }
}
