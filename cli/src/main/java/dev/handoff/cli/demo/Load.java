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

    /** @param keepConnections whether each client stays on one connection */
    Load(int clientCount, InetSocketAddress daemon, boolean keepConnections) {
        for (int i = 1; i <= clientCount; i++) {
            clients.add(new LoadClient(i, daemon, keepConnections, tally, pauses));
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

    /** Where each client is now. */
    List<LoadClient.Spell> spells() {
        return clients.stream().map(LoadClient::spell).toList();
    }

    /** A swap was committed: counts the connections that answered {@code before} it and answer now, as soon as each client is served. */
    void countCarried(List<LoadClient.Spell> before) throws DemoFailure {
        List<LoadClient.Spell> now = spells();
        long endNs = System.nanoTime() + SERVED_NS;
        int carried = 0;
        for (int i = 0; i < clients.size(); i++) {
            LoadClient client = clients.get(i);
            // Every reply on its way at that moment may be of the process before.
            while (client.spell().answers() < now.get(i).answers() + LoadClient.MOST_AT_ONCE) {
                if (System.nanoTime() - endNs > 0) {
                    throw new DemoFailure("the clients are no longer served");
                }
                LockSupport.parkNanos(LOOK_NS);
            }
            if (before.get(i).answers() > 0 && client.spell().connection() == before.get(i).connection()) {
                carried++;
            }
        }
        tally.carried(carried);
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
        clients.forEach(client -> {
            client.verify();
            client.leave();
        });
    }

    Tally tally() {
        return tally;
    }

    Pauses pauses() {
        return pauses;
    }
}
