package dev.handoff.examples.kv;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;

/** Clients with short connections that write, read back and check, each on its own keys, until closed. */
final class Load implements AutoCloseable {
    private static final int KEYS_EACH = 40;

    private final int port;
    private final List<Thread> threads = new ArrayList<>();
    private final Map<String, Long> acknowledged = new ConcurrentHashMap<>();
    private final AtomicLong requests = new AtomicLong();
    private final List<String> failures = new ArrayList<>();
    private volatile boolean stopped;

    Load(int port, int clients) {
        this.port = port;
        for (int c = 0; c < clients; c++) {
            int number = c;
            threads.add(Thread.ofPlatform().name("client-" + c).start(() -> run(number)));
        }
    }

    private void run(int number) {
        for (long n = 1; !stopped; n++) {
            String key = "client" + number + "." + n % KEYS_EACH;
            try (Client client = new Client(port)) {
                String reply = client.call("SET", key, Long.toString(n));
                if (!reply.equals("+OK")) {
                    fail(key + "=" + n + ": " + reply);
                    continue;
                }
                acknowledged.put(key, n);
                reply = client.call("GET", key);
                if (!reply.equals(Long.toString(n))) {
                    fail(key + " is " + reply + ", was set to " + n);
                }
                requests.addAndGet(2);
            } catch (IOException e) {
                fail(key + "=" + n + ": " + e);
            }
        }
    }

    private void fail(String what) {
        synchronized (failures) {
            failures.add(what);
        }
    }

    long requests() {
        return requests.get();
    }

    /** Returns when so many more requests have been answered. */
    void awaitRequests(long more) {
        long target = requests.get() + more;
        long limitNs = System.nanoTime() + 60_000_000_000L;
        while (requests.get() < target) {
            if (System.nanoTime() > limitNs) {
                throw new AssertionError("the load does not move: " + failures());
            }
            LockSupport.parkNanos(1_000_000);
        }
    }

    /** What went wrong so far. */
    List<String> failures() {
        synchronized (failures) {
            return List.copyOf(failures);
        }
    }

    /** Stops, and compares the store with what was acknowledged; a value may be newer if its reply never came. */
    List<String> lostWrites() throws IOException {
        close();
        List<String> lost = new ArrayList<>();
        try (Client client = new Client(port)) {
            for (var entry : acknowledged.entrySet()) {
                String value = client.call("GET", entry.getKey());
                if (value.equals("(nil)") || Long.parseLong(value) < entry.getValue()) {
                    lost.add(entry.getKey() + " is " + value + ", acknowledged was " + entry.getValue());
                }
            }
        }
        return lost;
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
