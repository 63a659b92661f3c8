package dev.handoff.coordinator.shell;

import dev.handoff.codec.HandoffId;
import dev.handoff.codec.event.TimerKind;
import dev.handoff.coordinator.loop.Fact;

/** One slot of the ring: what some thread has to tell the loop. Preallocated, so that a readable socket costs nothing. */
final class Input {

    /** What a slot holds. */
    enum Kind {
        /** The session with this token has something to read, or ended. */
        READABLE,
        /** The session with this token can be written to again. */
        WRITABLE,
        /** A child's pidfd says that it ended; {@code token} is its pid. */
        PROCESS_ENDED,
        /** A fact from a worker. */
        FACT,
        /** A timer came due; {@code token} is the moment it was armed for. */
        TIMER,
        /** Something only the loop may do, such as looking at the state. */
        TASK
    }

    private Kind kind;
    private int service;
    private long token;
    private HandoffId handoffId = HandoffId.NONE;
    private TimerKind timer;
    private Fact fact;
    private Runnable task;

    void readable(long sessionToken) {
        kind = Kind.READABLE;
        token = sessionToken;
    }

    void writable(long sessionToken) {
        kind = Kind.WRITABLE;
        token = sessionToken;
    }

    void processEnded(long pid) {
        kind = Kind.PROCESS_ENDED;
        token = pid;
    }

    void fact(int ofService, HandoffId ofHandoff, Fact happened) {
        kind = Kind.FACT;
        service = ofService;
        handoffId = ofHandoff;
        fact = happened;
    }

    void timer(int ofService, TimerKind timerKind, long dueNs) {
        kind = Kind.TIMER;
        service = ofService;
        timer = timerKind;
        token = dueNs;
    }

    void task(Runnable toRun) {
        kind = Kind.TASK;
        task = toRun;
    }

    Kind kind() {
        return kind;
    }

    int service() {
        return service;
    }

    long token() {
        return token;
    }

    HandoffId handoffId() {
        return handoffId;
    }

    TimerKind timer() {
        return timer;
    }

    Fact fact() {
        return fact;
    }

    Runnable task() {
        return task;
    }

    /** Lets go of what the slot refers to. */
    void clear() {
        handoffId = HandoffId.NONE;
        timer = null;
        fact = null;
        task = null;
    }
}
