package dev.handoff.examples.kv;

import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

import dev.handoff.examples.kv.server.RespServer;
import dev.handoff.examples.kv.server.ServerConfig;
import dev.handoff.examples.kv.store.KvStore;
import dev.handoff.examples.kv.store.StoreConfig;
import dev.handoff.participant.AbortedAt;
import dev.handoff.participant.CarriedConnection;
import dev.handoff.participant.DrainDeadline;
import dev.handoff.posix.Descriptors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.slf4j.event.Level;

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
    private static final int MAX_ROUNDS = 24;
    /** Followed by the owner's pid. */
    private static final String PREFIX = "kv-warm-up-";
    private static final Pattern SCRATCH = Pattern.compile(PREFIX + "(\\d{1,10})-.*");
    /** With less time than this, a warm-up would only be in the way. */
    private static final long LEAST_NS = 200_000_000;
    private static final int REQUESTS_AT_ONCE = 16;
    /** That move together: with all rounds, more often than a compiler wants to see a method before it compiles it. */
    private static final int CONNECTIONS = 30;

    private final CountDownLatch done = new CountDownLatch(1);
    private volatile boolean stopped;

    private final RespServer real;

    private WarmUp(RespServer real) {
        this.real = real;
    }

    /**
     * Warms up until nothing would get hotter, at most until the deadline ({@link System#nanoTime}); what is under way then
     * ends by itself soon, on a thread of its own. Never fails: a cold successor is slower, not wrong.
     *
     * @param real the server that clients will come to: its event loops are tried out, with requests that need no store
     */
    static void untilDoneOr(long deadlineNs, RespServer real) {
        if (deadlineNs - System.nanoTime() < LEAST_NS) {
            return;
        }
        WarmUp warmUp = new WarmUp(real);
        Thread.ofPlatform().daemon().name("kv-warm-up").start(warmUp::run);
        try {
            if (!warmUp.done.await(deadlineNs - System.nanoTime(), TimeUnit.NANOSECONDS)) {
                warmUp.stopped = true;
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private void run() {
        long startNs = System.nanoTime();
        try {
            Path parent = Files.isWritable(MEMORY) ? MEMORY : Path.of(System.getProperty("java.io.tmpdir"));
            removeLeftOvers(parent);
            Path scratch = Files.createTempDirectory(parent, PREFIX + ProcessHandle.current().pid() + "-");
            try {
                exercise(scratch);
            } finally {
                deleteTree(scratch);
            }
            LOG.info("{} in {} ms", stopped ? "half warm" : "warm", (System.nanoTime() - startNs) / 1_000_000);
        } catch (IOException | RuntimeException e) {
            LOG.warn("going on without a full warm-up: {}", e.getMessage());
        } finally {
            done.countDown();
        }
    }

    /** A drain whose connections are soon quiet. */
    private static final DrainDeadline PATIENT = new DrainDeadline() {
        @Override
        public long remainingMs() {
            return 1000;
        }

        @Override
        public boolean aborted() {
            return false;
        }

        @Override
        public boolean successorTakesConnections() {
            return true;
        }
    };

    private void exercise(Path scratch) throws IOException {
        StoreConfig config = StoreConfig.of(scratch);
        try (KvStore store = new KvStore(config);
                RespServer server = new RespServer(new ServerConfig(1, 1 << 20, "warm-up", "scratch"), store);
                RespServer next = new RespServer(new ServerConfig(1, 1 << 20, "warm-up", "scratch"), store)) {
            Hooks hooks = new Hooks(store, server, 0, 0, Level.TRACE);
            store.takeOver();
            server.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
            server.accept();
            for (int round = 0; round < MAX_ROUNDS && !stopped; round++) {
                converse(server.ports().getFirst(), round);
                if (round % 4 == 1) {
                    move(server, next, round);
                    for (int i = 0; i < real.loopCount(); i++) {
                        tryOut(server);
                    }
                }
                if (round % 4 == 3) {
                    hooks.drain(PATIENT);
                    hooks.seal((_, _, _) -> {});
                    try (KvStore follower = new KvStore(config)) {
                        follower.follow();
                    }
                    hooks.resumeAfterAbort(AbortedAt.SEALED);
                    LOG.trace("{} keys, revisions {}", store.keyCount(), store.revisions());
                }
            }
        }
    }

    /** Connections move to another server, as they would to another process. */
    private static void move(RespServer from, RespServer to, int round) throws IOException {
        try (Clients clients = new Clients(from)) {
            converse(clients.sockets.getFirst(), round);
            from.pauseAccepting();
            to.takeOver(duplicates(from.quiesce(PATIENT)));
            from.letGo();
            clients.ping();
            converse(clients.sockets.getFirst(), round);
            from.accept();
        }
    }

    /** Others move to the real server. */
    private void tryOut(RespServer from) throws IOException {
        try (Clients clients = new Clients(from)) {
            from.pauseAccepting();
            int _ = real.tryOut(duplicates(from.quiesce(PATIENT)));
            from.letGo();
            clients.ping();
            from.accept();
        }
    }

    /** Several, all of them known to their server. */
    private static final class Clients implements AutoCloseable {
        final List<Socket> sockets = new ArrayList<>();

        Clients(RespServer server) throws IOException {
            try {
                for (int i = 0; i < CONNECTIONS; i++) {
                    sockets.add(new Socket(InetAddress.getLoopbackAddress(), server.ports().getFirst()));
                }
                ping();
            } catch (IOException e) {
                close();
                throw e;
            }
        }

        void ping() throws IOException {
            for (Socket socket : sockets) {
                WarmUp.ping(socket, socket.getInputStream());
            }
        }

        @Override
        public void close() throws IOException {
            for (Socket socket : sockets) {
                socket.close();
            }
        }
    }

    private static List<CarriedConnection> duplicates(List<CarriedConnection> connections) {
        return connections.stream().map(each -> new CarriedConnection(each.listener(),
                Descriptors.duplicate(each.fd(), 0), each.state())).toList();
    }

    private static void ping(Socket socket, InputStream in) throws IOException {
        StringBuilder request = new StringBuilder();
        request(request, "PING");
        socket.getOutputStream().write(request.toString().getBytes(StandardCharsets.US_ASCII));
        skipLine(in);
    }

    private static void converse(int port, int round) throws IOException {
        try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), port)) {
            converse(socket, round);
        }
    }

    private static void converse(Socket socket, int round) throws IOException {
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

    /** A successor that is killed while it warms up cannot clean up after itself: the next one does. */
    private static void removeLeftOvers(Path parent) throws IOException {
        try (DirectoryStream<Path> found = Files.newDirectoryStream(parent, PREFIX + "*")) {
            for (Path path : found) {
                Matcher name = SCRATCH.matcher(path.getFileName().toString());
                if (name.matches() && ProcessHandle.of(Long.parseLong(name.group(1))).isEmpty()) {
                    deleteTree(path);
                }
            }
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
