package dev.handoff.examples.kv;

import java.io.IOException;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

import dev.handoff.examples.kv.server.RespServer;
import dev.handoff.examples.kv.store.KvStore;
import dev.handoff.examples.kv.store.SealedStore;
import dev.handoff.participant.AbortedAt;
import dev.handoff.participant.CarriedConnection;
import dev.handoff.participant.DrainDeadline;
import dev.handoff.participant.DrainReport;
import dev.handoff.participant.Drainable;
import dev.handoff.participant.SealProgress;
import dev.handoff.participant.SealResult;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.slf4j.event.Level;

/** What a handoff asks of the incumbent's store and server. On the participant's thread; {@link WarmUp} tries them on a scratch store. */
final class Hooks implements Drainable {
    private static final Logger LOG = LoggerFactory.getLogger(Hooks.class);
    /** How often a drain looks whether the last connection has gone. */
    private static final long DRAIN_LOOK_NS = 200_000;
    /** Connections that a drain must cut get this long for the reply that is on its way. */
    private static final long LAST_REPLIES_NS = 50_000_000;

    private final KvStore store;
    private final RespServer server;
    private final long drainIdleMs;
    private final long sealNs;
    private final Level story;

    /** @param story the level at which the course of a handoff is logged */
    Hooks(KvStore store, RespServer server, long drainIdleMs, long sealMs, Level story) {
        this.store = store;
        this.server = server;
        this.drainIdleMs = drainIdleMs;
        this.sealNs = TimeUnit.MILLISECONDS.toNanos(sealMs);
        this.story = story;
    }

    @Override
    public DrainReport drain(DrainDeadline deadline) throws IOException {
        long startNs = System.nanoTime();
        server.pauseAccepting();
        List<CarriedConnection> carried = deadline.successorTakesConnections()
                ? server.quiesce(deadline)
                : List.of();
        server.drainConnections(drainIdleMs);
        while (server.openCount() > 0 && !deadline.passed()) {
            LockSupport.parkNanos(DRAIN_LOOK_NS);
        }
        if (server.openCount() > 0 && !deadline.aborted()) {
            // Busy to the end: each is cut between two requests.
            cutConnections();
        }
        store.flush();
        int left = server.openCount();
        LOG.atLevel(story).log("drained in {} ms, {} connections to be carried, {} left",
                (System.nanoTime() - startNs) / 1_000_000, carried.size(), left);
        return new DrainReport(left, true, carried);
    }

    @Override
    public SealResult seal(SealProgress progress) {
        try {
            LOG.atLevel(story).log("sealing");
            SealedStore sealed = store.seal((done, total, revision) -> {
                progress.sealed(done, total, revision);
                pause(sealNs / total);
            });
            return new SealResult.Sealed(sealed.revisions(), sealed.fingerprint());
        } catch (IOException e) {
            LOG.error("cannot seal: {}", e.getMessage(), e);
            return new SealResult.NotSealed(String.valueOf(e.getMessage()),
                    "shards may be sealed in part; all can be reopened");
        }
    }

    @Override
    public void resumeAfterAbort(AbortedAt at) throws IOException {
        store.takeOver();
        store.prepareToWrite();
        server.accept();
        LOG.atLevel(story).log("serving again after a handoff that was rolled back ({})", at);
    }

    /** The end without a handoff. */
    void stop() throws IOException {
        LOG.atLevel(story).log("stopping");
        server.pauseAccepting();
        cutConnections();
        store.seal((_, _, _) -> {});
        store.close();
    }

    private void cutConnections() {
        server.drainConnections(0);
        long untilNs = System.nanoTime() + LAST_REPLIES_NS;
        while (server.openCount() > 0 && System.nanoTime() - untilNs < 0) {
            LockSupport.parkNanos(DRAIN_LOOK_NS);
        }
    }

    private static void pause(long ns) {
        long untilNs = System.nanoTime() + ns;
        for (long leftNs = ns; leftNs > 0; leftNs = untilNs - System.nanoTime()) {
            LockSupport.parkNanos(leftNs);
        }
    }
}
