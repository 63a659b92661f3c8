package dev.handoff.stock;

/**
 * The program's side of a stock incumbent. {@link #drain}, {@link #seal} and {@link #resume} run on a thread of their own,
 * one at a time, and may take as long as they like.
 */
public interface StockHooks {

    /** Stop accepting, finish what is in flight, make everything acknowledged durable. */
    DrainOutcome drain(long graceMs);

    /** Flush and close the writer. */
    SealOutcome seal();

    /** Read the data directory again, reopen the writer, accept again. Whether that worked. */
    boolean resume();
}
