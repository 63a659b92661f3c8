package dev.handoff.posix;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;

import org.junit.jupiter.api.Test;

class NicenessTest {
    private static final int NICE = 19;
    private static final int POLICY = 41;

    @Test
    void onlyTheThreadsThatAreMeantGetHumble() throws Exception {
        BlockingQueue<String> asked = new LinkedBlockingQueue<>();
        BlockingQueue<Integer> told = new LinkedBlockingQueue<>();
        Thread humble = Thread.ofPlatform().name("humble").daemon().start(() -> tellNiceness(asked, told));
        asked.put("before");
        int before = told.take();
        assertEquals(1, Niceness.setThreads("humble"::equals, before + 3));
        asked.put("after");
        assertEquals(before + 3, told.take());
        assertEquals(before, niceness());
        assertEquals(0, Niceness.setThreads("nobody"::equals, 19));
        humble.interrupt();
        humble.join();
    }

    @Test
    void onlyTheCallingThreadNeverInterrupts() throws Exception {
        String before = stat(POLICY);
        BlockingQueue<String> told = new LinkedBlockingQueue<>();
        Thread.ofPlatform().start(() -> {
            told.add(Boolean.toString(Niceness.neverInterrupt()));
            told.add(stat(POLICY));
        }).join();
        assertEquals(List.of("true", "3"), List.copyOf(told));
        assertEquals(before, stat(POLICY));
    }

    private static void tellNiceness(BlockingQueue<String> asked, BlockingQueue<Integer> told) {
        try {
            while (true) {
                String _ = asked.take();
                told.put(niceness());
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private static int niceness() {
        return Integer.parseInt(stat(NICE));
    }

    /** A field of this thread's stat, proc(5); counted from 1, as there. */
    private static String stat(int field) {
        try {
            String stat = Files.readString(Path.of("/proc/thread-self/stat"));
            return stat.substring(stat.lastIndexOf(')') + 2).split(" ", -1)[field - 3];
        } catch (java.io.IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
    }
}
