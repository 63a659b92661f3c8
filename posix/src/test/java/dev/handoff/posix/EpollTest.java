package dev.handoff.posix;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class EpollTest {

    private static final long TOKEN = 0x1234_5678_9ABC_DEF0L;

    private final MemorySegment memory = Arena.ofAuto().allocate(64);
    private Epoll epoll;
    private int left;
    private int right;

    @BeforeEach
    void open() throws IOException {
        epoll = Epoll.open(8);
        long pair = UnixSockets.socketPair();
        left = Descriptors.low(pair);
        right = Descriptors.high(pair);
    }

    @AfterEach
    void close() {
        epoll.close();
        Descriptors.close(left);
        Descriptors.close(right);
    }

    @Test
    void reportsTokenAndEvents() {
        assertEquals(0, epoll.add(right, Epoll.EPOLLIN | Epoll.EPOLLRDHUP, TOKEN));
        assertEquals(0, epoll.await(0));
        Sockets.send(left, memory, 0, 1, 0);
        assertEquals(1, epoll.await(10_000));
        assertEquals(TOKEN, epoll.token(0));
        assertEquals(Epoll.EPOLLIN, epoll.events(0));
        Descriptors.close(left);
        assertEquals(1, epoll.await(10_000));
        assertEquals(Epoll.EPOLLIN | Epoll.EPOLLRDHUP | Epoll.EPOLLHUP, epoll.events(0));
    }

    @Test
    void edgeTriggeredReportsAPeekedFrameOnce() {
        epoll.add(right, Epoll.EPOLLIN | Epoll.EPOLLET, TOKEN);
        Sockets.send(left, memory, 0, 1, 0);
        assertEquals(1, epoll.await(10_000));
        assertEquals(1, Sockets.recv(right, memory, 0, 64, Sockets.MSG_PEEK));
        assertEquals(0, epoll.await(0));
        Sockets.send(left, memory, 0, 1, 0);
        assertEquals(1, epoll.await(10_000));
    }

    @Test
    void levelTriggeredReportsItAgain() {
        epoll.add(right, Epoll.EPOLLIN, TOKEN);
        Sockets.send(left, memory, 0, 1, 0);
        assertEquals(1, epoll.await(10_000));
        assertEquals(1, epoll.await(0));
    }

    @Test
    void severalEventsKeepTheirTokensApart() {
        epoll.add(left, Epoll.EPOLLOUT, 1);
        epoll.add(right, Epoll.EPOLLOUT, -2);
        assertEquals(2, epoll.await(10_000));
        assertEquals(-1, epoll.token(0) + epoll.token(1));
        assertEquals(Epoll.EPOLLOUT, epoll.events(1));
    }

    @Test
    void whatIsRemovedIsSilentAndWhatIsModifiedIsReportedAnew() {
        epoll.add(right, Epoll.EPOLLIN | Epoll.EPOLLET, 1);
        assertEquals(-Errno.EEXIST, epoll.add(right, Epoll.EPOLLIN, 1));
        Sockets.send(left, memory, 0, 1, 0);
        assertEquals(1, epoll.await(10_000));
        assertEquals(0, epoll.modify(right, Epoll.EPOLLIN | Epoll.EPOLLET, 2));
        assertEquals(1, epoll.await(10_000));
        assertEquals(2, epoll.token(0));
        assertEquals(0, epoll.remove(right));
        assertEquals(-Errno.ENOENT, epoll.remove(right));
        assertEquals(0, epoll.await(0));
    }

    @Test
    void anotherThreadsSignalWakesTheWaitingOne() throws IOException, InterruptedException {
        try (EventFd wakeUp = EventFd.open()) {
            epoll.add(wakeUp.fd(), Epoll.EPOLLIN, TOKEN);
            assertEquals(0, wakeUp.drain());
            Thread other = Thread.ofPlatform().start(wakeUp::signal);
            assertEquals(1, epoll.await(10_000));
            other.join();
            wakeUp.signal();
            assertEquals(2, wakeUp.drain());
            assertEquals(0, epoll.await(0));
        }
    }

    @Test
    void closedTwiceIsClosedOnce() {
        epoll.close();
        int reused = Descriptors.duplicate(left, epoll.fd());
        assertEquals(epoll.fd(), reused);
        epoll.close();
        assertTrue(Descriptors.isOpen(reused), "a second close must not hit a descriptor of somebody else");
        Descriptors.close(reused);
    }
}
