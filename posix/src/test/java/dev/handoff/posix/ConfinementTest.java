package dev.handoff.posix;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.BitSet;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.stream.IntStream;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ConfinementTest {

    private static final int CALLING_THREAD = 0;

    /** A thread that says when it is asked where it may run. */
    private static final class Asked implements AutoCloseable {
        private final BlockingQueue<Runnable> tasks = new LinkedBlockingQueue<>();
        private final BlockingQueue<BitSet> answers = new LinkedBlockingQueue<>();
        private final Thread thread = Thread.ofPlatform().daemon().start(this::answer);

        private void answer() {
            try {
                while (true) {
                    tasks.take().run();
                    answers.put(Confinement.processors(CALLING_THREAD));
                }
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        }

        BitSet after(Runnable task) throws InterruptedException {
            tasks.put(task);
            return answers.take();
        }

        BitSet now() throws InterruptedException {
            return after(() -> {});
        }

        @Override
        public void close() {
            thread.interrupt();
        }
    }

    @Test
    void threadsThatRunAndThoseThatTheyStartKeepToHalfUntilTheEnd() throws Exception {
        BitSet all = Confinement.processors(CALLING_THREAD);
        BitSet half = Confinement.upperHalf(all);
        try (Asked other = new Asked()) {
            assertEquals(all, other.now());
            Confinement confinement = Confinement.begin();
            assertEquals(half.cardinality(), confinement.processors());
            assertEquals(half, other.now());
            assertEquals(half, Confinement.processors(CALLING_THREAD));
            try (Asked younger = new Asked()) {
                assertEquals(half, younger.now());
                confinement.end();
                assertEquals(all, younger.now());
            }
            assertEquals(all, other.now());
            assertEquals(all, Confinement.processors(CALLING_THREAD));
        }
    }

    @Test
    void aThreadWithProcessorsOfItsOwnKeepsThem() throws Exception {
        BitSet all = Confinement.processors(CALLING_THREAD);
        BitSet first = new BitSet();
        first.set(all.nextSetBit(0));
        assertKept(first);
        assertKept(Confinement.upperHalf(all));
    }

    private static void assertKept(BitSet own) throws InterruptedException {
        try (Asked pinned = new Asked()) {
            assertEquals(own, pinned.after(() -> Confinement.allow(CALLING_THREAD, own)));
            Confinement confinement = Confinement.begin();
            assertEquals(own, pinned.now());
            confinement.end();
            assertEquals(own, pinned.now());
        }
    }

    @ParameterizedTest
    @CsvSource({"1, 0", "2, 1", "3, 1", "8, 4", "200, 100"})
    void theUpperHalfIsNeverNothing(int processors, int first) {
        BitSet some = IntStream.range(10, 10 + processors).collect(BitSet::new, BitSet::set, BitSet::or);
        BitSet half = Confinement.upperHalf(some);
        assertEquals(10 + first, half.nextSetBit(0));
        assertEquals(processors - first, half.cardinality());
        assertTrue(some.intersects(half));
    }
}
