package dev.handoff.coordinator.shell;

import java.util.EnumMap;
import java.util.HashMap;
import java.util.Map;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;

import dev.handoff.codec.event.TimerKind;
import dev.handoff.coordinator.loop.EpochClock;
import dev.handoff.coordinator.loop.Timers;

/** Timers that the loop's own wait looks after: it sleeps no longer than the first of them. Loop thread only. */
final class LoopTimers implements Timers {

    private static final long NS_PER_MS = TimeUnit.MILLISECONDS.toNanos(1);

    private final EpochClock clock;
    /** By when they are due; of two for the same moment, the one that was armed first comes first. */
    private final TreeSet<Armed> armed = new TreeSet<>();
    private final Map<Integer, EnumMap<TimerKind, Armed>> byService = new HashMap<>();
    private long count;

    private sealed interface Due {}

    private record OfService(int service, TimerKind kind) implements Due {}

    private record Later(Runnable task) implements Due {}

    private record Armed(long dueNs, long number, Due what) implements Comparable<Armed> {
        @Override
        public int compareTo(Armed other) {
            int byDue = Long.compare(dueNs, other.dueNs);
            return byDue != 0 ? byDue : Long.compare(number, other.number);
        }

        @Override
        public boolean equals(Object other) {
            return other instanceof Armed that && number == that.number;
        }

        @Override
        public int hashCode() {
            return Long.hashCode(number);
        }
    }

    LoopTimers(EpochClock clock) {
        this.clock = clock;
    }

    @Override
    public void arm(int service, TimerKind kind, long dueNs) {
        Armed now = add(dueNs, new OfService(service, kind));
        Armed before = byService.computeIfAbsent(service, _ -> new EnumMap<>(TimerKind.class)).put(kind, now);
        if (before != null) {
            armed.remove(before);
        }
    }

    @Override
    public void cancel(int service, TimerKind kind) {
        EnumMap<TimerKind, Armed> ofService = byService.get(service);
        Armed before = ofService == null ? null : ofService.remove(kind);
        if (before != null) {
            armed.remove(before);
        }
    }

    @Override
    public void later(long delayNs, Runnable task) {
        add(clock.nowNs() + delayNs, new Later(task));
    }

    private Armed add(long dueNs, Due what) {
        Armed added = new Armed(dueNs, count++, what);
        armed.add(added);
        return added;
    }

    /** How long a wait may last: milliseconds, rounded up, at most an hour; -1 for ever, where no timer is armed. */
    int waitMs() {
        if (armed.isEmpty()) {
            return -1;
        }
        long leftNs = Math.clamp(armed.first().dueNs() - clock.nowNs(), 0, TimeUnit.HOURS.toNanos(1));
        return (int) ((leftNs + NS_PER_MS - 1) / NS_PER_MS);
    }

    /** Puts those that are due into the ring; what finds no room there stays armed. */
    void tellDue(Inbox inbox) {
        while (!armed.isEmpty() && armed.first().dueNs() <= clock.nowNs() && told(inbox, armed.first())) {
            Armed told = armed.removeFirst();
            if (told.what() instanceof OfService timer) {
                byService.get(timer.service()).remove(timer.kind());
            }
        }
    }

    private static boolean told(Inbox inbox, Armed due) {
        return switch (due.what()) {
            case OfService timer -> inbox.offerTimer(timer.service(), timer.kind(), due.dueNs());
            case Later later -> inbox.offerTask(later.task());
        };
    }
}
