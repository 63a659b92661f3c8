package dev.handoff.cli.demo;

import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/** All clients, each on a virtual thread. The demo's thread. */
final class Load {

    private static final long SERVED_NS = TimeUnit.SECONDS.toNanos(60);
    private static final long LOOK_NS = TimeUnit.MILLISECONDS.toNanos(5);

    private final Tally tally = new Tally();
    private final Pauses pauses = new Pauses();
    private final List<LoadClient> clients = new ArrayList<>();
    private final List<Thread> threads = new ArrayList<>();
    private volatile boolean stopped;

    Load(int clientCount, InetSocketAddress daemon) {
        for (int i = 1; i <= clientCount; i++) {
            clients.add(new LoadClient(i, daemon, tally, pauses));
        }
    }

    void start() {
        for (LoadClient client : clients) {
            threads.add(Thread.ofVirtual().name("demo-client").start(() -> client.run(() -> stopped)));
        }
    }

    /** Waits until so many more writes were acknowledged. */
    void awaitWrites(int more) throws DemoFailure {
        long enough = tally.acknowledgedWrites() + more;
        long endNs = System.nanoTime() + SERVED_NS;
        while (tally.acknowledgedWrites() < enough) {
            if (System.nanoTime() - endNs > 0) {
                throw new DemoFailure("the clients are no longer served");
            }
            LockSupport.parkNanos(LOOK_NS);
        }
    }

    /** Lets each client end its connection; none has one open afterwards. */
    void stop() throws InterruptedException {
        stopped = true;
        for (Thread thread : threads) {
            thread.join();
        }
    }

    /** After {@link #stop}: has each client read back all that it has ever written. */
    void verify() {
        clients.forEach(LoadClient::verify);
    }

    Tally tally() {
        return tally;
    }

    Pauses pauses() {
        return pauses;
    }
}
