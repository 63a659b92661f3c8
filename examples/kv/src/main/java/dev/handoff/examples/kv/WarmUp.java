package dev.handoff.examples.kv;

import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;

import dev.handoff.examples.kv.server.RespServer;
import dev.handoff.examples.kv.server.ServerConfig;
import dev.handoff.examples.kv.store.KvStore;
import dev.handoff.examples.kv.store.StoreConfig;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Runs a successor's own code hot before anyone waits for it: a store and a server of its own, in a scratch directory and on
 * a port of the loopback interface, serve what clients will ask for, are sealed and taken over. Classes are loaded and the
 * JIT has compiled when the first real client comes.
 *
 * <p>Invariant: nothing here touches the data directory.
 */
final class WarmUp {
    private static final Logger LOG = LoggerFactory.getLogger(WarmUp.class);
    private static final Path MEMORY = Path.of("/dev/shm");
    /** A round is some 600 requests; after so many the compilers have had what they need. */
    private static final int MAX_ROUNDS = 60;
    private static final int REQUESTS_AT_ONCE = 16;
    /** What is left of the time for reading the real directory: at least a third. */
    private static final double SHARE = 0.6;

    private final long untilNs;

    private WarmUp(long untilNs) {
        this.untilNs = untilNs;
    }

    /** Warms up until it is done or time is over. Never fails: a cold successor is slower, not wrong. */
    static void run(long deadlineNs) {
        long startNs = System.nanoTime();
        long untilNs = startNs + (long) ((deadlineNs - startNs) * SHARE);
        if (untilNs <= startNs) {
            return;
        }
        try {
            Path scratch = Files.createTempDirectory(
                    Files.isWritable(MEMORY) ? MEMORY : Path.of(System.getProperty("java.io.tmpdir")),
                    "kv-warm-up-");
            try {
                new WarmUp(untilNs).exercise(scratch);
            } finally {
                deleteTree(scratch);
            }
        } catch (IOException e) {
            LOG.warn("going on without a full warm-up: {}", e.getMessage());
        }
        LOG.info("warmed up in {} ms", (System.nanoTime() - startNs) / 1_000_000);
    }

    private void exercise(Path scratch) throws IOException {
        StoreConfig config = StoreConfig.of(scratch);
        try (KvStore store = new KvStore(config);
                RespServer server = new RespServer(new ServerConfig(1, 1 << 20, "warm-up", "scratch"), store)) {
            store.takeOver();
            server.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
            server.accept();
            for (int round = 0; round < MAX_ROUNDS && System.nanoTime() - untilNs < 0; round++) {
                converse(server.ports().getFirst(), round);
                if (round % 4 == 3) {
                    server.pauseAccepting();
                    server.drainConnections(0);
                    store.flush();
                    store.seal((_, _, _) -> {});
                    try (KvStore follower = new KvStore(config)) {
                        follower.follow();
                    }
                    store.takeOver();
                    server.accept();
                }
            }
        }
    }

    private static void converse(int port, int round) throws IOException {
        try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), port)) {
            socket.setTcpNoDelay(true);
            InputStream in = new BufferedInputStream(socket.getInputStream());
            for (int i = 0; i < 6; i++) {
                StringBuilder pipeline = new StringBuilder();
                for (int j = 0; j < REQUESTS_AT_ONCE; j++) {
                    String key = "k" + (round * 7 + i * REQUESTS_AT_ONCE + j) % 500;
                    request(pipeline, "SET", key, "some value of some length " + j);
                    request(pipeline, "GET", key);
                    request(pipeline, "INCR", "n" + j);
                    request(pipeline, "MSET", key + "a", "1", key + "b", "2");
                    request(pipeline, "DEL", key + "a");
                    request(pipeline, "EXISTS", key);
                }
                socket.getOutputStream().write(pipeline.toString().getBytes(StandardCharsets.US_ASCII));
                for (int j = 0; j < REQUESTS_AT_ONCE; j++) {
                    // Six replies of one line each; the bulk string of GET has two.
                    for (int line = 0; line < 7; line++) {
                        skipLine(in);
                    }
                }
            }
        }
    }

    private static void request(StringBuilder out, String... arguments) {
        out.append('*').append(arguments.length).append("\r\n");
        for (String argument : arguments) {
            out.append('$').append(argument.length()).append("\r\n").append(argument).append("\r\n");
        }
    }

    private static void skipLine(InputStream in) throws IOException {
        int b;
        do {
            b = in.read();
        } while (b >= 0 && b != '\n');
        if (b < 0) {
            throw new IOException("the scratch server closed");
        }
    }

    private static void deleteTree(Path root) throws IOException {
        Files.walkFileTree(root, new SimpleFileVisitor<>() {
            @Override
            public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) throws IOException {
                Files.delete(file);
                return FileVisitResult.CONTINUE;
            }

            @Override
            public FileVisitResult postVisitDirectory(Path directory, IOException failure) throws IOException {
                if (failure != null) {
                    throw failure;
                }
                Files.delete(directory);
                return FileVisitResult.CONTINUE;
            }
        });
    }
}
