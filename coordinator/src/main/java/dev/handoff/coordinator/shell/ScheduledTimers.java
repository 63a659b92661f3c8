package dev.handoff.coordinator.shell;

import java.util.EnumMap;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;

import dev.handoff.codec.event.TimerKind;
import dev.handoff.coordinator.loop.EpochClock;
import dev.handoff.coordinator.loop.Timers;

/** Timers on a thread of their own, which puts them into the ring as they come due. */
final class ScheduledTimers implements Timers, AutoCloseable {

    private final Inbox inbox;
    private final EpochClock clock;
    private final ScheduledThreadPoolExecutor executor;
    private final Map<Integer, EnumMap<TimerKind, ScheduledFuture<?>>> armed = new HashMap<>();

    ScheduledTimers(Inbox inbox, EpochClock clock) {
        this.inbox = inbox;
        this.clock = clock;
        this.executor = new ScheduledThreadPoolExecutor(1,
                Thread.ofPlatform().daemon().name("handoff-timers").factory());
        executor.setRemoveOnCancelPolicy(true);
    }

    @Override
    public void arm(int service, TimerKind kind, long dueNs) {
        EnumMap<TimerKind, ScheduledFuture<?>> ofService = armed.computeIfAbsent(service,
                _ -> new EnumMap<>(TimerKind.class));
        ScheduledFuture<?> before = ofService.put(kind,
                executor.schedule(() -> inbox.timer(service, kind, dueNs), dueNs - clock.nowNs(),
                        TimeUnit.NANOSECONDS));
        if (before != null) {
            before.cancel(false);
        }
    }

    @Override
    public void cancel(int service, TimerKind kind) {
        EnumMap<TimerKind, ScheduledFuture<?>> ofService = armed.get(service);
        ScheduledFuture<?> before = ofService == null ? null : ofService.remove(kind);
        if (before != null) {
            before.cancel(false);
        }
    }

    @Override
    public void later(long delayNs, Runnable task) {
        var _ = executor.schedule(() -> inbox.task(task), delayNs, TimeUnit.NANOSECONDS);
    }

    @Override
    public void close() {
        executor.shutdownNow();
    }
}
