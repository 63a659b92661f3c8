package dev.handoff.cli.demo;

import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;

/**
 * What the demo is doing, on stderr: what happened in lines of their own, and on a terminal below them one line that keeps
 * changing. Any thread.
 */
final class Progress implements AutoCloseable {

    private static final long REFRESH_MS = 200;
    private static final String CLEAR_LINE = "\r\u001b[K";

    private final PrintWriter err;
    private final boolean terminal;
    private final ScheduledExecutorService refresher;
    private Supplier<String> now = () -> "";
    private boolean ended;

    Progress(PrintWriter err, boolean terminal) {
        this.err = err;
        this.terminal = terminal;
        this.refresher = Executors.newSingleThreadScheduledExecutor(
                Thread.ofPlatform().daemon().name("demo-progress").factory());
        if (terminal) {
            var _ = refresher.scheduleAtFixedRate(this::refresh, 0, REFRESH_MS, TimeUnit.MILLISECONDS);
        }
    }

    /** Whether stderr is a terminal that understands a carriage return. */
    static boolean stderrIsTerminal() {
        if ("dumb".equals(System.getenv("TERM"))) {
            return false;
        }
        try {
            String target = Files.readSymbolicLink(Path.of("/proc/self/fd/2")).toString();
            return target.startsWith("/dev/pts/") || target.startsWith("/dev/tty") || target.equals("/dev/console");
        } catch (IOException e) {
            return false;
        }
    }

    /** Something happened. */
    synchronized void say(String line) {
        err.println((terminal ? CLEAR_LINE : "") + line);
        refresh();
    }

    /** What the changing line shows from now on. */
    synchronized void show(Supplier<String> state) {
        now = state;
        refresh();
    }

    private synchronized void refresh() {
        if (terminal && !ended) {
            err.print(CLEAR_LINE + now.get());
            err.flush();
        }
    }

    /** Takes the changing line away; it does not come back. */
    synchronized void end() {
        refresher.shutdownNow();
        if (!ended) {
            show(() -> "");
        }
        ended = true;
    }

    @Override
    public void close() {
        end();
    }
}
