package dev.handoff.examples.kv;

import java.io.IOException;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

import dev.handoff.examples.kv.store.KvStore;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Reads the incumbent's log into a successor's memory, and keeps close behind it until the handoff begins, so that little is
 * left to read in the gap. Reads only; on a thread of its own. Its methods are for the main thread.
 */
final class Follower {
    private static final Logger LOG = LoggerFactory.getLogger(Follower.class);
    /** Short beside the time a human notices, and about one percent of a core for sixteen shards. */
    private static final long INTERVAL_NS = 50_000_000;

    private final KvStore store;
    private final CountDownLatch caughtUp = new CountDownLatch(1);
    private final Thread thread;
    /** Held while the store is being read. */
    private final Object reading = new Object();
    private volatile boolean stopped;

    private Follower(KvStore store) {
        this.store = store;
        this.thread = Thread.ofPlatform().daemon().name("kv-follower").unstarted(this::follow);
    }

    static Follower start(KvStore store) {
        Follower follower = new Follower(store);
        follower.thread.start();
        return follower;
    }

    /** Waits until everything there was has been read once, or until the deadline ({@link System#nanoTime}). */
    void awaitCaughtUp(long deadlineNs) {
        try {
            if (!caughtUp.await(deadlineNs - System.nanoTime(), TimeUnit.NANOSECONDS)) {
                LOG.info("still reading; the handoff need not wait for that");
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** Returns when nothing reads any more: at once, unless it is just reading. Clients wait meanwhile, so the thread's end is not waited for. */
    void stop() {
        synchronized (reading) {
            stopped = true;
        }
        LockSupport.unpark(thread);
    }

    private void follow() {
        while (!stopped) {
            read();
            caughtUp.countDown();
            if (!stopped) {
                LockSupport.parkNanos(INTERVAL_NS);
            }
        }
    }

    private void read() {
        synchronized (reading) {
            if (stopped) {
                return;
            }
            try {
                store.follow();
            } catch (IOException e) {
                // The incumbent writes while we read. What is really wrong shows when the store is opened, with the lock held.
                LOG.warn("reading beside the incumbent: {}", e.getMessage());
            }
        }
    }
}
