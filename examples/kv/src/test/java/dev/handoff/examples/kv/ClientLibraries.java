package dev.handoff.examples.kv;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

import dev.handoff.stock.StockSupervisor.Outcome;
import io.lettuce.core.ClientOptions;
import io.lettuce.core.RedisClient;
import io.lettuce.core.RedisURI;
import redis.clients.jedis.Jedis;

/** What people use, each on one connection that it may not open again. */
final class ClientLibraries {
    private ClientLibraries() {}

    /** Both call all the while, one waiting for each reply and one not, and every reply is looked at. How many there were. */
    static long goThrough(Daemons daemons, int swaps, String... options) throws Exception {
        RedisClient lettuce = RedisClient.create(RedisURI.builder().withHost("127.0.0.1").withPort(daemons.port())
                .withTimeout(Duration.ofSeconds(60)).build());
        lettuce.setOptions(ClientOptions.builder().autoReconnect(false).build());
        try (Jedis jedis = new Jedis("127.0.0.1", daemons.port(), 60_000); var connection = lettuce.connect()) {
            var commands = connection.async();
            List<CompletableFuture<Long>> counts = new ArrayList<>();
            for (int swap = 1; swap <= swaps; swap++) {
                CompletableFuture<Outcome> outcome = CompletableFuture.supplyAsync(() -> daemons.swap(options));
                while (!outcome.isDone()) {
                    counts.add(commands.incr("lettuce").toCompletableFuture());
                    assertEquals(counts.size(), jedis.incr("jedis"));
                    // The successor needs a processor too.
                    LockSupport.parkNanos(500_000);
                }
                assertInstanceOf(Outcome.Committed.class, outcome.get(), outcome::toString);
            }
            for (int i = 0; i < counts.size(); i++) {
                assertEquals(i + 1, counts.get(i).get(60, TimeUnit.SECONDS));
            }
            return 2L * counts.size();
        } finally {
            lettuce.shutdown(0, 1, TimeUnit.SECONDS);
        }
    }
}
