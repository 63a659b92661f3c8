package dev.handoff.replay.verify;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

import dev.handoff.codec.HandoffId;

/** What one service's shell was ordered to do and has not told the outcome of. Lives as long as its coordinator. One thread. */
final class Orders {

    /** What is told once it is done. */
    enum Kind {
        CONNECT,
        RESOLVE,
        SPAWN_INCUMBENT,
        SPAWN_SUCCESSOR,
        FENCE,
        LOOK_AT_LOCK
    }

    /**
     * One of them.
     *
     * @param number   a session, or 0
     * @param expected the pid that has to answer, or 0
     */
    record Order(Kind kind, HandoffId handoffId, long number, long expected, At by) {}

    private final List<Order> open = new ArrayList<>();

    void add(Order order) {
        open.add(order);
    }

    /** The oldest such order, which is answered now. */
    Optional<Order> take(Kind kind, HandoffId handoffId, long number) {
        for (int i = 0; i < open.size(); i++) {
            Order order = open.get(i);
            if (order.kind() == kind && order.number() == number && order.handoffId().equals(handoffId)) {
                return Optional.of(open.remove(i));
            }
        }
        return Optional.empty();
    }

    /** The session is closed: nobody tells of it any more. */
    void forgetSession(long session) {
        open.removeIf(order -> order.number() == session
                && (order.kind() == Kind.CONNECT || order.kind() == Kind.FENCE));
    }

    void clear() {
        open.clear();
    }
}
