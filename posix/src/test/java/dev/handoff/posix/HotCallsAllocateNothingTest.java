package dev.handoff.posix;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.management.ManagementFactory;

import com.sun.management.ThreadMXBean;
import org.junit.jupiter.api.Test;

class HotCallsAllocateNothingTest {

    private static final int WARM_UP_TURNS = 20_000;
    private static final int MEASURED_TURNS = 10_000;
    private static final int MOST_ROUNDS = 50;

    private final ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();

    @Test
    void aTurnOfALoopAllocatesNothing() throws IOException {
        long pair = UnixSockets.socketPair();
        int left = Descriptors.low(pair);
        int right = Descriptors.high(pair);
        try (Arena arena = Arena.ofShared(); Epoll epoll = Epoll.open(8); EventFd wakeUp = EventFd.open()) {
            MemorySegment memory = arena.allocate(256);
            epoll.add(right, Epoll.EPOLLIN, 1);
            epoll.add(wakeUp.fd(), Epoll.EPOLLIN, 2);
            long sum = 0;
            for (int i = 0; i < WARM_UP_TURNS; i++) {
                sum += turn(left, right, epoll, wakeUp, memory);
            }
            long leastBytes = Long.MAX_VALUE;
            int rounds = 0;
            // The compiler takes its time on a loaded machine; once it is done, every further round allocates nothing.
            while (leastBytes > 0 && rounds < MOST_ROUNDS) {
                long before = threads.getCurrentThreadAllocatedBytes();
                for (int i = 0; i < MEASURED_TURNS; i++) {
                    sum += turn(left, right, epoll, wakeUp, memory);
                }
                leastBytes = Math.min(leastBytes, threads.getCurrentThreadAllocatedBytes() - before);
                rounds++;
            }
            assertEquals(0, leastBytes);
            assertEquals((WARM_UP_TURNS + rounds * MEASURED_TURNS) * turn(left, right, epoll, wakeUp, memory), sum);
        }
        Descriptors.close(left);
        Descriptors.close(right);
    }

    private static long turn(int left, int right, Epoll epoll, EventFd wakeUp, MemorySegment memory) {
        long sum = Sockets.send(left, memory, 0, 100, 0);
        sum += wakeUp.signal();
        int ready = epoll.await(0);
        for (int i = 0; i < ready; i++) {
            sum += epoll.token(i) + epoll.events(i);
        }
        sum += Sockets.bytesUnread(right);
        sum += Sockets.recv(right, memory, 100, 100, Sockets.MSG_PEEK | Sockets.MSG_DONTWAIT);
        sum += Sockets.recv(right, memory, 100, 100, 0);
        sum += Sockets.recv(right, memory, 100, 100, Sockets.MSG_DONTWAIT);
        sum += Sockets.bytesUnsent(left);
        sum += Sockets.poll(right, Sockets.POLLIN, 0);
        sum += wakeUp.drain();
        return sum;
    }
}
