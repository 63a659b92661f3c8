package dev.handoff.coordinator.loop;

import dev.handoff.codec.event.TimerKind;

/** Brings the loop's timers back to it when they come due: as {@link LoopAgent#timer}. Loop thread only. */
public interface Timers {

    /** Arms a timer for a moment of the loop's clock, in place of one of its kind; one that is overdue comes at once. */
    void arm(int service, TimerKind kind, long dueNs);

    /** Nothing happens where none is armed. */
    void cancel(int service, TimerKind kind);

    /** Runs a task on the loop after this long. It cannot be cancelled: the task looks whether it still matters. */
    void later(long delayNs, Runnable task);
}
