package dev.handoff.coordinator.keeper;

import java.util.concurrent.Semaphore;

import dev.handoff.posix.EventFd;
import dev.handoff.posix.Processes;

/**
 * A thread that waits for the end of any child, adopted ones included, and rings; Java has no SIGCHLD to offer. It reaps nothing:
 * the keeper's thread alone does, so that a pid stays the coordinator's for as long as the keeper believes it is.
 */
final class Doorbell {

    private final Semaphore look = new Semaphore(0);
    private final EventFd bell;

    /** Starts the thread, which rings {@code bell}. */
    Doorbell(EventFd bell) {
        this.bell = bell;
        Thread.ofPlatform().daemon().name("keeper-doorbell").start(this::watch);
    }

    /** To be called after a child was started, and after all that had ended were reaped. */
    void lookAgain() {
        look.release();
    }

    private void watch() {
        while (true) {
            look.acquireUninterruptibly();
            look.drainPermits();
            // Without children there are no descendants either, hence no orphans to come: the next start says when to look.
            if (Processes.awaitAnyEnded() == 0) {
                bell.signal();
            }
        }
    }
}
