package dev.handoff.simulator;

import java.util.PriorityQueue;

/** The simulated clock and what is to happen when. Of two things due at one moment, the one planned first comes first. */
final class Agenda {

    /** Where simulated time begins: a round moment, in nanoseconds since the Unix epoch. */
    static final long ORIGIN_NS = 1_700_000_000_000_000_000L;

    private record Entry(long dueNs, long order, Runnable what) implements Comparable<Entry> {
        @Override
        public int compareTo(Entry other) {
            int byTime = Long.compare(dueNs, other.dueNs);
            return byTime != 0 ? byTime : Long.compare(order, other.order);
        }
    }

    private final PriorityQueue<Entry> entries = new PriorityQueue<>();
    private long nowNs = ORIGIN_NS;
    private long planned;

    /** Nanoseconds since the Unix epoch. */
    long nowNs() {
        return nowNs;
    }

    /** Milliseconds since the simulation began, as a participant's own clock shows them. */
    long nowMs() {
        return (nowNs - ORIGIN_NS) / 1_000_000;
    }

    void after(long delayNs, Runnable what) {
        at(nowNs + Math.max(0, delayNs), what);
    }

    void at(long dueNs, Runnable what) {
        entries.add(new Entry(Math.max(nowNs, dueNs), planned++, what));
    }

    /** Lets the next thing happen, unless it is due after {@code limitNs}; whether it did. */
    boolean runNext(long limitNs) {
        Entry first = entries.peek();
        if (first == null || first.dueNs > limitNs) {
            return false;
        }
        entries.remove();
        nowNs = first.dueNs;
        first.what.run();
        return true;
    }
}
