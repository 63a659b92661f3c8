package dev.handoff.participant;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

import dev.handoff.posix.Descriptors;
import dev.handoff.posix.UnixSockets;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Runs the transfer once between two ends in this process, on threads of its own: so the first real one, which clients wait for,
 * finds its code loaded and its system calls linked.
 */
final class TransferRehearsal {

    private static final Logger LOG = LoggerFactory.getLogger(TransferRehearsal.class);

    private TransferRehearsal() {}

    static void start() {
        Thread.ofPlatform().name("handoff-rehearsal").daemon().start(TransferRehearsal::run);
    }

    private static void run() {
        int something = Descriptors.open(Path.of("/dev/null"), Descriptors.O_RDONLY, 0);
        long pair = UnixSockets.socketPair();
        if (something < 0 || pair < 0) {
            LOG.debug("no rehearsal: no descriptor is free");
            return;
        }
        List<CarriedConnection> arrived = new ArrayList<>();
        try (ConnectionOffer offer = new ConnectionOffer(new TransferChannel(Descriptors.low(pair)));
                TransferChannel successor = new TransferChannel(Descriptors.high(pair))) {
            offer.drained(List.of(new CarriedConnection("rehearsal", something, ByteBuffer.allocate(64))));
            Thread receiving = Thread.ofPlatform().name("handoff-rehearsal-2").daemon().start(() -> {
                try {
                    ConnectionIntake.receive(successor, arrived);
                } catch (IOException e) {
                    LOG.debug("the rehearsal failed: {}", e.getMessage());
                }
            });
            offer.transfer();
            offer.release();
            receiving.join();
        } catch (IOException e) {
            LOG.debug("the rehearsal failed: {}", e.getMessage());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        arrived.forEach(connection -> Descriptors.close(connection.fd()));
        Descriptors.close(something);
    }
}
