package dev.handoff.posix;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;

import org.junit.jupiter.api.Test;

class NicenessTest {

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

    /** Field 19 of this thread's stat, proc(5). */
    private static int niceness() {
        try {
            String stat = Files.readString(Path.of("/proc/thread-self/stat"));
            return Integer.parseInt(stat.substring(stat.lastIndexOf(')') + 2).split(" ", -1)[16]);
        } catch (java.io.IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
    }
}
