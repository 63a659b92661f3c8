package dev.handoff.simulator;

/**
 * The only source of chance: SplitMix64, so that a seed is a run. Thrown anew for each handoff, which keeps a handoff's luck
 * when the ones before it are left out.
 */
final class Dice {

    private static final long GOLDEN_GAMMA = 0x9E37_79B9_7F4A_7C15L;

    private long state;

    Dice(long seed) {
        state = seed;
    }

    /** Begins another sequence. */
    void reseed(long seed) {
        state = seed;
    }

    /** One of the seeds that belong to {@code seed}. */
    static long seedOf(long seed, long branch) {
        return finish(finish(seed + GOLDEN_GAMMA) + (branch + 1) * GOLDEN_GAMMA);
    }

    long next() {
        state += GOLDEN_GAMMA;
        return finish(state);
    }

    private static long finish(long value) {
        long mixed = (value ^ (value >>> 30)) * 0xBF58_476D_1CE4_E5B9L;
        mixed = (mixed ^ (mixed >>> 27)) * 0x94D0_49BB_1331_11EBL;
        return mixed ^ (mixed >>> 31);
    }

    /** 0 to {@code bound - 1}; {@code bound} at least 1. */
    int below(int bound) {
        return (int) Math.unsignedMultiplyHigh(next(), bound);
    }

    /** {@code low} to {@code high}, both included. */
    long between(long low, long high) {
        return low + Math.unsignedMultiplyHigh(next(), high - low + 1);
    }

    /** True this many times in a thousand. */
    boolean perMille(int times) {
        return times > 0 && below(1_000) < times;
    }

    /** Mostly short, seldom long: each power of two between the bounds is as likely as the next. */
    long spread(long low, long high) {
        int powers = 64 - Long.numberOfLeadingZeros(Math.max(1, high / Math.max(1, low)));
        long top = Math.min(high, low << below(powers));
        return between(low, Math.max(low, top));
    }
}
