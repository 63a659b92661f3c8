package dev.handoff.examples.kv;

import java.io.IOException;
import java.util.concurrent.locks.LockSupport;

import dev.handoff.examples.kv.store.KvStore;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Keeps a successor's memory close behind the incumbent's log until the handoff begins, so that little is left to read in
 * the gap. Reads only. Its methods are for the main thread; from {@link #start()} on a thread of its own follows.
 */
final class Follower {
    private static final Logger LOG = LoggerFactory.getLogger(Follower.class);
    /** Short beside the time a human notices, and one percent of a core for sixteen shards. */
    private static final long INTERVAL_NS = 50_000_000;

    private final KvStore store;
    private final Thread thread = Thread.ofPlatform().daemon().name("kv-follower").unstarted(this::follow);
    private volatile boolean stopped;
    /** Set before {@link #start()}. */
    private Thread loading;

    Follower(KvStore store) {
        this.store = store;
    }

    /** Reads what is there, in the background if it takes longer than until the deadline ({@link System#nanoTime}). */
    void catchUpUntil(long deadlineNs) {
        Thread first = Thread.ofPlatform().daemon().name("kv-load").start(this::catchUp);
        loading = first;
        try {
            long leftMs = Math.max(1, (deadlineNs - System.nanoTime()) / 1_000_000);
            first.join(leftMs);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    void start() {
        thread.start();
    }

    /** Returns when nothing reads any more. */
    void stop() {
        stopped = true;
        LockSupport.unpark(thread);
        try {
            thread.join();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private void follow() {
        try {
            loading.join();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return;
        }
        while (!stopped) {
            catchUp();
            if (!stopped) {
                LockSupport.parkNanos(INTERVAL_NS);
            }
        }
    }

    private void catchUp() {
        try {
            store.follow();
        } catch (IOException e) {
            // The incumbent writes while we read. What is really wrong shows when the store is opened, with the lock held.
            LOG.warn("reading beside the incumbent: {}", e.getMessage());
        }
    }
}
