package dev.handoff.participant;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

import dev.handoff.codec.HandoffId;
import dev.handoff.participant.TransferLayout.Header;
import dev.handoff.posix.Errno;
import dev.handoff.posix.Sockets;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.slf4j.event.Level;

/**
 * The incumbent's side of one handoff's transfer: offers the connections that its drain left, and releases them. Made, run and
 * closed on the hooks' thread; {@link #withdraw} and {@link #release} are the session's thread's.
 *
 * <p>
 * Invariant: a release is sent only by {@link #release}, which only a {@code Commit} calls. Until then every connection is
 * still this process's, to read on when the handoff is rolled back.
 */
final class ConnectionOffer implements AutoCloseable {

    private static final Logger LOG = LoggerFactory.getLogger(ConnectionOffer.class);

    /** Several states share a message up to this, so that each is soon acknowledged. */
    private static final int BATCH_BYTES = 1 << 20;
    // The successor takes them as they come; it is long done by the commit unless it was stopped. As long as a stalled write.
    private static final long RELEASE_WITHIN_S = 10;
    private static final byte[] NOTHING = new byte[0];

    private final TransferChannel channel;
    private final CountDownLatch over = new CountDownLatch(1);

    private List<CarriedConnection> connections = List.of();
    /** Clients that this process keeps to its end. */
    private long othersOpen;
    private volatile int taken;
    private volatile boolean complete;

    private ConnectionOffer(TransferChannel channel) {
        this.channel = channel;
    }

    /** Connects to the successor; null where it takes no connections. */
    static ConnectionOffer to(Path controlSocket, long successorPid, HandoffId handoffId) {
        int fd = TransferSocket.connect(controlSocket, successorPid);
        if (fd < 0) {
            if (fd != -Errno.ENOENT) {
                LOG.warn("connections will not be carried over: {}: {}",
                        TransferSocket.path(controlSocket, successorPid), Errno.message(fd));
            }
            return null;
        }
        TransferSocket.remove(controlSocket, successorPid);
        TransferChannel channel = new TransferChannel(fd);
        try {
            channel.send(TransferLayout.OPEN, TransferLayout.VERSION, 0, TransferLayout.encoded(handoffId));
            return new ConnectionOffer(channel);
        } catch (IOException e) {
            LOG.warn("connections will not be carried over: {}", e.getMessage());
            channel.close();
            return null;
        }
    }

    /** What the drain left, before {@link #run}. */
    void drained(DrainReport report) {
        connections = report.carried();
        othersOpen = report.openConnections();
    }

    /**
     * After the seal: offers every connection as the successor finds room, and returns when that is over, one way or another.
     *
     * @param story the level at which what came of it is logged
     */
    void run(Level story) {
        long startNs = System.nanoTime();
        try {
            transfer();
            LOG.atLevel(story).log("{} of {} connections are with the successor, after {} ms", taken,
                    connections.size(), TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - startNs));
        } catch (IOException e) {
            LOG.info("the transfer ended with {} of {} connections: {}", taken, connections.size(), e.getMessage());
        }
    }

    private void transfer() throws IOException {
        int arrived = 0;
        try {
            int room = channel.expect(TransferLayout.ROOM).room();
            int next = 0;
            while (next < connections.size() && room > 0) {
                List<CarriedConnection> batch = batch(next, room);
                channel.send(TransferLayout.CONNECTIONS, batch.size(), 0, TransferLayout.encoded(batch),
                        batch.stream().mapToInt(CarriedConnection::fd).toArray());
                Header answer = channel.expect(TransferLayout.ROOM);
                arrived += answer.count();
                taken = arrived;
                next += batch.size();
                // Those that arrived are the first of the batch; with the table full the rest of all stays here.
                room = answer.count() < batch.size() ? 0 : answer.room();
            }
            channel.send(TransferLayout.END, taken, 0, NOTHING);
            complete = true;
        } finally {
            over.countDown();
        }
    }

    private List<CarriedConnection> batch(int from, int room) {
        int most = Math.min(Math.min(room, Sockets.MAX_DESCRIPTORS), connections.size() - from);
        int bytes = 0;
        int count = 0;
        while (count < most && (count == 0 || bytes < BATCH_BYTES)) {
            bytes += TransferLayout.length(connections.get(from + count));
            count++;
        }
        return connections.subList(from, from + count);
    }

    /** The handoff is rolled back: nothing more is offered, and nothing was released. */
    void withdraw() {
        channel.end();
    }

    /**
     * {@code Commit} came: the successor may read and write what it has taken, and this process must not any more.
     *
     * @return false if somebody waits for the end of this process: the successor, or a client that was not carried
     */
    boolean release() {
        try {
            if (!over.await(RELEASE_WITHIN_S, TimeUnit.SECONDS)) {
                LOG.warn("the successor has taken {} of {} connections so far; it has those when this process ends",
                        taken, connections.size());
                return false;
            }
            if (complete) {
                channel.send(TransferLayout.RELEASE, 0, 0, NOTHING);
            }
            if (taken < connections.size()) {
                LOG.warn("{} of {} connections end with this process: the successor had no room for them"
                        + " (raise its limit of open files)", connections.size() - taken, connections.size());
            }
            return complete && taken == connections.size() && othersOpen == 0;
        } catch (IOException e) {
            LOG.warn("the connections could not be released, and will be when this process ends: {}", e.getMessage());
            return false;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return false;
        }
    }

    @Override
    public void close() {
        channel.close();
    }
}
