package dev.handoff.participant;

import java.util.List;

/**
 * What a drain came to.
 *
 * @param openConnections connections still open and not carried, 0..2^32-1
 * @param acceptClosed    whether no further connection is accepted
 * @param carried         connections that the successor is to have: at a boundary between two requests, unread from now on. Only
 *                        where {@link DrainDeadline#successorTakesConnections}
 */
public record DrainReport(long openConnections, boolean acceptClosed, List<CarriedConnection> carried) {

    public DrainReport {
        if (openConnections < 0 || openConnections > 0xFFFF_FFFFL) {
            throw new IllegalArgumentException("openConnections must be in 0..4294967295, is " + openConnections);
        }
        carried = List.copyOf(carried);
    }

    /** No connection is carried. */
    public DrainReport(long openConnections, boolean acceptClosed) {
        this(openConnections, acceptClosed, List.of());
    }
}
