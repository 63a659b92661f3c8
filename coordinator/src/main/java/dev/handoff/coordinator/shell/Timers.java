package dev.handoff.coordinator.shell;

import java.util.EnumMap;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;

import dev.handoff.codec.event.TimerKind;

/** Brings the loop's timers back to it as inputs when they come due. Armed and cancelled by the loop thread. */
final class Timers implements AutoCloseable {

    private final Inbox inbox;
    private final EpochClock clock;
    private final ScheduledThreadPoolExecutor executor;
    private final Map<Integer, EnumMap<TimerKind, ScheduledFuture<?>>> armed = new HashMap<>();

    Timers(Inbox inbox, EpochClock clock) {
        this.inbox = inbox;
        this.clock = clock;
        this.executor = new ScheduledThreadPoolExecutor(1,
                Thread.ofPlatform().daemon().name("handoff-timers").factory());
        executor.setRemoveOnCancelPolicy(true);
    }

    void arm(int service, TimerKind kind, long dueNs) {
        EnumMap<TimerKind, ScheduledFuture<?>> ofService = armed.computeIfAbsent(service,
                _ -> new EnumMap<>(TimerKind.class));
        ScheduledFuture<?> before = ofService.put(kind,
                executor.schedule(() -> inbox.timer(service, kind, dueNs), dueNs - clock.nowNs(),
                        TimeUnit.NANOSECONDS));
        if (before != null) {
            before.cancel(false);
        }
    }

    void cancel(int service, TimerKind kind) {
        EnumMap<TimerKind, ScheduledFuture<?>> ofService = armed.get(service);
        ScheduledFuture<?> before = ofService == null ? null : ofService.remove(kind);
        if (before != null) {
            before.cancel(false);
        }
    }

    /** Runs a task on the loop after this long. */
    void later(long delayNs, Runnable task) {
        var _ = executor.schedule(() -> inbox.task(task), delayNs, TimeUnit.NANOSECONDS);
    }

    @Override
    public void close() {
        executor.shutdownNow();
    }
}
