package dev.handoff.examples.kv.server;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;

import dev.handoff.examples.kv.store.KvStore;
import dev.handoff.examples.kv.store.StoreConfig;
import dev.handoff.posix.Descriptors;
import dev.handoff.posix.InetSockets;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class RespServerTest {
    private static final InetSocketAddress ANY_PORT = new InetSocketAddress(InetAddress.getLoopbackAddress(), 0);

    @TempDir
    Path dir;
    private KvStore store;
    private RespServer server;
    private int port;

    @BeforeEach
    void start() throws IOException {
        store = new KvStore(StoreConfig.of(dir));
        store.takeOver();
        server = new RespServer(config(1 << 20), store);
        server.bind(ANY_PORT);
        server.accept();
        port = server.ports().getFirst();
    }

    @AfterEach
    void stop() throws IOException {
        server.close();
        store.close();
    }

    private ServerConfig config(int maxBulkLength) {
        return new ServerConfig(2, maxBulkLength, "test", dir.toString());
    }

    @Test
    void answersAsRedisDoesByteForByte() throws IOException {
        boolean session = false;
        List<String> differences = new ArrayList<>();
        try (RawClient one = new RawClient(port)) {
            for (String line : recorded()) {
                if (line.startsWith("#") || line.equals("[connections]")) {
                    continue;
                }
                if (line.equals("[session]")) {
                    session = true;
                    continue;
                }
                String request = unescape(line.substring(0, line.indexOf('\t')));
                String expected = unescape(line.substring(line.indexOf('\t') + 1));
                String actual;
                if (session) {
                    // A marker behind the reply shows where it ends, whatever its length.
                    actual = upTo(one.send(request + RawClient.request("ECHO", "~marker~")), "$8\r\n~marker~\r\n");
                } else {
                    try (RawClient own = new RawClient(port)) {
                        own.send(request).socket().shutdownOutput();
                        actual = own.rest() + (expected.endsWith("<EOF>") ? "<EOF>" : "");
                    }
                }
                if (!actual.equals(expected)) {
                    differences.add(line + "\n    but was " + actual);
                }
            }
        }
        assertEquals(List.of(), differences);
    }

    private static List<String> recorded() throws IOException {
        try (var in = RespServerTest.class.getResourceAsStream("/redis-7.0.15.txt");
                var lines = new BufferedReader(new InputStreamReader(in, StandardCharsets.UTF_8))) {
            return lines.lines().toList();
        }
    }

    private static String upTo(RawClient client, String marker) throws IOException {
        StringBuilder read = new StringBuilder();
        while (!read.toString().endsWith(marker)) {
            read.append(client.read(1));
        }
        return read.substring(0, read.length() - marker.length());
    }

    private static String unescape(String text) {
        StringBuilder out = new StringBuilder();
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (c != '\\') {
                out.append(c);
                continue;
            }
            char escaped = text.charAt(++i);
            switch (escaped) {
                case 'r' -> out.append('\r');
                case 'n' -> out.append('\n');
                case 't' -> out.append('\t');
                case 'x' -> {
                    out.append((char) Integer.parseInt(text.substring(i + 1, i + 3), 16));
                    i += 2;
                }
                default -> out.append(escaped);
            }
        }
        return out.toString();
    }

    @Test
    void understandsARequestCutAtAnyByte() throws IOException {
        String request = RawClient.request("SET", "key", "some value") + "GET key\r\n"
                + RawClient.request("STRLEN", "key");
        String expected = "+OK\r\n$10\r\nsome value\r\n:10\r\n";
        try (RawClient client = new RawClient(port)) {
            for (int cut = 1; cut < request.length(); cut++) {
                client.send(request.substring(0, cut));
                // An answer to another client proves that the loops have turned; the cut may still be joined, rarely.
                try (RawClient other = new RawClient(port)) {
                    assertEquals("+PONG\r\n", other.send("PING\r\n").read(7));
                }
                client.send(request.substring(cut));
                assertEquals(expected, client.read(expected.length()), "cut at " + cut);
            }
        }
    }

    @Test
    void keepsTheOrderOfAPipelineOfWritesAndReads() throws Exception {
        StringBuilder requests = new StringBuilder();
        StringBuilder expected = new StringBuilder();
        for (int i = 1; i <= 20_000; i++) {
            requests.append(RawClient.request("INCR", "n" + i % 7)).append("PING\r\n");
            expected.append(':').append((i + 6) / 7).append("\r\n+PONG\r\n");
        }
        try (RawClient client = new RawClient(port);
                ExecutorService writer = Executors.newSingleThreadExecutor()) {
            Future<RawClient> sent = writer.submit(() -> client.send(requests.toString()));
            assertEquals(expected.toString(), client.read(expected.length()));
            assertEquals(client, sent.get());
        }
    }

    @Test
    void answersAClientThatHasHalfClosedBeforeItCloses() throws IOException {
        try (RawClient client = new RawClient(port)) {
            client.send(RawClient.request("SET", "k", "v") + RawClient.request("INCR", "n") + "GET k\r\nhalf a requ");
            client.socket().shutdownOutput();
            assertEquals("+OK\r\n:1\r\n$1\r\nv\r\n", client.rest());
        }
    }

    @Test
    void boundsWhatAClientThatDoesNotReadCanPileUp() throws IOException {
        String value = "x".repeat(1 << 20);
        try (RawClient client = new RawClient(port)) {
            client.command("SET", "big", value);
            assertEquals("+OK", client.line());
            int requests = 2000;
            long before = server.executed();
            try (ExecutorService writer = Executors.newSingleThreadExecutor()) {
                Future<RawClient> sending = writer.submit(() -> client.send("GET big\r\n".repeat(requests)));
                // 2 GB of replies are asked for. The kernel's buffers take a few MB, and then it must stop executing.
                await(() -> sending.isDone() && server.executed() > before);
                long steady;
                do {
                    steady = server.executed();
                    try (RawClient other = new RawClient(port)) {
                        other.command("GET", "big");
                        assertEquals("$1048576", other.line());
                        assertEquals(value, other.read(value.length()));
                    }
                } while (server.executed() != steady + 1);
                assertTrue(server.executed() - before < 100, "executed " + (server.executed() - before));
                for (int i = 0; i < 50; i++) {
                    assertEquals("$1048576", client.line());
                    assertEquals(value.length() + 2, client.read(value.length() + 2).length());
                }
            }
        }
    }

    @Test
    void goesOnWithTheRestOnceASlowClientReads() throws IOException {
        String value = "y".repeat(1 << 20);
        int requests = 100;
        try (RawClient client = new RawClient(port)) {
            client.command("SET", "big", value).send("GET big\r\n".repeat(requests) + "QUIT\r\n");
            assertEquals("+OK", client.line());
            for (int i = 0; i < requests; i++) {
                assertEquals("$1048576", client.line());
                assertEquals(value, client.read(value.length()));
                assertEquals("", client.line());
            }
            assertEquals("+OK\r\n", client.rest());
        }
    }

    @Test
    void refusesAValueBeyondTheLimitBeforeItIsSent() throws IOException {
        try (RawClient client = new RawClient(port)) {
            client.send("*3\r\n$3\r\nSET\r\n$1\r\nk\r\n$1048577\r\n");
            assertEquals("-ERR Protocol error: invalid bulk length\r\n", client.rest());
        }
        try (RawClient client = new RawClient(port)) {
            client.command("SET", "k", "z".repeat(1 << 20)).command("APPEND", "k", "z").command("STRLEN", "k");
            assertEquals("+OK", client.line());
            assertEquals("-ERR string exceeds maximum allowed size (proto-max-bulk-len)", client.line());
            assertEquals(":1048576", client.line());
        }
    }

    @Test
    void refusesEndlessLinesAndTooManyArguments() throws IOException {
        for (String[] c : new String[][]{{"a".repeat(70_000), "too big inline request"},
            {"*" + "1".repeat(70_000), "too big mbulk count string"},
            {"*1\r\n$" + "1".repeat(70_000), "too big bulk count string"},
            {"*1048577\r\n", "invalid multibulk length"}}) {
            try (RawClient client = new RawClient(port)) {
                client.send(c[0]);
                assertEquals("-ERR Protocol error: " + c[1], client.line());
            }
        }
    }

    @Test
    void expiresKeysByTheirTime() throws IOException {
        try (RawClient client = new RawClient(port)) {
            assertEquals("+OK", client.command("SET", "brief", "v", "PX", "60").line());
            assertEquals("+OK", client.command("SET", "long", "v", "EX", "1000").line());
            await(() -> {
                try {
                    return client.command("EXISTS", "brief").line().equals(":0");
                } catch (IOException e) {
                    throw new UncheckedIOException(e);
                }
            });
            assertEquals(":-2", client.command("PTTL", "brief").line());
            assertEquals(":1000", client.command("TTL", "long").line());
        }
    }

    @Test
    void scansEveryKeyOnceOrMore() throws IOException {
        Set<String> expected = new HashSet<>();
        try (RawClient client = new RawClient(port)) {
            for (int i = 0; i < 500; i++) {
                client.command("SET", "key" + i, "v");
                expected.add("key" + i);
            }
            for (int i = 0; i < 500; i++) {
                assertEquals("+OK", client.line());
            }
            Set<String> seen = new HashSet<>();
            String cursor = "0";
            do {
                client.command("SCAN", cursor, "COUNT", "7");
                assertEquals("*2", client.line());
                client.line();
                cursor = client.line();
                int keys = Integer.parseInt(client.line().substring(1));
                for (int i = 0; i < keys; i++) {
                    client.line();
                    seen.add(client.line());
                }
            } while (!cursor.equals("0"));
            assertEquals(expected, seen);
            client.command("KEYS", "key4?");
            assertEquals("*10", client.line());
        }
    }

    @Test
    void acknowledgesOnlyWhatASecondReaderOfTheDirectoryFinds() throws IOException {
        try (RawClient client = new RawClient(port); KvStore reader = new KvStore(StoreConfig.of(dir))) {
            for (int i = 0; i < 50; i++) {
                assertEquals("+OK", client.command("SET", "k" + i, "v").line());
                reader.follow();
                int expected = i + 1;
                assertEquals(expected, reader.shards().stream().mapToInt(s -> {
                    s.lock().lock();
                    try {
                        return s.size();
                    } finally {
                        s.lock().unlock();
                    }
                }).sum());
            }
        }
    }

    @Test
    void servesWhoWasAcceptedAndClosesOnlyTheSilentWhenDrained() throws Exception {
        try (RawClient busy = new RawClient(port); RawClient silent = new RawClient(port)) {
            assertEquals("+PONG", busy.send("PING\r\n").line());
            assertEquals("+PONG", silent.send("PING\r\n").line());
            server.pauseAccepting();
            server.drainConnections(200);
            try (ExecutorService talker = Executors.newSingleThreadExecutor()) {
                AtomicBoolean silentGone = new AtomicBoolean();
                Future<Integer> served = talker.submit(() -> {
                    int count = 0;
                    while (!silentGone.get()) {
                        assertEquals("+OK", busy.command("SET", "k", "v" + count++).line());
                    }
                    return count;
                });
                assertEquals("", silent.rest());
                silentGone.set(true);
                assertTrue(served.get() > 0);
            }
            assertEquals("", busy.rest());
            await(() -> server.connectionCount() == 0);
        }
    }

    @Test
    void anUndoneDrainLeavesConnectionsAlone() throws Exception {
        try (RawClient client = new RawClient(port)) {
            assertEquals("+PONG", client.send("PING\r\n").line());
            server.pauseAccepting();
            server.drainConnections(60_000);
            server.accept();
            try (RawClient later = new RawClient(port)) {
                assertEquals("+PONG", later.send("PING\r\n").line());
            }
            assertEquals("+PONG", client.send("PING\r\n").line());
        }
    }

    @Test
    void losesNoConnectionWhenTwoServersTakeTurnsOnOneListener() throws Exception {
        int fd = InetSockets.listen(ANY_PORT, 1024);
        assertTrue(fd >= 0, "listen: " + fd);
        int sharedPort = InetSockets.localPort(fd);
        int duplicate = Descriptors.duplicate(fd, 100);
        try (RespServer first = new RespServer(config(1 << 20), store);
                RespServer second = new RespServer(config(1 << 20), store)) {
            first.adopt("main", fd);
            second.adopt("main", duplicate);
            AtomicBoolean stop = new AtomicBoolean();
            List<Future<Integer>> clients = new ArrayList<>();
            try (ExecutorService pool = Executors.newFixedThreadPool(4)) {
                for (int c = 0; c < 4; c++) {
                    String key = "c" + c;
                    clients.add(pool.submit(() -> {
                        int served = 0;
                        while (!stop.get()) {
                            try (RawClient client = new RawClient(sharedPort)) {
                                assertEquals(":" + ++served, client.command("INCR", key).line());
                                assertEquals("+PONG", client.send("PING\r\n").line());
                            }
                        }
                        return served;
                    }));
                }
                try {
                    takeTurns(first, second, clients);
                } finally {
                    stop.set(true);
                }
                for (Future<Integer> client : clients) {
                    assertTrue(client.get() > 0);
                }
            }
        }
    }

    /** The last one goes on accepting. */
    private static void takeTurns(RespServer first, RespServer second, List<Future<Integer>> clients) {
        RespServer active = first;
        RespServer other = second;
        for (int turn = 0; turn < 40; turn++) {
            active.accept();
            RespServer accepting = active;
            long before = accepting.accepted();
            await(() -> accepting.accepted() > before + 20 || clients.stream().anyMatch(Future::isDone));
            active.pauseAccepting();
            long accepted = active.accepted();
            active.drainConnections(2_000);
            await(() -> accepting.connectionCount() == 0);
            assertEquals(accepted, active.accepted());
            RespServer swap = active;
            active = other;
            other = swap;
        }
        active.accept();
    }

    @Test
    void refusesAListenerThatIsNoSocket() {
        try (RespServer other = new RespServer(config(1 << 20), store)) {
            assertThrows(IOException.class, () -> other.adopt("main", 999_999));
        }
        assertFalse(Descriptors.isOpen(999_999));
    }

    private static void await(BooleanSupplier condition) {
        long limitNs = System.nanoTime() + 20_000_000_000L;
        while (!condition.getAsBoolean()) {
            assertTrue(System.nanoTime() < limitNs, "not within 20 s");
            LockSupport.parkNanos(1_000_000);
        }
    }
}
