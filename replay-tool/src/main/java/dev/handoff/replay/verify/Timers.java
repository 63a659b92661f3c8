package dev.handoff.replay.verify;

import java.util.ArrayDeque;
import java.util.EnumMap;
import java.util.Map;
import java.util.Optional;

import dev.handoff.codec.event.Event;
import dev.handoff.codec.event.TimerKind;

/** One service's timers. A timer that is taken back may be in the loop's ring already, and be told all the same. One thread. */
final class Timers {

    /** Far more than there are kinds: so many may be told after they were taken back. */
    private static final int STALE_KEPT = 256;

    private record Armed(TimerKind kind, long dueNs, At by) {}

    private final Map<TimerKind, Armed> armed = new EnumMap<>(TimerKind.class);
    private final ArrayDeque<Armed> stale = new ArrayDeque<>();

    void arm(TimerKind kind, long dueNs, At by) {
        cancel(kind);
        armed.put(kind, new Armed(kind, dueNs, by));
    }

    void cancel(TimerKind kind) {
        Armed before = armed.remove(kind);
        if (before != null) {
            stale.addLast(before);
            if (stale.size() > STALE_KEPT) {
                stale.removeFirst();
            }
        }
    }

    /** Takes the timer that fires; the record that armed it, or nothing. */
    Optional<At> fire(Event.TimerFired fired) {
        Armed now = armed.get(fired.kind());
        if (now != null && now.dueNs() == fired.dueNs()) {
            armed.remove(fired.kind());
            return Optional.of(now.by());
        }
        for (Armed one : stale) {
            if (one.kind() == fired.kind() && one.dueNs() == fired.dueNs()) {
                stale.remove(one);
                return Optional.of(one.by());
            }
        }
        return Optional.empty();
    }

    void clear() {
        armed.clear();
        stale.clear();
    }
}
