package dev.handoff.connections.sample;

import static java.nio.charset.StandardCharsets.US_ASCII;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.*;
import java.nio.file.*;
import java.util.*;
import java.util.concurrent.*;

import dev.handoff.codec.*;
import dev.handoff.connections.nio.NioConnections;
import dev.handoff.participant.*;

/** Answers each line with how many lines there were on that connection: on JDK channels, and through every swap. */
public final class TallyDaemon implements Drainable {
    private final Selector selector;
    private final Queue<Callable<?>> tasks = new ConcurrentLinkedQueue<>();
    private InheritedListeners listeners;
    private ServerSocketChannel accepting;

    private TallyDaemon() throws IOException {
        selector = Selector.open();
    }

    /** What a connection is between two lines: how many there were, and what has come of the next. */
    private static final class Session {
        private int lines;
        private final ByteBuffer begun = ByteBuffer.allocate(1024);
    }

    public static void main(String[] args) throws Exception {
        TallyDaemon daemon = new TallyDaemon();
        Path dir = Path.of(args[0]);
        var config = ParticipantConfig.of(dir, dir.resolve("sock"), BuildId.parse(args[1]))
                .withConnections(daemon::takeOver);
        Taken taken = Participant.start(config).take();
        daemon.listeners = taken.listeners();
        IncumbentStage incumbent = taken.ready(List.of("main"), ShardRevisions.of(0));
        Thread.ofPlatform().daemon().start(daemon::run);
        daemon.onLoop(daemon::accept);
        System.exit(incumbent.serve(daemon).exitCode());
    }

    // README: begin
    /** In the new process: they arrive when it serves and the old one has let go of them. */
    private void takeOver(List<CarriedConnection> connections) {
        onLoop(() -> {
            for (CarriedConnection connection : connections) {
                Session session = new Session();
                ByteBuffer state = connection.state();
                session.lines = state.getInt();
                session.begun.put(state);
                register(NioConnections.adopt(connection), session);
            }
            return null;
        });
    }

    @Override
    public DrainReport drain(DrainDeadline deadline) throws Exception {
        return onLoop(() -> {
            accepting.close();
            selector.selectNow();
            List<CarriedConnection> carried = new ArrayList<>();
            for (SelectionKey key : selector.keys()) {
                if (key.attachment() instanceof Session session && deadline.successorTakesConnections()) {
                    key.interestOps(0);
                    byte[] begun = Arrays.copyOf(session.begun.array(), session.begun.position());
                    ByteBuffer state = ByteBuffer.allocate(4 + begun.length).putInt(session.lines).put(begun).flip();
                    carried.add(NioConnections.carry("main", (SocketChannel) key.channel(), state));
                } else {
                    key.channel().close();
                }
            }
            return new DrainReport(0, true, carried);
        });
    }

    @Override
    public void resumeAfterAbort(AbortedAt at) throws Exception {
        onLoop(() -> {
            selector.keys().forEach(key -> key.interestOps(SelectionKey.OP_READ));
            return accept();
        });
    }
    // README: end

    @Override
    public SealResult seal(SealProgress progress) {
        return new SealResult.Sealed(ShardRevisions.of(0), Fingerprint.of(new byte[Fingerprint.BYTES]));
    }

    private Void accept() throws Exception {
        accepting = listeners.serverSocketChannel("main");
        accepting.configureBlocking(false);
        accepting.register(selector, SelectionKey.OP_ACCEPT);
        return null;
    }

    private void register(SocketChannel channel, Session session) throws IOException {
        channel.configureBlocking(false);
        channel.register(selector, SelectionKey.OP_READ, session);
    }

    /** Runs it on the selector's thread. */
    private <T> T onLoop(Callable<T> task) {
        FutureTask<T> future = new FutureTask<>(task);
        tasks.add(() -> {
            future.run();
            return null;
        });
        selector.wakeup();
        try {
            return future.get();
        } catch (InterruptedException | ExecutionException e) {
            throw new IllegalStateException(e);
        }
    }

    private void run() {
        while (true) {
            try {
                selector.select(this::ready);
                for (Callable<?> task = tasks.poll(); task != null; task = tasks.poll()) {
                    task.call();
                }
            } catch (Exception e) {
                System.err.println("not served: " + e);
            }
        }
    }

    private void ready(SelectionKey key) {
        try {
            if (key.isAcceptable()) {
                SocketChannel client = accepting.accept();
                if (client != null) {
                    register(client, new Session());
                }
            } else {
                read((SocketChannel) key.channel(), (Session) key.attachment());
            }
        } catch (IOException e) {
            key.cancel();
        }
    }

    private static void read(SocketChannel client, Session session) throws IOException {
        if (client.read(session.begun) < 0) {
            client.close();
            return;
        }
        session.begun.flip();
        int rest = 0;
        StringBuilder answers = new StringBuilder();
        for (int i = 0; i < session.begun.limit(); i++) {
            if (session.begun.get(i) == '\n') {
                session.lines++;
                answers.append(session.lines).append('\n');
                rest = i + 1;
            }
        }
        session.begun.position(rest).compact();
        client.write(ByteBuffer.wrap(answers.toString().getBytes(US_ASCII)));
    }
}
