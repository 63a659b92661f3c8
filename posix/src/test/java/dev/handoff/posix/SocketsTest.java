package dev.handoff.posix;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class SocketsTest {

    private static final int CAPACITY = 4096;

    private Arena arena;
    private MemorySegment memory;
    private int left;
    private int right;

    @BeforeEach
    void connect() {
        arena = Arena.ofConfined();
        memory = arena.allocate(CAPACITY);
        long pair = UnixSockets.socketPair();
        assertTrue(pair >= 0);
        left = Descriptors.low(pair);
        right = Descriptors.high(pair);
    }

    @AfterEach
    void close() {
        arena.close();
        Descriptors.close(left);
        Descriptors.close(right);
    }

    @Test
    void receivesWhatWasSent() {
        assertEquals(5, send(left, "hello"));
        assertEquals("hello", receive(right, 0));
    }

    @Test
    void peekedBytesStayQueued() {
        send(left, "hello");
        assertEquals("hello", receive(right, Sockets.MSG_PEEK));
        assertEquals(5, Sockets.bytesUnread(right));
        assertEquals("hello", receive(right, 0));
        assertEquals(0, Sockets.bytesUnread(right));
    }

    @Test
    void anEmptySocketAnswersEagainWhenAskedNotToWait() {
        assertEquals(-Errno.EAGAIN, Sockets.recv(right, memory, 0, CAPACITY, Sockets.MSG_DONTWAIT));
    }

    @Test
    void aNonBlockingSocketAnswersEagain() {
        assertEquals(0, Sockets.setNonBlocking(right, true));
        assertEquals(-Errno.EAGAIN, Sockets.recv(right, memory, 0, CAPACITY, 0));
        assertEquals(0, Sockets.setNonBlocking(right, false));
        assertEquals(0, Sockets.setReceiveTimeoutMs(right, 1));
        assertEquals(-Errno.EAGAIN, Sockets.recv(right, memory, 0, CAPACITY, 0));
    }

    @Test
    void unsentBytesReachZeroOnlyWhenThePeerHasTakenThem() {
        assertEquals(0, Sockets.bytesUnsent(left));
        send(left, "hello");
        assertTrue(Sockets.bytesUnsent(left) > 0);
        receive(right, Sockets.MSG_PEEK);
        assertTrue(Sockets.bytesUnsent(left) > 0, "a peek takes nothing");
        receive(right, 0);
        assertEquals(0, Sockets.bytesUnsent(left));
    }

    @Test
    void sendingToAClosedPeerIsEpipeAndNotASignal() {
        Descriptors.close(right);
        assertEquals(-Errno.EPIPE, send(left, "x"));
    }

    @Test
    void aPeerThatClosesWithUnreadBytesResetsTheStream() {
        send(left, "never read");
        Descriptors.close(right);
        assertEquals(-Errno.ECONNRESET, Sockets.recv(left, memory, 0, CAPACITY, 0));
        assertEquals(0, Sockets.recv(left, memory, 0, CAPACITY, 0));
    }

    @Test
    void aBlockedSendFailsAfterItsTimeout() {
        assertEquals(0, Sockets.setSendTimeoutMs(left, 20));
        int sent;
        do {
            sent = Sockets.send(left, memory, 0, CAPACITY, 0);
        } while (sent > 0);
        assertEquals(-Errno.EAGAIN, sent);
    }

    @Test
    void shutdownReachesThePeerThoughADuplicateIsHeld() {
        int duplicate = Descriptors.duplicate(left, 3);
        assertEquals(0, Sockets.shutdown(left, Sockets.SHUT_RDWR));
        assertEquals(0, Sockets.recv(right, memory, 0, CAPACITY, 0));
        Descriptors.close(duplicate);
    }

    @Test
    void aCloseDoesNotReachThePeerWhileADuplicateIsHeld() {
        int duplicate = Descriptors.duplicate(left, 3);
        Descriptors.close(left);
        assertEquals(-Errno.EAGAIN, Sockets.recv(right, memory, 0, CAPACITY, Sockets.MSG_DONTWAIT));
        Descriptors.close(duplicate);
        assertEquals(0, Sockets.recv(right, memory, 0, CAPACITY, Sockets.MSG_DONTWAIT));
    }

    @Test
    void pollSaysWhatHolds() {
        assertEquals(0, Sockets.poll(right, Sockets.POLLIN, 0));
        send(left, "x");
        assertEquals(Sockets.POLLIN, Sockets.poll(right, Sockets.POLLIN, 10_000));
        assertEquals(Sockets.POLLOUT, Sockets.poll(left, Sockets.POLLIN | Sockets.POLLOUT, 0));
        Descriptors.close(left);
        assertEquals(Sockets.POLLIN | Sockets.POLLRDHUP | Sockets.POLLHUP,
                Sockets.poll(right, Sockets.POLLIN | Sockets.POLLRDHUP, 10_000));
    }

    @Test
    void refusesMemoryThatTheKernelCannotOrMustNotReach() {
        MemorySegment heap = MemorySegment.ofArray(new byte[8]);
        assertThrows(IllegalArgumentException.class, () -> Sockets.recv(left, heap, 0, 8, 0));
        assertThrows(IndexOutOfBoundsException.class, () -> Sockets.recv(left, memory, 1, CAPACITY, 0));
        assertThrows(IndexOutOfBoundsException.class, () -> Sockets.send(left, memory, -1, 1, 0));
    }

    @Test
    void aBadDescriptorIsAValueNotAnException() {
        Descriptors.close(left);
        assertEquals(-Errno.EBADF, Sockets.recv(left, memory, 0, 1, 0));
        assertEquals(-Errno.EBADF, Sockets.bytesUnsent(left));
        assertEquals(-Errno.EBADF, Descriptors.close(left));
        assertEquals(Sockets.POLLNVAL, Sockets.poll(left, Sockets.POLLIN, 0));
    }

    @Test
    void passedDescriptorsAreCloseOnExecAndReferToTheSameFile() {
        long pipe = Descriptors.pipe();
        byte[] bytes = "two".getBytes(StandardCharsets.US_ASCII);
        assertEquals(3, Sockets.sendDescriptors(left, bytes, Descriptors.low(pipe), Descriptors.high(pipe)));
        Descriptors.close(Descriptors.low(pipe));
        Descriptors.close(Descriptors.high(pipe));

        int[] fds = new int[2];
        Sockets.Received received = Sockets.receiveDescriptors(right, memory, fds);
        assertEquals(new Sockets.Received(3, 2, false, false), received);
        assertEquals("two", text(3));
        assertEquals(1, Descriptors.isCloseOnExec(fds[0]));
        assertEquals(1, Descriptors.isCloseOnExec(fds[1]));
        memory.set(ValueLayout.JAVA_BYTE, 0, (byte) 'p');
        assertEquals(1, Descriptors.write(fds[1], memory, 0, 1));
        assertEquals(1, Descriptors.read(fds[0], memory, 1, 1));
        assertEquals('p', memory.get(ValueLayout.JAVA_BYTE, 1));
        Descriptors.close(fds[0]);
        Descriptors.close(fds[1]);
    }

    @Test
    void descriptorsBeyondTheArrayAreLostAndSaidSoAndDoNotLeak() {
        int open = Processes.fdCount(Processes.ownPid());
        int[] sources = new int[5];
        for (int i = 0; i < sources.length; i++) {
            sources[i] = Descriptors.duplicate(left, 3);
        }
        assertEquals(1, Sockets.sendDescriptors(left, new byte[1], sources));
        for (int source : sources) {
            Descriptors.close(source);
        }
        int[] fds = new int[3];
        Sockets.Received received = Sockets.receiveDescriptors(right, memory, fds);
        assertEquals(new Sockets.Received(1, 3, true, false), received);
        for (int fd : fds) {
            assertTrue(Descriptors.isOpen(fd));
            Descriptors.close(fd);
        }
        assertEquals(open, Processes.fdCount(Processes.ownPid()));
    }

    @Test
    void asManyDescriptorsAsTheKernelAllowsGoWithOneMessage() {
        int[] sources = new int[Sockets.MAX_DESCRIPTORS];
        Arrays.fill(sources, left);
        assertEquals(1, Sockets.sendDescriptors(left, new byte[1], sources));
        int[] fds = new int[Sockets.MAX_DESCRIPTORS];
        Sockets.Received received = Sockets.receiveDescriptors(right, memory, fds);
        assertEquals(Sockets.MAX_DESCRIPTORS, received.count());
        assertFalse(received.descriptorsLost());
        for (int fd : fds) {
            assertEquals(0, Descriptors.close(fd));
        }
        assertEquals(-Errno.EINVAL, Sockets.sendDescriptors(left, new byte[1], new int[Sockets.MAX_DESCRIPTORS + 1]));
    }

    @Test
    void bytesWithoutDescriptorsAreReceivedAsSuch() {
        send(left, "plain");
        assertEquals(new Sockets.Received(5, 0, false, false), Sockets.receiveDescriptors(right, memory, new int[4]));
        assertEquals(-Errno.EAGAIN,
                Sockets.receiveDescriptors(right, memory, new int[0], Sockets.MSG_DONTWAIT).length());
        Descriptors.close(left);
        assertEquals(0, Sockets.receiveDescriptors(right, memory, new int[4]).length());
    }

    private int send(int fd, String text) {
        byte[] bytes = text.getBytes(StandardCharsets.US_ASCII);
        MemorySegment.copy(bytes, 0, memory, ValueLayout.JAVA_BYTE, 0, bytes.length);
        int sent = Sockets.send(fd, memory, 0, bytes.length, 0);
        memory.fill((byte) 0);
        return sent;
    }

    private String receive(int fd, int flags) {
        int length = Sockets.recv(fd, memory, 0, CAPACITY, flags);
        assertTrue(length >= 0, () -> Errno.message(length));
        return text(length);
    }

    private String text(int length) {
        byte[] bytes = new byte[length];
        MemorySegment.copy(memory, ValueLayout.JAVA_BYTE, 0, bytes, 0, length);
        assertArrayEquals(bytes, memory.asSlice(0, length).toArray(ValueLayout.JAVA_BYTE));
        return new String(bytes, StandardCharsets.US_ASCII);
    }
}
