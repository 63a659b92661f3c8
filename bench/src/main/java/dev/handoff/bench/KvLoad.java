package dev.handoff.bench;

import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;

/**
 * Connections that write at a steady rate, each with its own clock. A write counts from when it was due until it is acknowledged, over
 * however many connections and tries that takes: so a pause is what a client waited, and none hides behind another.
 */
final class KvLoad implements AutoCloseable {

    private static final long INTERVAL_NS = 20_000_000;
    private static final long RETRY_NS = 1_000_000;
    private static final int PIPELINE = 500;

    private final InetSocketAddress address;
    private final List<Thread> threads = new ArrayList<>();
    private final AtomicLong longestNs = new AtomicLong();
    private volatile boolean stopped;

    KvLoad(InetSocketAddress address, int connections) {
        this.address = address;
        for (int i = 0; i < connections; i++) {
            int number = i;
            threads.add(Thread.ofPlatform().name("kv-client-" + i).daemon().start(() -> write(number)));
        }
    }

    /** Writes so many keys as fast as it goes, before anything is measured. */
    static void fill(InetSocketAddress address, int keys) throws IOException {
        try (Socket socket = new Socket(address.getAddress(), address.getPort())) {
            InputStream in = new BufferedInputStream(socket.getInputStream());
            OutputStream out = socket.getOutputStream();
            for (int key = 0; key < keys; key += PIPELINE) {
                StringBuilder commands = new StringBuilder();
                int count = Math.min(PIPELINE, keys - key);
                for (int i = 0; i < count; i++) {
                    commands.append(set("key:" + (key + i), "value-of-some-length-0123456789"));
                }
                out.write(commands.toString().getBytes(StandardCharsets.US_ASCII));
                for (int i = 0; i < count; i++) {
                    expectOk(in);
                }
            }
        }
    }

    private static String set(String key, String value) {
        return "*3\r\n$3\r\nSET\r\n$" + key.length() + "\r\n" + key + "\r\n$" + value.length() + "\r\n" + value
                + "\r\n";
    }

    private static void expectOk(InputStream in) throws IOException {
        byte[] reply = in.readNBytes(5);
        if (reply.length != 5 || reply[0] != '+') {
            throw new IOException("not acknowledged: " + new String(reply, StandardCharsets.US_ASCII));
        }
    }

    private void write(int number) {
        byte[] command = set("client:" + number, "x").getBytes(StandardCharsets.US_ASCII);
        long due = System.nanoTime() + INTERVAL_NS * number / Math.max(1, threads.size());
        Socket socket = null;
        InputStream in = null;
        while (!stopped) {
            LockSupport.parkNanos(due - System.nanoTime());
            if (System.nanoTime() < due) {
                continue;
            }
            try {
                if (socket == null) {
                    socket = new Socket(address.getAddress(), address.getPort());
                    socket.setTcpNoDelay(true);
                    in = new BufferedInputStream(socket.getInputStream());
                }
                socket.getOutputStream().write(command);
                expectOk(in);
                acknowledged(System.nanoTime() - due);
                due += INTERVAL_NS;
            } catch (IOException e) {
                socket = closed(socket);
                LockSupport.parkNanos(RETRY_NS);
            }
        }
        closed(socket);
    }

    private static Socket closed(Socket socket) {
        if (socket != null) {
            try {
                socket.close();
            } catch (IOException e) {
                throw new IllegalStateException("closing a client's socket failed", e);
            }
        }
        return null;
    }

    private void acknowledged(long ns) {
        longestNs.accumulateAndGet(ns, Math::max);
    }

    /** The longest wait since this was last asked, in nanoseconds. */
    long takeLongestNs() {
        return longestNs.getAndSet(0);
    }

    @Override
    public void close() {
        stopped = true;
        boolean interrupted = false;
        for (Thread thread : threads) {
            LockSupport.unpark(thread);
            while (thread.isAlive()) {
                try {
                    thread.join();
                } catch (InterruptedException e) {
                    interrupted = true;
                }
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }
}
