package dev.handoff.participant;

import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

import dev.handoff.posix.Errno;
import dev.handoff.posix.Niceness;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A successor takes processor time only where the incumbent's clients leave some: {@link SuccessorStart#standBack}. Ends by itself after a
 * while, or on a machine without idle time the successor would never come to say hello.
 */
final class StandingBack {

    private static final Logger LOG = LoggerFactory.getLogger(StandingBack.class);

    /** A tenth of what an ordinary process gets beside it. */
    private static final int NICE = 10;
    private static final long AGAIN_NS = 20_000_000;
    private static final int TRIES = 10;

    private final CountDownLatch over = new CountDownLatch(1);

    private StandingBack() {}

    static StandingBack begin(long atMostMs) {
        StandingBack standing = new StandingBack();
        // What the compilers do can wait for what has to be answered, for as long as this process lives.
        int compilers = Niceness.setThreads(
                name -> name.startsWith("C1 CompilerThre") || name.startsWith("C2 CompilerThre"), NICE);
        int session = Niceness.setSession(NICE);
        LOG.debug("{} compiler threads and {} stand back", compilers, session == 0 ? "the session" : "no session");
        if (session == 0) {
            Thread.ofPlatform().name("handoff-standing-back").daemon().start(() -> standing.endAfter(atMostMs));
        }
        return standing;
    }

    private void endAfter(long atMostMs) {
        try {
            if (!over.await(atMostMs, TimeUnit.MILLISECONDS)) {
                end();
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** From here on this process is one like others. */
    void end() {
        over.countDown();
        int result = Niceness.setSession(0);
        for (int i = 0; i < TRIES && result == -Errno.EAGAIN; i++) {
            LockSupport.parkNanos(AGAIN_NS);
            result = Niceness.setSession(0);
        }
        if (result == -Errno.EAGAIN) {
            LOG.warn("this process still stands back behind others: {}", Errno.message(result));
        }
    }
}
