package dev.handoff.examples.kv.server;

/**
 * Limits and names of a server.
 *
 * @param threads       event loops
 * @param maxBulkLength longest value or other argument, in bytes
 * @param buildId       what INFO says this build is
 * @param directory     what INFO and CONFIG GET say the data directory is
 */
public record ServerConfig(int threads, int maxBulkLength, String buildId, String directory) {
    public static final int DEFAULT_THREADS = 2;
    /** Redis allows 512 MiB; the argument, the value and the record being written are in memory at once. */
    public static final int DEFAULT_MAX_BULK_LENGTH = 64 << 20;
    /** Two of the longest arguments and a million short ones. */
    private static final long REQUEST_OVERHEAD = 32L << 20;

    public ServerConfig {
        if (threads < 1) {
            throw new IllegalArgumentException("threads must be at least 1, not " + threads);
        }
        if (maxBulkLength < 1024 || maxBulkLength > 512 << 20) {
            throw new IllegalArgumentException("the longest argument must be 1 KiB to 512 MiB, not " + maxBulkLength);
        }
    }

    /** Longest request, in bytes. */
    long maxRequestLength() {
        return 2L * maxBulkLength + REQUEST_OVERHEAD;
    }
}
