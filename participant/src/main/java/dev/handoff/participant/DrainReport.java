package dev.handoff.participant;

/**
 * What a drain came to.
 *
 * @param openConnections connections still open, 0..2^32-1
 * @param acceptClosed    whether no further connection is accepted
 */
public record DrainReport(long openConnections, boolean acceptClosed) {

    public DrainReport {
        if (openConnections < 0 || openConnections > 0xFFFF_FFFFL) {
            throw new IllegalArgumentException("openConnections must be in 0..4294967295, is " + openConnections);
        }
    }
}
