package dev.handoff.coordinator.shell;

import java.util.function.ObjLongConsumer;

import com.lmax.disruptor.InsufficientCapacityException;
import com.lmax.disruptor.RingBuffer;
import dev.handoff.codec.HandoffId;
import dev.handoff.codec.event.TimerKind;
import dev.handoff.coordinator.loop.Fact;

/** The producers' side of the ring. Any thread but the loop's where nothing else is said; a full ring makes the caller wait. */
final class Inbox {

    private final RingBuffer<Input> ring;

    Inbox(RingBuffer<Input> ring) {
        this.ring = ring;
    }

    /** The loop thread's own: false where the ring is full, which only it can change. */
    boolean offerReadable(long sessionToken) {
        return offer(Input::readable, sessionToken);
    }

    /** As {@link #offerReadable}. */
    boolean offerWritable(long sessionToken) {
        return offer(Input::writable, sessionToken);
    }

    /** As {@link #offerReadable}. */
    boolean offerProcessEnded(long pid) {
        return offer(Input::processEnded, pid);
    }

    /** As {@link #offerReadable}. */
    boolean offerTimer(int service, TimerKind kind, long dueNs) {
        return offer((input, due) -> input.timer(service, kind, due), dueNs);
    }

    /** As {@link #offerReadable}. */
    boolean offerTask(Runnable task) {
        return offer((input, _) -> input.task(task), 0);
    }

    private boolean offer(ObjLongConsumer<Input> kind, long token) {
        long sequence;
        try {
            sequence = ring.tryNext();
        } catch (InsufficientCapacityException e) {
            return false;
        }
        kind.accept(ring.get(sequence), token);
        ring.publish(sequence);
        return true;
    }

    void fact(int service, HandoffId handoffId, Fact fact) {
        long sequence = ring.next();
        ring.get(sequence).fact(service, handoffId, fact);
        ring.publish(sequence);
    }

    void task(Runnable task) {
        long sequence = ring.next();
        ring.get(sequence).task(task);
        ring.publish(sequence);
    }
}
