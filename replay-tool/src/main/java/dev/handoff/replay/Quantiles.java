package dev.handoff.replay;

import java.util.Arrays;

import org.HdrHistogram.PackedHistogram;

/**
 * The quantiles of any number of durations in bounded memory: exact up to {@value #EXACT_VALUES} values, from then on within 0.1 %;
 * the maximum is always exact. One thread.
 *
 * <p>
 * A quantile is a nearest rank: the smallest duration that at least so many of all do not exceed.
 */
public final class Quantiles {

    /** Above this the histogram takes over, which is then smaller than the values. */
    static final int EXACT_VALUES = 1_000;

    private static final int SIGNIFICANT_DIGITS = 3;

    private long[] exact = new long[16];
    private PackedHistogram histogram;
    private long count;
    private long maxNs;

    /** Takes a duration; one below 0, of a journal that lies about its times, counts as 0. */
    void add(long ns) {
        long value = Math.max(0, ns);
        maxNs = Math.max(maxNs, value);
        if (histogram == null && count == EXACT_VALUES) {
            histogram = new PackedHistogram(SIGNIFICANT_DIGITS);
            Arrays.stream(exact, 0, EXACT_VALUES).forEach(histogram::recordValue);
            exact = new long[0];
        }
        if (histogram != null) {
            histogram.recordValue(value);
        } else {
            if (count == exact.length) {
                exact = Arrays.copyOf(exact, Math.min(EXACT_VALUES, exact.length * 2));
            }
            exact[(int) count] = value;
        }
        count++;
    }

    public long count() {
        return count;
    }

    public long maxNs() {
        return maxNs;
    }

    /**
     * The duration that {@code percent} of all do not exceed, in nanoseconds.
     *
     * @param percent above 0, at most 100
     * @throws IllegalStateException there are none
     */
    public long atNs(double percent) {
        if (count == 0) {
            throw new IllegalStateException("no quantile of nothing");
        }
        if (histogram != null) {
            return Math.min(maxNs, histogram.getValueAtPercentile(percent));
        }
        long[] sorted = Arrays.copyOf(exact, (int) count);
        Arrays.sort(sorted);
        int rank = (int) Math.ceil(percent / 100 * count);
        return sorted[Math.max(1, rank) - 1];
    }
}
