package dev.handoff.coordinator.fault;

import dev.handoff.codec.Decoded;
import dev.handoff.codec.FrameDecoder;
import dev.handoff.codec.HandoffId;
import dev.handoff.codec.event.Event;
import dev.handoff.codec.event.Stamp;
import dev.handoff.coordinator.loop.EventLog;
import org.agrona.DirectBuffer;

/** Has the trap look before and after each append. It decodes frames for that, which the real log never does. Loop thread only. */
final class FaultyLog implements EventLog {

    private final EventLog log;
    private final Trap trap;
    private final FrameDecoder decoder = new FrameDecoder();

    FaultyLog(EventLog log, Trap trap) {
        this.log = log;
        this.trap = trap;
    }

    @Override
    public void append(Event event) {
        trap.before(event);
        log.append(event);
        trap.after(event);
    }

    @Override
    public void appendReceived(Frame at, DirectBuffer frame, int offset, int length) {
        Decoded.Frame decoded = decode(frame, offset, length);
        Event event = new Event.MessageReceived(stamp(at), at.session(), at.side(), at.streamOffset(),
                decoded.protoVersion(), decoded.message());
        trap.before(event);
        log.appendReceived(at, frame, offset, length);
        trap.after(event);
    }

    @Override
    public void appendSending(Frame at, DirectBuffer frame, int offset, int length) {
        Event event = new Event.MessageSending(stamp(at), at.session(), at.side(),
                decode(frame, offset, length).message());
        trap.before(event);
        log.appendSending(at, frame, offset, length);
        trap.after(event);
    }

    /** Only whole and sound frames are appended as messages. */
    private Decoded.Frame decode(DirectBuffer frame, int offset, int length) {
        return (Decoded.Frame) decoder.decode(frame, offset, length);
    }

    private static Stamp stamp(Frame at) {
        return new Stamp(at.timeNs(), at.service(), new HandoffId(at.handoffIdMsb(), at.handoffIdLsb()));
    }

    @Override
    public long lastSequence() {
        return log.lastSequence();
    }

    @Override
    public void endOfBatch() {
        log.endOfBatch();
    }
}
