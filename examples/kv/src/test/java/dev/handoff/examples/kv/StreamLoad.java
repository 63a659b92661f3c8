package dev.handoff.examples.kv;

import java.io.BufferedInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;

/**
 * Clients that keep one connection each, for ever, and pipeline on it a numbered stream: each request increments the client's own
 * counter and echoes a number. So a request that was lost, doubled or put out of order, and a byte of a reply that was, shows at
 * once. Requests are cut into pieces anywhere.
 */
final class StreamLoad implements AutoCloseable {
    private static final int PATIENCE_MS = 60_000;
    private static final int MOST_AT_ONCE = 40;
    private static final long THINK_NS = 1_000_000;

    private final int port;
    private final List<Thread> threads = new ArrayList<>();
    private final List<AtomicLong> answered = new ArrayList<>();
    private final List<String> failures = new ArrayList<>();
    private final AtomicLong longestPauseNs = new AtomicLong();
    private volatile boolean stopped;

    StreamLoad(int port, int clients, long seed) {
        this.port = port;
        for (int c = 0; c < clients; c++) {
            Random random = new Random(seed + c);
            String name = "stream" + seed + "." + c;
            AtomicLong count = new AtomicLong();
            answered.add(count);
            threads.add(Thread.ofPlatform().name(name).start(() -> run(name, random, count)));
        }
    }

    private void run(String name, Random random, AtomicLong count) {
        try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), port)) {
            socket.setSoTimeout(PATIENCE_MS);
            socket.setTcpNoDelay(true);
            InputStream in = new BufferedInputStream(socket.getInputStream());
            long number = 0;
            while (!stopped) {
                int batch = 1 + random.nextInt(MOST_AT_ONCE);
                long sentNs = System.nanoTime();
                send(socket, random, name, number, batch);
                for (int i = 1; i <= batch; i++) {
                    expect(in, ":" + (number + i));
                    String echo = echoed(number + i);
                    expect(in, "$" + echo.length());
                    expect(in, echo);
                }
                number += batch;
                longestPauseNs.accumulateAndGet(System.nanoTime() - sentNs, Math::max);
                count.set(number);
                // A load, but not one that takes the processors from the daemon that starts.
                LockSupport.parkNanos(THINK_NS);
            }
        } catch (IOException | RuntimeException e) {
            synchronized (failures) {
                failures.add(name + " after " + count + ": " + e);
            }
        }
    }

    private static String echoed(long number) {
        return "e" + number + "-".repeat((int) (number % 50));
    }

    private static void send(Socket socket, Random random, String name, long number, int batch) throws IOException {
        StringBuilder text = new StringBuilder();
        for (int i = 1; i <= batch; i++) {
            String echo = echoed(number + i);
            text.append("*2\r\n$4\r\nINCR\r\n$").append(name.length()).append("\r\n").append(name).append("\r\n");
            text.append("*2\r\n$4\r\nECHO\r\n$").append(echo.length()).append("\r\n").append(echo).append("\r\n");
        }
        byte[] bytes = text.toString().getBytes(StandardCharsets.US_ASCII);
        int cut = random.nextInt(bytes.length + 1);
        socket.getOutputStream().write(bytes, 0, cut);
        socket.getOutputStream().write(bytes, cut, bytes.length - cut);
    }

    private static void expect(InputStream in, String line) throws IOException {
        StringBuilder read = new StringBuilder();
        for (int b = in.read(); b != '\n'; b = in.read()) {
            if (b < 0) {
                throw new EOFException("closed after '" + read + "', due was " + line);
            }
            read.append((char) b);
        }
        if (!read.toString().equals(line + "\r")) {
            throw new IOException("'" + read.toString().strip() + "' came for " + line);
        }
    }

    /** Returns when every client has had so many more answers. */
    void awaitAnswers(long more) {
        List<Long> targets = answered.stream().map(count -> count.get() + more).toList();
        long limitNs = System.nanoTime() + PATIENCE_MS * 1_000_000L;
        for (int i = 0; i < targets.size(); i++) {
            while (answered.get(i).get() < targets.get(i)) {
                if (System.nanoTime() > limitNs || !failures().isEmpty()) {
                    throw new AssertionError("the streams do not go on: " + failures());
                }
                LockSupport.parkNanos(1_000_000);
            }
        }
    }

    /** The longest time from a batch's first byte to its last answer, in ms. */
    long longestPauseMs() {
        return longestPauseNs.get() / 1_000_000;
    }

    long requests() {
        return answered.stream().mapToLong(AtomicLong::get).sum();
    }

    /** What went wrong so far. */
    List<String> failures() {
        synchronized (failures) {
            return List.copyOf(failures);
        }
    }

    @Override
    public void close() {
        stopped = true;
        for (Thread thread : threads) {
            try {
                thread.join();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        }
    }
}
