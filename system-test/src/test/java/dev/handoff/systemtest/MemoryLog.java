package dev.handoff.systemtest;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Predicate;

import dev.handoff.codec.Decoded;
import dev.handoff.codec.FrameDecoder;
import dev.handoff.codec.HandoffId;
import dev.handoff.codec.event.Event;
import dev.handoff.codec.event.Stamp;
import dev.handoff.coordinator.shell.EventLog;
import org.agrona.DirectBuffer;

/** Keeps what the coordinator appended, for a test to look at and to wait for. */
final class MemoryLog implements EventLog {

    private final FrameDecoder decoder = new FrameDecoder();
    private final List<Event> events = new ArrayList<>();

    @Override
    public synchronized void append(Event event) {
        events.add(event);
        notifyAll();
    }

    @Override
    public void appendReceived(Frame at, DirectBuffer frame, int offset, int length) {
        Decoded.Frame decoded = (Decoded.Frame) decoder.decode(frame, offset, length);
        append(new Event.MessageReceived(stamp(at), at.session(), at.side(), at.streamOffset(), decoded.protoVersion(),
                decoded.message()));
    }

    @Override
    public void appendSending(Frame at, DirectBuffer frame, int offset, int length) {
        Decoded.Frame decoded = (Decoded.Frame) decoder.decode(frame, offset, length);
        append(new Event.MessageSending(stamp(at), at.session(), at.side(), decoded.message()));
    }

    private static Stamp stamp(Frame at) {
        return new Stamp(at.timeNs(), at.service(), new HandoffId(at.handoffIdMsb(), at.handoffIdLsb()));
    }

    @Override
    public synchronized long lastSequence() {
        return events.size();
    }

    @Override
    public void endOfBatch() {}

    /** Everything appended so far. */
    synchronized List<Event> events() {
        return List.copyOf(events);
    }

    /** Waits for the first event that fits, from the beginning on. */
    synchronized Event await(String what, long withinMs, Predicate<Event> fits) throws InterruptedException {
        long endNs = System.nanoTime() + withinMs * 1_000_000;
        int looked = 0;
        while (true) {
            for (; looked < events.size(); looked++) {
                if (fits.test(events.get(looked))) {
                    return events.get(looked);
                }
            }
            long leftMs = (endNs - System.nanoTime()) / 1_000_000;
            if (leftMs <= 0) {
                throw new AssertionError(what + " did not happen within " + withinMs + " ms; what did:\n"
                        + String.join("\n", events.stream().map(Event::toString).toList()));
            }
            wait(leftMs);
        }
    }
}
