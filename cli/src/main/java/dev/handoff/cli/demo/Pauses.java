package dev.handoff.cli.demo;

import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicLong;

/**
 * The longest pause that any client saw around each swap: the largest gap between two successive good replies to one client
 * that overlaps the swap. Any thread.
 */
final class Pauses {

    /** A swap is over for the coordinator before the last client has noticed. */
    static final long AFTERMATH_NS = 1_000_000_000L;

    private final List<Window> windows = new CopyOnWriteArrayList<>();

    /** One swap. Times as of {@link System#nanoTime}. */
    static final class Window {
        private final long fromNs;
        private volatile long toNs = Long.MAX_VALUE;
        private final AtomicLong longestNs = new AtomicLong();

        private Window(long fromNs) {
            this.fromNs = fromNs;
        }

        void end(long nowNs) {
            toNs = nowNs + AFTERMATH_NS;
        }

        long longestNs() {
            return longestNs.get();
        }
    }

    Window begin(long nowNs) {
        Window window = new Window(nowNs);
        windows.add(window);
        return window;
    }

    /** A client got a good reply now, and its last one before that at {@code beforeNs}. */
    void gap(long beforeNs, long nowNs) {
        for (int i = windows.size() - 1; i >= 0; i--) {
            Window window = windows.get(i);
            if (window.toNs < beforeNs) {
                return; // so are all before it
            }
            if (window.fromNs <= nowNs) {
                window.longestNs.accumulateAndGet(nowNs - beforeNs, Math::max);
            }
        }
    }

    long longestNs() {
        return windows.stream().mapToLong(Window::longestNs).max().orElse(0);
    }
}
