package dev.handoff.coordinator.flight;

import dev.handoff.codec.FrameDecoder;
import dev.handoff.codec.MessageKind;
import dev.handoff.codec.event.Event;
import dev.handoff.coordinator.loop.EventLog;
import org.agrona.DirectBuffer;

/** A log whose appends the flight recorder sees. Loop thread only. */
public final class RecordedLog implements EventLog {

    private final EventLog log;
    private final FlightSwitch recording;

    public RecordedLog(EventLog log, FlightSwitch recording) {
        this.log = log;
        this.recording = recording;
    }

    @Override
    public void append(Event event) {
        if (!recording.isOn()) {
            log.append(event);
            return;
        }
        AppendEvent seen = new AppendEvent();
        seen.begin();
        log.append(event);
        seen.kind = event.getClass().getSimpleName();
        seen.service = event.stamp().service();
        seen.commit();
    }

    @Override
    public void appendReceived(Frame at, DirectBuffer frame, int offset, int length) {
        if (!recording.isOn()) {
            log.appendReceived(at, frame, offset, length);
            return;
        }
        AppendEvent seen = new AppendEvent();
        seen.begin();
        log.appendReceived(at, frame, offset, length);
        seen.kind = "MessageReceived " + kind(frame, offset, length);
        seen.service = at.service();
        seen.commit();
    }

    @Override
    public void appendSending(Frame at, DirectBuffer frame, int offset, int length) {
        if (!recording.isOn()) {
            log.appendSending(at, frame, offset, length);
            return;
        }
        AppendEvent seen = new AppendEvent();
        seen.begin();
        log.appendSending(at, frame, offset, length);
        seen.kind = "MessageSending " + kind(frame, offset, length);
        seen.service = at.service();
        seen.commit();
    }

    private static String kind(DirectBuffer frame, int offset, int length) {
        int kind = FrameDecoder.peekKind(frame, offset, length);
        return kind < 0 ? "" : MessageKind.ofDiscriminant(kind).wireName();
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
