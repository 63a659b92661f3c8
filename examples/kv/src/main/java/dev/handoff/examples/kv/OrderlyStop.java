package dev.handoff.examples.kv;

import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/**
 * SIGTERM and SIGINT, answered in order: the daemon is asked to stop, ends by itself, and its own exit code counts.
 *
 * <p>Before the daemon serves, and if it does not end, the signal ends the process as it would without this.
 */
final class OrderlyStop {
    /** Longer than any last reply and seal; a supervisor sends SIGKILL in the end. */
    private static final long PATIENCE_MS = 10_000;

    private final CountDownLatch ended = new CountDownLatch(1);
    private volatile Runnable request;
    private volatile boolean finished;
    private volatile int exitCode;

    private OrderlyStop() {}

    static OrderlyStop install() {
        OrderlyStop stop = new OrderlyStop();
        Runtime.getRuntime().addShutdownHook(new Thread(stop::signalled, "kv-stop"));
        return stop;
    }

    /** What a signal asks for from now on. */
    void onRequest(Runnable ask) {
        request = ask;
    }

    /** The daemon has ended by itself. Does not return. */
    void end(int code) {
        exitCode = code;
        finished = true;
        ended.countDown();
        System.exit(code);
    }

    private void signalled() {
        Runnable ask = request;
        if (finished || ask == null) {
            return;
        }
        ask.run();
        try {
            if (ended.await(PATIENCE_MS, TimeUnit.MILLISECONDS)) {
                Runtime.getRuntime().halt(exitCode);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
