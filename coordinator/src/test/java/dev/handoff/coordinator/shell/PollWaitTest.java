package dev.handoff.coordinator.shell;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;

import com.lmax.disruptor.EventHandler;
import com.lmax.disruptor.dsl.Disruptor;
import com.lmax.disruptor.dsl.ProducerType;
import dev.handoff.codec.event.TimerKind;
import dev.handoff.coordinator.config.LoopWait;
import dev.handoff.coordinator.loop.EpochClock;
import dev.handoff.posix.Descriptors;
import dev.handoff.posix.Sockets;
import dev.handoff.posix.UnixSockets;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** A ring of real size or of a few slots, real sockets, and the loop thread that waits for both. */
@Timeout(30)
class PollWaitTest {

    private static final int PRODUCERS = 3;
    private static final int ROUNDS = 2_000;

    private final List<Long> readable = Collections.synchronizedList(new ArrayList<>());
    private final Semaphore told = new Semaphore(0);
    private final CountDownLatch ended = new CountDownLatch(1);
    private final List<Integer> open = new ArrayList<>();
    private final Map<Long, Integer> watched = new ConcurrentHashMap<>();
    private final Arena arena = Arena.ofShared();
    private final MemorySegment bytes = arena.allocate(64);
    private LoopTimers timers;
    private PollWait poll;
    private Disruptor<Input> disruptor;
    private Inbox inbox;

    /** What the production loop would do with an input, cut down to noting it. */
    private final class Noting implements EventHandler<Input> {
        @Override
        public void onEvent(Input input, long sequence, boolean endOfBatch) {
            switch (input.kind()) {
                case READABLE -> {
                    assertEquals(1, Sockets.recv(watched.get(input.token()), bytes, 8, 8, Sockets.MSG_DONTWAIT));
                    readable.add(input.token());
                    told.release();
                }
                case TASK -> input.task().run();
                case TIMER -> told.release();
                default -> throw new AssertionError(input.kind());
            }
            input.clear();
        }

        @Override
        public void onShutdown() {
            ended.countDown();
        }
    }

    private void make(LoopWait how, int slots) throws IOException {
        timers = new LoopTimers(EpochClock.anchored());
        poll = new PollWait(how, timers);
        disruptor = new Disruptor<>(Input::new, slots, Thread.ofPlatform().name("loop").factory(), ProducerType.MULTI,
                poll);
        inbox = new Inbox(disruptor.getRingBuffer());
        poll.tell(inbox);
        disruptor.handleEventsWith(new Noting());
    }

    @AfterEach
    void end() throws Exception {
        // Not without limit: it would wait for ever for a loop that nobody wakes.
        disruptor.shutdown(10, TimeUnit.SECONDS);
        assertTrue(ended.await(30, TimeUnit.SECONDS), "the loop sleeps on");
        poll.close();
        open.forEach(Descriptors::close);
        arena.close();
    }

    /** A socket that is watched; the descriptor of its other end. */
    private int watched(long token) {
        long pair = UnixSockets.socketPair();
        open.add(Descriptors.low(pair));
        open.add(Descriptors.high(pair));
        watched.put(token, Descriptors.low(pair));
        assertEquals(0, poll.watchSession(Descriptors.low(pair), token));
        return Descriptors.high(pair);
    }

    private void write(int fd) {
        assertEquals(1, Sockets.send(fd, bytes, 0, 1, 0));
    }

    private void await(int count) throws InterruptedException {
        assertTrue(told.tryAcquire(count, 30, TimeUnit.SECONDS), () -> "not told, after " + readable);
    }

    @ParameterizedTest
    @EnumSource
    void wakesForEitherAndLosesNothing(LoopWait how) throws Exception {
        make(how, 1 << 10);
        int peer = watched(7);
        disruptor.start();
        List<Thread> producers = new ArrayList<>();
        Semaphore done = new Semaphore(0);
        for (int p = 0; p < PRODUCERS; p++) {
            producers.add(Thread.ofPlatform().start(() -> {
                for (int i = 0; i < ROUNDS; i++) {
                    // One after the other, so that the loop goes to sleep in between, again and again.
                    Semaphore taken = new Semaphore(0);
                    inbox.task(() -> {
                        done.release();
                        taken.release();
                    });
                    taken.acquireUninterruptibly();
                }
            }));
        }
        for (int i = 0; i < ROUNDS; i++) {
            write(peer);
            await(1);
        }
        for (Thread producer : producers) {
            producer.join();
        }
        assertEquals(PRODUCERS * ROUNDS, done.availablePermits());
        assertEquals(Collections.nCopies(ROUNDS, 7L), readable, "once for each byte");
    }

    @Test
    void whatFindsNoRoomInTheRingGoesInLater() throws Exception {
        make(LoopWait.BLOCKING, 4);
        List<Integer> peers = new ArrayList<>();
        List<Long> tokens = new ArrayList<>();
        for (long token = 0; token < 20; token++) {
            peers.add(watched(token));
            tokens.add(token);
        }
        CountDownLatch go = new CountDownLatch(1);
        // All sockets become readable, and the ring full, while the loop is busy.
        inbox.task(() -> awaitQuietly(go));
        disruptor.start();
        for (int i = 0; i < 3; i++) {
            inbox.task(() -> {});
        }
        peers.forEach(this::write);
        go.countDown();
        await(tokens.size());
        assertEquals(tokens, readable.stream().sorted().toList());
    }

    @Test
    void aRingThatNeverEmptiesDoesNotHideTheSockets() throws Exception {
        make(LoopWait.BLOCKING, 1 << 10);
        int peer = watched(7);
        Runnable[] again = new Runnable[1];
        again[0] = () -> {
            if (readable.isEmpty()) {
                long before = disruptor.getCursor();
                Thread.ofVirtual().start(() -> inbox.task(again[0]));
                awaitNext(before);
            }
        };
        inbox.task(again[0]);
        disruptor.start();
        write(peer);
        await(1);
    }

    @ParameterizedTest
    @EnumSource
    void wakesForATimerThoughNothingElseHappens(LoopWait how) throws Exception {
        make(how, 1 << 10);
        inbox.task(() -> timers.later(TimeUnit.MILLISECONDS.toNanos(20), () -> timers.arm(0, TimerKind.DEADLINE, 1)));
        disruptor.start();
        await(1);
    }

    @Test
    void aTimerWaitsForRoomInTheRing() throws Exception {
        make(LoopWait.BLOCKING, 4);
        inbox.task(() -> {
            for (int service = 0; service < 20; service++) {
                timers.arm(service, TimerKind.DEADLINE, 1);
            }
        });
        disruptor.start();
        await(20);
    }

    /** Until another task is in the ring, so that the loop finds it there. */
    private void awaitNext(long before) {
        while (disruptor.getCursor() == before) {
            Thread.onSpinWait();
        }
    }

    private static void awaitQuietly(CountDownLatch latch) {
        try {
            latch.await();
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
    }
}
