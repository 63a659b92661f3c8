package dev.handoff.journal;

import java.io.IOException;
import java.nio.channels.ClosedChannelException;
import java.util.concurrent.locks.LockSupport;

import dev.handoff.posix.Errno;
import dev.handoff.posix.Niceness;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Owns the thread that claims disk space ahead of the appender, so that appending neither faults pages in nor waits for the
 * file system. When it fails, it only says so: the appender claims what it needs itself and gets the same answer.
 */
final class PopulateAgent implements AutoCloseable {

    private static final Logger LOG = LoggerFactory.getLogger(PopulateAgent.class);

    private final Thread thread = new Thread(this::run, "journal-populate");
    private volatile ClaimedSpace space;
    private volatile boolean closed;

    PopulateAgent() {
        thread.setDaemon(true);
        thread.start();
    }

    /** Asks for what {@code target} {@linkplain ClaimedSpace#want wants}. Appender's thread; does not wait. */
    void request(ClaimedSpace target) {
        space = target;
        LockSupport.unpark(thread);
    }

    private void run() {
        boolean _ = Niceness.neverInterrupt();
        long done = 0;
        ClaimedSpace last = null;
        while (!closed) {
            ClaimedSpace target = space;
            long wanted = target == null ? 0 : target.wanted();
            if (target == null || (target == last && wanted == done)) {
                LockSupport.park(this);
                continue;
            }
            last = target;
            done = wanted;
            populate(target);
        }
    }

    private static void populate(ClaimedSpace target) {
        try {
            int result = target.populateWanted();
            if (result < 0 && result != -Errno.EINVAL) {
                LOG.warn("claiming space ahead in {} failed: {}", target.path(),
                        result == -Errno.EFAULT ? "the disk is full" : Errno.message(-result));
            }
        } catch (ClosedChannelException rolledMeanwhile) {
            LOG.debug("{} was closed while space was claimed in it", target.path());
        } catch (IOException e) {
            LOG.warn("claiming space ahead in {} failed", target.path(), e);
        }
    }

    @Override
    public void close() {
        closed = true;
        LockSupport.unpark(thread);
        boolean interrupted = false;
        while (thread.isAlive()) {
            try {
                thread.join();
            } catch (InterruptedException e) {
                interrupted = true;
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }
}
