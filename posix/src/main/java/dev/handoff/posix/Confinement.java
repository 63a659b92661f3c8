package dev.handoff.posix;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.BitSet;
import java.util.HashSet;
import java.util.Set;

/**
 * This process keeps to half of its processors for a while (sched_setaffinity(2)), and leaves the other half to whoever else is there.
 * Needs no privilege, and none to be taken back. A thread that had processors of its own keeps them. Any thread.
 */
public final class Confinement {

    /** Of a mask: 8,192 processors, the most that Linux is built for. */
    private static final int MASK_BYTES = 1024;
    private static final int CALLING_THREAD = 0;

    private final BitSet all;
    private final BitSet half;
    /** Threads that somebody else had put onto this very half. */
    private final Set<Integer> pinned = new HashSet<>();

    private Confinement(BitSet all, BitSet half) {
        this.all = all;
        this.half = half;
    }

    /**
     * Begins with all threads that may run where the caller may, and whatever they start from now on. Of a single processor, and where the
     * kernel refuses, there is no half: then nothing changes.
     */
    public static Confinement begin() {
        BitSet all = processors(CALLING_THREAD);
        BitSet half = upperHalf(all);
        Confinement confinement = new Confinement(all, half);
        OwnThreads.forEach(_ -> true, thread -> {
            if (processors(thread).equals(half)) {
                confinement.pinned.add(thread);
            }
        });
        confinement.move(all, half);
        return confinement;
    }

    /** How many processors this process keeps to. */
    public int processors() {
        return half.cardinality();
    }

    /** All that {@link #begin} moved, and what they started, may run everywhere again. */
    public void end() {
        move(half, all);
    }

    /** The lower half is where a kernel starts to count, and others with such an idea too. */
    static BitSet upperHalf(BitSet processors) {
        BitSet half = new BitSet();
        int skipped = processors.cardinality() / 2;
        for (int cpu = processors.nextSetBit(0); cpu >= 0; cpu = processors.nextSetBit(cpu + 1)) {
            if (skipped-- <= 0) {
                half.set(cpu);
            }
        }
        return half;
    }

    private void move(BitSet from, BitSet to) {
        // A thread that has just been started by one that was not moved yet is found by the second look.
        for (int look = 0; look < 2; look++) {
            OwnThreads.forEach(_ -> true, thread -> {
                if (!pinned.contains(thread) && processors(thread).equals(from)) {
                    allow(thread, to);
                }
            });
        }
    }

    /** Empty where the kernel does not tell. */
    static BitSet processors(int thread) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment mask = arena.allocate(MASK_BYTES, Long.BYTES);
            int result = Libc.schedGetaffinity(thread, MASK_BYTES, mask.address());
            return result < 0 ? new BitSet() : BitSet.valueOf(mask.toArray(ValueLayout.JAVA_LONG));
        }
    }

    /** Refused for a thread that has ended, and for processors that were taken away meanwhile: then it stays as it is. */
    static void allow(int thread, BitSet processors) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment mask = arena.allocate(MASK_BYTES, Long.BYTES);
            long[] words = processors.toLongArray();
            MemorySegment.copy(words, 0, mask, ValueLayout.JAVA_LONG, 0, words.length);
            int _ = Libc.schedSetaffinity(thread, MASK_BYTES, mask.address());
        }
    }
}
