package dev.handoff.bench;

/**
 * Calls something at a steady rate, by a clock of its own: a call that comes late because the one before it took long is measured from
 * when it was due, so that no stall hides the calls that it held up. It spins; the caller's thread is all it uses.
 */
final class Pace {

    /** What is called; the number counts from 0. */
    @FunctionalInterface
    interface Call {
        void run(int number);
    }

    private Pace() {}

    /** @param intervalNs between two calls */
    static void run(int calls, long intervalNs, Latencies into, Call call) {
        long due = System.nanoTime() + intervalNs;
        for (int i = 0; i < calls; i++) {
            while (System.nanoTime() < due) {
                Thread.onSpinWait();
            }
            call.run(i);
            into.add(System.nanoTime() - due);
            due += intervalNs;
        }
    }
}
