package dev.handoff.stock;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

import dev.handoff.codec.HandoffId;
import dev.handoff.codec.Message;
import dev.handoff.codec.ShardRevisions;
import dev.handoff.posix.Descriptors;
import dev.handoff.posix.Errno;
import dev.handoff.posix.InetSockets;
import dev.handoff.posix.Processes;
import dev.handoff.posix.UnixSockets;

/**
 * A daemon that takes part like one on the Rust implementation's version 1, to be run as a program by system tests. It serves
 * a durable log of lines ({@link StockServer}) on the listeners it inherits. Options:
 *
 * <pre>
 *   --data-dir DIR          where the lock, the pidfile and the log lie           --control-socket PATH
 *   --build TEXT            announced in Hello                                     --listen PORT   when no listener is inherited
 *   --trace FILE            one line, "pid event", for everything that happens, appended
 *   --drain-ms, --seal-ms, --resume-ms N   how long a hook takes at least; --open-ms N: from Begin to Ready
 *   --fail-drain, --fail-seal, --fail-resume N   the first N calls of the hook fail, in each process
 *   --exit-at POINT, --hang-at POINT   {@link StockPoint}; may be repeated. An exit is at once, with code 99
 *   --unhealthy             Ready says healthz_ok=false       --revisions-behind N  Ready advertises N fewer
 *   --wrong-id              SealComplete, SealFailed and Ready carry another handoff's id
 *   --heartbeats-while-opening   what a stock program may ask for between Begin and Ready
 * </pre>
 */
public final class StockDaemon implements StockHooks, StockWorld {

    /** The exit code of {@code --exit-at}. */
    public static final int EXIT_AT_POINT = 99;

    private static final int FIRST_LISTENER = 3;
    private static final int BACKLOG = 128;
    private static final HandoffId ANOTHER_ID = HandoffId.parse("00000000-0000-4000-8000-00000000bad1");

    private final StockDaemonOptions options;
    private final StockLock lock;
    private final StockLog log;
    private final StockServer server;

    private StockDaemon(StockDaemonOptions options, List<Integer> listeners) {
        this.options = options;
        this.lock = new StockLock(options.dataDir());
        this.log = new StockLog(options.dataDir());
        this.server = new StockServer(listeners, log);
    }

    /** Runs until it exits: 0 committed, 1 an error, 2 a wrong command line. */
    public static void main(String[] arguments) {
        StockDaemonOptions options;
        try {
            options = StockDaemonOptions.parse(List.of(arguments));
            Files.createDirectories(options.dataDir());
        } catch (IllegalArgumentException | IOException e) {
            System.err.println("stock: " + e.getMessage());
            System.exit(2);
            return;
        }
        Map<String, String> env = System.getenv();
        List<Integer> listeners = listeners(options, env);
        StockDaemon daemon = new StockDaemon(options, listeners);
        daemon.log("listeners " + listeners.size());
        if ("successor".equals(env.get("HANDOFF_ROLE"))) {
            daemon.startAsSuccessor(env.getOrDefault("HANDOFF_SOCK_FD", ""));
        } else {
            daemon.startCold();
        }
    }

    /** As systemd passes them. A LISTEN_PID that is not ours means that they are not for us. */
    private static List<Integer> listeners(StockDaemonOptions options, Map<String, String> env) {
        List<Integer> listeners = new ArrayList<>();
        String listenPid = env.get("LISTEN_PID");
        if (listenPid == null || listenPid.equals(Integer.toString(Processes.ownPid()))) {
            int count = Integer.parseInt(env.getOrDefault("LISTEN_FDS", "0"));
            for (int fd = FIRST_LISTENER; fd < FIRST_LISTENER + count; fd++) {
                Descriptors.setCloseOnExec(fd, true);
                listeners.add(fd);
            }
        }
        if (listeners.isEmpty() && options.listen().isPresent()) {
            int fd = InetSockets.listen(options.listen().get(), BACKLOG);
            if (fd < 0) {
                throw new IllegalStateException("cannot listen: " + Errno.message(fd));
            }
            listeners.add(fd);
        }
        return listeners;
    }

    private void startCold() {
        log("cold start");
        LockOutcome outcome = lock.take();
        if (outcome != LockOutcome.TAKEN) {
            exit(1, "the lock could not be taken: " + outcome);
            return;
        }
        log.open();
        server.start();
        serveAsIncumbent();
    }

    private void startAsSuccessor(String socket) {
        log("successor start");
        int fd;
        try {
            fd = Integer.parseInt(socket);
        } catch (NumberFormatException e) {
            exit(1, "HANDOFF_SOCK_FD is '" + socket + "'");
            return;
        }
        if (new StockSuccessor(new ControlStream(fd), lock, options, this::openState, this).succeed()) {
            serveAsIncumbent();
        }
    }

    private StockSuccessorSession.Readiness openState() {
        log("open");
        pause(options.openMs());
        log.open();
        // A stock program serves before it says that it is ready.
        server.start();
        return new StockSuccessorSession.Readiness(List.of(), !options.unhealthy(),
                ShardRevisions.of(Math.max(0, log.revision() - options.revisionsBehind())));
    }

    /** Binds beside and renames, so that the path never lacks a socket. */
    private void serveAsIncumbent() {
        Path path = options.controlSocket().toAbsolutePath();
        Path beside = path.resolveSibling(".ho-" + Processes.ownPid() + ".tmp");
        int listener;
        try {
            Files.deleteIfExists(beside);
            listener = UnixSockets.listen(beside, BACKLOG);
            if (listener < 0) {
                throw new IOException(Errno.message(listener));
            }
            Files.setPosixFilePermissions(beside, PosixFilePermissions.fromString("rw-------"));
            Files.move(beside, path, StandardCopyOption.ATOMIC_MOVE);
        } catch (IOException e) {
            exit(1, "cannot bind " + path + ": " + e.getMessage());
            return;
        }
        log("serving");
        new StockIncumbent(listener, lock, options.buildId(), this, this).serve();
    }

    @Override
    public DrainOutcome drain(long graceMs) {
        log("drain");
        int left = server.drain(graceMs);
        pause(options.drainMs());
        return options.drainFails()
                ? new DrainOutcome.Failed("the drain was told to fail")
                : new DrainOutcome.Drained(left, true);
    }

    @Override
    public SealOutcome seal() {
        log("seal");
        pause(options.sealMs());
        if (options.sealFails()) {
            return new SealOutcome.Failed("the seal was told to fail");
        }
        log.close();
        log("sealed " + log.revision());
        return new SealOutcome.Sealed(ShardRevisions.of(log.revision()), log.fingerprint());
    }

    @Override
    public boolean resume() {
        log("resume");
        pause(options.resumeMs());
        if (options.resumeFails()) {
            return false;
        }
        log.open();
        server.start();
        log("resumed " + log.revision());
        return true;
    }

    @Override
    public void reached(StockPoint point) {
        if (options.exitsAt(point)) {
            log("exits at " + point.argument());
            Runtime.getRuntime().halt(EXIT_AT_POINT);
        }
        if (options.hangsAt(point)) {
            log("hangs at " + point.argument());
            try {
                new CountDownLatch(1).await();
            } catch (InterruptedException e) {
                throw new IllegalStateException("nobody interrupts a hang", e);
            }
        }
    }

    @Override
    public StockAction.Write altered(StockAction.Write write) {
        if (!options.wrongId()) {
            return write;
        }
        Message altered = switch (write.message()) {
            case Message.SealComplete m ->
                new Message.SealComplete(ANOTHER_ID, m.lastRevisionPerShard(), m.dataDirFingerprint());
            case Message.SealFailed m -> new Message.SealFailed(ANOTHER_ID, m.error(), m.partialState());
            case Message.Ready m ->
                new Message.Ready(ANOTHER_ID, m.listeningOn(), m.healthzOk(), m.advertisedRevisionPerShard());
            case Message other -> other;
        };
        return new StockAction.Write(altered, write.protoVersion());
    }

    @Override
    public void log(String event) {
        if (options.trace().isPresent()) {
            try {
                Files.writeString(options.trace().get(), Processes.ownPid() + " " + event + "\n",
                        StandardOpenOption.CREATE, StandardOpenOption.APPEND);
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
    }

    @Override
    public void exit(int code, String reason) {
        log("exit " + code + ": " + reason);
        System.exit(code);
    }

    private static void pause(long ms) {
        try {
            TimeUnit.MILLISECONDS.sleep(ms);
        } catch (InterruptedException e) {
            throw new IllegalStateException("nobody interrupts a hook", e);
        }
    }
}
