package dev.handoff.systemtest;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/** A client that appends lines, one connection each, and knows afterwards which had to last. */
final class LineLoad implements AutoCloseable {

    private static final int REPLY_MS = 60_000;
    private static final long PAUSE_NS = TimeUnit.MILLISECONDS.toNanos(5);

    private final int port;
    private final Thread thread;
    private final Map<Integer, String> acknowledged = new TreeMap<>();
    private final List<String> failures = new ArrayList<>();
    private volatile boolean stopped;

    LineLoad(int port) {
        this.port = port;
        this.thread = Thread.ofPlatform().name("line-load").start(this::run);
    }

    private void run() {
        for (int number = 1; !stopped; number++) {
            append("line-" + number);
            LockSupport.parkNanos(PAUSE_NS);
        }
    }

    private void append(String text) {
        try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), port)) {
            socket.setSoTimeout(REPLY_MS);
            socket.getOutputStream().write(("APPEND " + text + "\n").getBytes(StandardCharsets.UTF_8));
            String reply = new BufferedReader(new InputStreamReader(socket.getInputStream(), StandardCharsets.UTF_8))
                    .readLine();
            if (reply != null && reply.startsWith("OK ")) {
                acknowledged.put(Integer.parseInt(reply.substring(3)), text);
            } else {
                failures.add(text + ": " + reply);
            }
        } catch (IOException e) {
            failures.add(text + ": " + e);
        }
    }

    /** What was not answered, or with an error. After {@link #close}. */
    List<String> failures() {
        return failures;
    }

    /** Every acknowledged line stands in the daemon's data where it was acknowledged, and every revision once. After {@link #close}. */
    void assertNothingLost(Path data) throws IOException {
        List<String> lines = Files.readAllLines(data.resolve("log"));
        for (int i = 0; i < lines.size(); i++) {
            assertEquals(Integer.toString(i + 1), lines.get(i).substring(0, lines.get(i).indexOf(' ')),
                    "two writers leave a revision twice");
        }
        acknowledged.forEach((revision, text) -> assertEquals(revision + " " + text,
                revision <= lines.size() ? lines.get(revision - 1) : "nothing", "an acknowledged line"));
    }

    @Override
    public void close() {
        stopped = true;
        try {
            thread.join();
        } catch (InterruptedException e) {
            throw new IllegalStateException("nobody interrupts a test", e);
        }
    }
}
