package dev.handoff.participant;

import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

import dev.handoff.posix.Confinement;
import dev.handoff.posix.Niceness;
import dev.handoff.posix.OwnThreads;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A successor leaves the incumbent's clients half of the processors: {@link SuccessorStart#standBack}. Ends by itself after a while, or one
 * that starts slowly would never come to say hello. After the commit it is the old process that stands back.
 */
final class StandingBack {

    private static final Logger LOG = LoggerFactory.getLogger(StandingBack.class);

    /** A tenth of what an ordinary thread gets beside it. */
    private static final int NICE = 10;
    private static final long LOOK_NS = 20_000_000;
    /** Of a swap with fifty busy clients on two processors, the last has its first reply in a fifth of this. */
    private static final long CEDE_MS = 100;
    /** Compilers that had nothing to do so many times in a row are at the end of their queues. */
    private static final int IDLE_LOOKS = 3;

    private final Confinement confinement;
    private final CountDownLatch over = new CountDownLatch(1);

    private StandingBack(Confinement confinement) {
        this.confinement = confinement;
    }

    static StandingBack begin(long atMostMs) {
        // What the compilers do can wait for what has to be answered, for as long as this process lives.
        int compilers = Niceness.setThreads(StandingBack::isCompiler, NICE);
        StandingBack standing = new StandingBack(Confinement.begin());
        LOG.debug("{} compiler threads stand back, and all keep to {} processors", compilers,
                standing.confinement.processors());
        Thread.ofPlatform().name("handoff-standing-back").daemon().start(() -> standing.endAfter(atMostMs));
        return standing;
    }

    /**
     * A process that has handed over only has to end, and its clients wait for another one: from now on it takes what others leave.
     *
     * @param carried
     *            whether all its clients are with the other one now, so that nobody waits for its end: then this returns {@value #CEDE_MS} ms
     *            later, when they have been served there
     */
    static void forGood(boolean carried) {
        if (carried) {
            LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(CEDE_MS));
        }
        LOG.debug("{} threads stand back", Niceness.setThreads(_ -> true, NICE));
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
        confinement.end();
    }
}
