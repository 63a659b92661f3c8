package dev.handoff.participant;

import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

import dev.handoff.posix.Errno;
import dev.handoff.posix.Niceness;
import dev.handoff.posix.OwnThreads;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A successor takes processor time only where the incumbent's clients leave some: {@link SuccessorStart#standBack}. Ends by itself after a
 * while, or on a machine without idle time the successor would never come to say hello. After the commit it is the old process that does.
 */
final class StandingBack {

    private static final Logger LOG = LoggerFactory.getLogger(StandingBack.class);

    /** A tenth of what an ordinary process gets beside it. */
    private static final int NICE = 10;
    private static final long AGAIN_NS = 20_000_000;
    private static final int TRIES = 10;
    private static final long LOOK_NS = 20_000_000;
    /** Compilers that had nothing to do so many times in a row are at the end of their queues. */
    private static final int IDLE_LOOKS = 3;

    private final boolean bySession;
    private final CountDownLatch over = new CountDownLatch(1);

    private StandingBack(boolean bySession) {
        this.bySession = bySession;
    }

    static StandingBack begin(long atMostMs) {
        // What the compilers do can wait for what has to be answered, for as long as this process lives.
        int compilers = Niceness.setThreads(StandingBack::isCompiler, NICE);
        StandingBack standing = new StandingBack(Niceness.setSession(NICE) == 0);
        LOG.debug("{} compiler threads and {} stand back", compilers,
                standing.bySession ? "the session" : "no session");
        if (standing.bySession) {
            Thread.ofPlatform().name("handoff-standing-back").daemon().start(() -> standing.endAfter(atMostMs));
        }
        return standing;
    }

    /** A process that has handed over only has to end, and its clients wait for another one. */
    static void forGood() {
        int result = Niceness.setSession(NICE);
        LOG.debug("standing back: {}", result < 0 ? Errno.message(result) : "the session does");
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

    /** As the JVM names them; the kernel keeps 15 characters. */
    private static boolean isCompiler(String thread) {
        return thread.startsWith("C1 CompilerThre") || thread.startsWith("C2 CompilerThre");
    }

    /**
     * Waits until the compilers have nothing left to do, or until the deadline ({@link System#nanoTime}): what they still owe would cost the
     * handoff its processors.
     */
    static void awaitCompilers(long deadlineNs) {
        long startNs = System.nanoTime();
        int idle = 0;
        while (idle < IDLE_LOOKS && System.nanoTime() - deadlineNs < 0) {
            idle = OwnThreads.running(StandingBack::isCompiler) == 0 ? idle + 1 : 0;
            LockSupport.parkNanos(LOOK_NS);
        }
        LOG.debug("the compilers are {} after {} ms", idle < IDLE_LOOKS ? "still busy" : "idle",
                TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - startNs));
    }

    /** From here on this process is one like others. */
    void end() {
        over.countDown();
        if (!bySession) {
            return;
        }
        int result = Niceness.setSession(0);
        for (int i = 0; i < TRIES && result == -Errno.EAGAIN; i++) {
            LockSupport.parkNanos(AGAIN_NS);
            result = Niceness.setSession(0);
        }
        if (result < 0) {
            LOG.warn("this process still stands back behind others: {}", Errno.message(result));
        }
    }
}
