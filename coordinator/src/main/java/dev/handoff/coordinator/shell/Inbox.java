package dev.handoff.coordinator.shell;

import com.lmax.disruptor.RingBuffer;
import dev.handoff.codec.HandoffId;
import dev.handoff.codec.event.TimerKind;
import dev.handoff.coordinator.loop.Fact;

/** The producers' side of the ring. Any thread; a full ring makes the caller wait. */
final class Inbox {

    private final RingBuffer<Input> ring;

    Inbox(RingBuffer<Input> ring) {
        this.ring = ring;
    }

    void readable(long sessionToken) {
        long sequence = ring.next();
        ring.get(sequence).readable(sessionToken);
        ring.publish(sequence);
    }

    void writable(long sessionToken) {
        long sequence = ring.next();
        ring.get(sequence).writable(sessionToken);
        ring.publish(sequence);
    }

    void processEnded(long pid) {
        long sequence = ring.next();
        ring.get(sequence).processEnded(pid);
        ring.publish(sequence);
    }

    void fact(int service, HandoffId handoffId, Fact fact) {
        long sequence = ring.next();
        ring.get(sequence).fact(service, handoffId, fact);
        ring.publish(sequence);
    }

    void timer(int service, TimerKind kind, long dueNs) {
        long sequence = ring.next();
        ring.get(sequence).timer(service, kind, dueNs);
        ring.publish(sequence);
    }

    void task(Runnable task) {
        long sequence = ring.next();
        ring.get(sequence).task(task);
        ring.publish(sequence);
    }
}
