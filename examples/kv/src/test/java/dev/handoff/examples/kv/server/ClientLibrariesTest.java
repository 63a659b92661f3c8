package dev.handoff.examples.kv.server;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;

import dev.handoff.examples.kv.store.KvStore;
import dev.handoff.examples.kv.store.StoreConfig;
import io.lettuce.core.KeyValue;
import io.lettuce.core.RedisClient;
import io.lettuce.core.ScanArgs;
import io.lettuce.core.ScanIterator;
import io.lettuce.core.SetArgs;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import redis.clients.jedis.Jedis;
import redis.clients.jedis.Pipeline;
import redis.clients.jedis.Response;
import redis.clients.jedis.params.ScanParams;
import redis.clients.jedis.params.SetParams;

class ClientLibrariesTest {
    @TempDir
    Path dir;
    private KvStore store;
    private RespServer server;
    private int port;

    @BeforeEach
    void start() throws IOException {
        store = new KvStore(StoreConfig.of(dir));
        store.takeOver();
        server = new RespServer(new ServerConfig(2, ServerConfig.DEFAULT_MAX_BULK_LENGTH, "test", dir.toString()),
                store);
        server.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
        server.accept();
        port = server.ports().getFirst();
    }

    @AfterEach
    void stop() throws IOException {
        server.close();
        store.close();
    }

    @Test
    void jedisFindsWhatItExpects() {
        try (Jedis jedis = new Jedis("127.0.0.1", port)) {
            assertEquals("PONG", jedis.ping());
            assertEquals("OK", jedis.set("k", "v", SetParams.setParams().ex(100).nx()));
            assertNull(jedis.set("k", "w", SetParams.setParams().nx()));
            assertEquals(100, jedis.ttl("k"));
            assertEquals("OK", jedis.mset("a", "1", "b", "2"));
            assertEquals(Arrays.asList("1", "2", null), jedis.mget("a", "b", "none"));
            assertEquals(11, jedis.incrBy("a", 10));
            assertEquals(-1, jedis.decrBy("n", 1));
            assertEquals(2, jedis.append("b", "x"));
            assertEquals(Set.of("a", "b", "k", "n"), jedis.keys("*"));
            assertEquals(4, jedis.dbSize());
            assertTrue(jedis.exists("a"));
            assertEquals(2, jedis.del("a", "b", "none"));
            assertEquals(2, jedis.scan(ScanParams.SCAN_POINTER_START, new ScanParams().count(1000)).getResult().size());
            assertTrue(jedis.info().contains("redis_version:"));
            assertEquals(Map.of("appendfsync", "always"), jedis.configGet("appendfsync"));
            Pipeline pipeline = jedis.pipelined();
            Response<Long> last = null;
            for (int i = 0; i < 5000; i++) {
                last = pipeline.incr("counter");
            }
            pipeline.sync();
            assertEquals(5000, last.get());
            assertEquals("OK", jedis.flushAll());
            assertEquals(0, jedis.dbSize());
            assertEquals("OK", jedis.select(0));
        }
    }

    @Test
    void lettuceFindsWhatItExpects() {
        RedisClient client = RedisClient.create("redis://127.0.0.1:" + port);
        try (var connection = client.connect()) {
            var redis = connection.sync();
            assertEquals("PONG", redis.ping());
            assertEquals("OK", redis.set("k", "v", SetArgs.Builder.px(100_000)));
            assertTrue(redis.pttl("k") > 90_000);
            assertEquals("OK", redis.mset(Map.of("a", "1", "b", "2")));
            assertEquals(List.of(KeyValue.just("a", "1"), KeyValue.empty("none")), redis.mget("a", "none"));
            assertEquals(2, redis.incr("a"));
            assertTrue(redis.expire("a", 50));
            assertEquals(3, ScanIterator.scan(redis, ScanArgs.Builder.limit(2)).stream().distinct().count());
            assertEquals(1, redis.del("a"));
            assertFalse(redis.commandCount() < 40);
            assertEquals("OK", redis.flushall());
        } finally {
            client.shutdown(0, 1, TimeUnit.SECONDS);
        }
    }

    @Test
    void redisBenchmarkRunsThroughWithoutAnError() throws Exception {
        assumeTrue(Files.isExecutable(Path.of("/usr/bin/redis-benchmark")), "redis-tools is not installed");
        String output = run("/usr/bin/redis-benchmark", "-p", Integer.toString(port), "-n", "2000", "-c", "50", "-P",
                "4", "-q", "-e",
                "-t", "ping,set,get,incr,mset");
        assertTrue(output.contains("MSET (10 keys)"), output);
        assertFalse(output.contains("Error"), output);
    }

    @Test
    void redisCliTalksToIt() throws Exception {
        assumeTrue(Files.isExecutable(Path.of("/usr/bin/redis-cli")), "redis-tools is not installed");
        assertEquals("OK\n", run("/usr/bin/redis-cli", "-p", Integer.toString(port), "SET", "k", "hello"));
        assertEquals("hello\n", run("/usr/bin/redis-cli", "-p", Integer.toString(port), "GET", "k"));
    }

    private static String run(String... command) throws IOException, InterruptedException {
        Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
        String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertEquals(0, process.waitFor(), output);
        return output;
    }
}
