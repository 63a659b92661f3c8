package dev.handoff.systemtest;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.Predicate;

import dev.handoff.codec.Decoded;
import dev.handoff.codec.FrameDecoder;
import dev.handoff.codec.HandoffId;
import dev.handoff.codec.event.Event;
import dev.handoff.codec.event.Stamp;
import dev.handoff.coordinator.loop.EventLog;
import org.agrona.DirectBuffer;

/** Keeps what the coordinator appended, for a test to look at, to wait for, and to interfere at. */
final class MemoryLog implements EventLog {

    /** What a test does when something happens. */
    private record Trap(Predicate<Event> fits, Consumer<Event> action) {}

    private final FrameDecoder decoder = new FrameDecoder();
    private final Optional<EventLog> journal;
    private final List<Event> events = new ArrayList<>();
    private final List<Trap> traps = new ArrayList<>();

    MemoryLog() {
        this(Optional.empty());
    }

    /** One that has everything appended to {@code journal} as well, before it is known here. */
    MemoryLog(Optional<EventLog> journal) {
        this.journal = journal;
    }

    /**
     * Runs {@code action} once, on the loop thread, when the first event that fits is appended: before anything follows from
     * that event.
     */
    synchronized void atFirst(Predicate<Event> fits, Consumer<Event> action) {
        traps.add(new Trap(fits, action));
    }

    @Override
    public void append(Event event) {
        journal.ifPresent(log -> log.append(event));
        keep(event);
    }

    private synchronized void keep(Event event) {
        events.add(event);
        for (Trap trap : List.copyOf(traps)) {
            if (trap.fits().test(event)) {
                traps.remove(trap);
                trap.action().accept(event);
            }
        }
        notifyAll();
    }

    @Override
    public void appendReceived(Frame at, DirectBuffer frame, int offset, int length) {
        journal.ifPresent(log -> log.appendReceived(at, frame, offset, length));
        Decoded.Frame decoded = (Decoded.Frame) decoder.decode(frame, offset, length);
        keep(new Event.MessageReceived(stamp(at), at.session(), at.side(), at.streamOffset(), decoded.protoVersion(),
                decoded.message()));
    }

    @Override
    public void appendSending(Frame at, DirectBuffer frame, int offset, int length) {
        journal.ifPresent(log -> log.appendSending(at, frame, offset, length));
        Decoded.Frame decoded = (Decoded.Frame) decoder.decode(frame, offset, length);
        keep(new Event.MessageSending(stamp(at), at.session(), at.side(), decoded.message()));
    }

    private static Stamp stamp(Frame at) {
        return new Stamp(at.timeNs(), at.service(), new HandoffId(at.handoffIdMsb(), at.handoffIdLsb()));
    }

    @Override
    public synchronized long lastSequence() {
        return events.size();
    }

    @Override
    public void endOfBatch() {
        journal.ifPresent(EventLog::endOfBatch);
    }

    /** Everything appended so far. */
    synchronized List<Event> events() {
        return List.copyOf(events);
    }

    /** Waits until there are more events than {@code known}, but not for ever. */
    synchronized void awaitMoreThan(int known, long withinMs) throws InterruptedException {
        long endNs = System.nanoTime() + withinMs * 1_000_000;
        for (long leftMs = withinMs; events.size() <= known && leftMs > 0; leftMs = (endNs - System.nanoTime())
                / 1_000_000) {
            wait(leftMs);
        }
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
