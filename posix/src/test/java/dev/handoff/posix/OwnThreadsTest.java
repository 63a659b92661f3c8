package dev.handoff.posix;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.concurrent.CountDownLatch;

import org.junit.jupiter.api.Test;

class OwnThreadsTest {

    private volatile boolean enough;

    @Test
    void tellsAThreadThatRunsFromOneThatWaits() throws Exception {
        assertEquals(0, OwnThreads.running("posix-busy"::equals));
        CountDownLatch started = new CountDownLatch(1);
        Thread busy = Thread.ofPlatform().name("posix-busy").daemon().start(() -> {
            started.countDown();
            while (!enough) {
                Thread.onSpinWait();
            }
        });
        CountDownLatch never = new CountDownLatch(1);
        Thread waiting = Thread.ofPlatform().name("posix-waiting").daemon().start(() -> {
            try {
                never.await();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        });
        started.await();
        assertEquals(1, OwnThreads.running("posix-busy"::equals));
        while (waiting.getState() != Thread.State.WAITING || OwnThreads.running("posix-waiting"::equals) > 0) {
            Thread.onSpinWait();
        }
        enough = true;
        busy.join();
        waiting.interrupt();
        waiting.join();
    }
}
