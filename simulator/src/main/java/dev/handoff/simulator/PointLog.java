package dev.handoff.simulator;

import dev.handoff.codec.event.Event;
import dev.handoff.coordinator.loop.EventLog;
import org.agrona.DirectBuffer;

/** A point before and after every append. */
final class PointLog implements EventLog {

    private final EventLog log;
    private final CoordinatorProcess process;

    PointLog(EventLog log, CoordinatorProcess process) {
        this.log = log;
        this.process = process;
    }

    @Override
    public void append(Event event) {
        before();
        log.append(event);
        after();
    }

    @Override
    public void appendReceived(Frame at, DirectBuffer frame, int offset, int length) {
        before();
        log.appendReceived(at, frame, offset, length);
        after();
    }

    @Override
    public void appendSending(Frame at, DirectBuffer frame, int offset, int length) {
        before();
        log.appendSending(at, frame, offset, length);
        after();
    }

    private void before() {
        process.stepped(true);
        process.world().points().reached(process, "Append");
    }

    private void after() {
        process.stepped(false);
        process.world().points().reached(process, "Append.after");
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
