package dev.handoff.cli.demo;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.LongAdder;

/** What all clients together have met. Any thread. */
final class Tally {

    /** The first ones tell the cause, the others would only hide it. */
    private static final int MOST_FINDINGS = 20;

    private final LongAdder requests = new LongAdder();
    private final LongAdder acknowledgedWrites = new LongAdder();
    private final LongAdder failed = new LongAdder();
    private final LongAdder cut = new LongAdder();
    private final LongAdder carried = new LongAdder();
    private final LongAdder reset = new LongAdder();
    private final LongAdder lostWrites = new LongAdder();
    private final List<String> findings = new ArrayList<>();
    private volatile boolean killing;

    /** One request was answered, well or not. */
    void answered() {
        requests.increment();
    }

    void acknowledgedWrite() {
        acknowledgedWrites.increment();
    }

    /** One answered request got an error. */
    void refused(String what) {
        failed.increment();
        find(what);
    }

    /** From now on, or no longer: the demo is killing a daemon, and with it the connections that it holds. */
    void killing(boolean daemon) {
        killing = daemon;
    }

    /** So many requests got no reply at all: their connection was {@code lost}, or nothing came on it for too long. */
    void unanswered(int count, boolean lost, String why) {
        requests.add(count);
        if (lost && killing) {
            cut.add(count);
            return;
        }
        failed.add(count);
        find(count + (count == 1 ? " request" : " requests") + " without a reply: " + why);
    }

    /** So many connections answered on both sides of a swap. */
    void carried(int connections) {
        carried.add(connections);
    }

    /** A connection ended under its client; not counted where the demo is killing a daemon. */
    void wasReset() {
        if (!killing) {
            reset.increment();
        }
    }

    /** A read that should have shown an acknowledged write did not. */
    void lostWrite(String what) {
        lostWrites.increment();
        find(what);
    }

    private void find(String what) {
        synchronized (findings) {
            if (findings.size() < MOST_FINDINGS) {
                findings.add(what);
            }
        }
    }

    long requests() {
        return requests.sum();
    }

    long acknowledgedWrites() {
        return acknowledgedWrites.sum();
    }

    long failed() {
        return failed.sum();
    }

    /** Requests in flight on a connection of a daemon that the demo killed. */
    long cut() {
        return cut.sum();
    }

    /** Connections that went on through a swap, once for each. */
    long carried() {
        return carried.sum();
    }

    /** Connections that ended under their clients, though the demo had killed nobody who held them. */
    long reset() {
        return reset.sum();
    }

    long lostWrites() {
        return lostWrites.sum();
    }

    /** The first {@value #MOST_FINDINGS} failures and losses, in words. */
    List<String> findings() {
        synchronized (findings) {
            return List.copyOf(findings);
        }
    }
}
