package dev.handoff.examples.kv;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.util.List;
import java.util.concurrent.TimeUnit;

import dev.handoff.codec.BuildId;
import dev.handoff.codec.ShardRevisions;
import dev.handoff.examples.kv.server.RespServer;
import dev.handoff.examples.kv.server.ServerConfig;
import dev.handoff.examples.kv.store.KvStore;
import dev.handoff.participant.AwaitingBegin;
import dev.handoff.participant.ColdStart;
import dev.handoff.participant.IncumbentStage;
import dev.handoff.participant.InheritedListeners;
import dev.handoff.participant.Participant;
import dev.handoff.participant.ParticipantConfig;
import dev.handoff.participant.ParticipantEndedException;
import dev.handoff.participant.Served;
import dev.handoff.participant.SuccessorStart;
import dev.handoff.participant.Taken;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.slf4j.event.Level;
import picocli.CommandLine;

/**
 * The daemon: a store, a server, and a participant's life around them.
 *
 * <pre>
 * cold start:  lock ───────────────────────────────────────────► open store ─► ready ─► accept ─► serve
 * successor:   warm up, follow the incumbent's log ─► handshake ─► begin ────┘
 * </pre>
 *
 * <p>What a handoff asks of it is in {@link Hooks}; everything here runs on the main thread.
 */
public final class KvDaemon {
    private static final Logger LOG = LoggerFactory.getLogger(KvDaemon.class);
    private static final int FAILED = 1;
    private static final long REHEARSAL_NS = TimeUnit.SECONDS.toNanos(30);

    private final KvOptions options;
    private final BuildId buildId;
    private final KvStore store;
    private final RespServer server;
    private final Hooks hooks;
    private List<String> addresses = List.of();

    private KvDaemon(KvOptions options, BuildId buildId) {
        this.options = options;
        this.buildId = buildId;
        this.store = new KvStore(options.storeConfig());
        // Each generation's ids lie above those of the one before, which accepts less than a thousand clients a millisecond.
        this.server = new RespServer(new ServerConfig(options.threads, options.maxBulkBytes, options.buildText(),
                options.dataDir.toAbsolutePath().toString()), store, System.currentTimeMillis() * 1000);
        this.hooks = new Hooks(store, server, options.drainIdleMs, options.sealMs, Level.INFO);
    }

    /** Exits 0 after a committed handoff or an orderly stop, 1 when it cannot serve, 2 on wrong arguments. */
    public static void main(String[] args) {
        KvOptions options = new KvOptions();
        CommandLine commandLine = new CommandLine(options);
        try {
            commandLine.parseArgs(args);
        } catch (CommandLine.ParameterException e) {
            System.err.println("kvd: " + e.getMessage() + " (kvd --help shows the options)");
            System.exit(CommandLine.ExitCode.USAGE);
        }
        if (options.help) {
            commandLine.usage(System.out);
            System.exit(CommandLine.ExitCode.OK);
        }
        OrderlyStop stop = OrderlyStop.install();
        int exitCode;
        try {
            exitCode = new KvDaemon(options, options.buildId()).run(stop);
        } catch (ParticipantEndedException e) {
            LOG.error("{}", e.getMessage());
            exitCode = e.exitCode();
        } catch (IOException | IllegalArgumentException e) {
            LOG.error("cannot serve: {}", e.getMessage(), e);
            exitCode = FAILED;
        }
        stop.end(exitCode);
    }

    private int run(OrderlyStop stop) throws IOException, ParticipantEndedException {
        // An incumbent has made it; whoever starts first must.
        Files.createDirectories(options.dataDir);
        Taken taken = take();
        openStore(taken);
        if (addresses.isEmpty()) {
            listen(taken.listeners());
        }
        try (IncumbentStage incumbent = taken.ready(addresses, store.revisions())) {
            server.accept();
            store.prepareToWrite();
            LOG.info("serving {} keys on {}, build {}", store.keyCount(), addresses, options.buildText());
            stop.onRequest(incumbent::stop);
            if (options.rehearse) {
                Thread.ofPlatform().daemon().name("kv-rehearsal").start(() -> rehearse(incumbent, server));
            }
            Served served = incumbent.serve(hooks);
            switch (served) {
                case Served.Committed(var handoffId) -> LOG.info("handed over: {}", handoffId);
                case Served.Stopped() -> hooks.stop();
                case Served.GaveUp(String reason) -> LOG.error("giving up: {}", reason);
            }
            return served.exitCode();
        }
    }

    private static void rehearse(IncumbentStage incumbent, RespServer server) {
        WarmUp.untilDoneOr(System.nanoTime() + REHEARSAL_NS, server);
        incumbent.stop();
    }

    private Taken take() throws IOException, ParticipantEndedException {
        ParticipantConfig config = ParticipantConfig.of(options.dataDir, options.controlSocket(), buildId)
                .withConnections(server::takeOver);
        return switch (Participant.start(config)) {
            case ColdStart cold -> cold.takeLock();
            case SuccessorStart successor -> {
                // In the background, and given up at the deadline: hello must be said in time, and once it is said the
                // incumbent drains. What is still unread then is read while it does.
                successor.standBack();
                long deadlineNs = KvOptions.helloDeadlineNs(successor.helloRemainingMs());
                Follower follower = Follower.start(store);
                follower.awaitCaughtUp(deadlineNs);
                long warmUntilNs = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(options.warmUpMs);
                WarmUp.untilDoneOr(warmUntilNs - deadlineNs < 0 ? warmUntilNs : deadlineNs, server);
                listen(successor.listeners());
                AwaitingBegin awaiting = successor.handshake();
                Taken taken = awaiting.begin();
                follower.stop();
                yield taken;
            }
        };
    }

    private void openStore(Taken taken) throws IOException, ParticipantEndedException {
        try {
            store.takeOver();
        } catch (IOException e) {
            LOG.error("the data directory cannot be opened: {}", e.getMessage());
            taken.unhealthy(List.of(), ShardRevisions.EMPTY);
            throw e;
        }
    }

    /** Prepares the listeners, inherited or our own; nothing is accepted yet. */
    private void listen(InheritedListeners inherited) throws IOException {
        List<InheritedListeners.Listener> tcp = inherited.all().stream().filter(l -> !l.udp() && !l.unix()).toList();
        for (InheritedListeners.Listener listener : tcp) {
            server.adopt(listener.name(), listener.fd());
        }
        if (tcp.isEmpty()) {
            server.bind(new InetSocketAddress(InetAddress.getByName(options.address), options.port));
        }
        addresses = server.ports().stream().map(port -> options.address + ":" + port).toList();
    }
}
