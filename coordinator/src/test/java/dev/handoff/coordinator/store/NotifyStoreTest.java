package dev.handoff.coordinator.store;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

import dev.handoff.posix.Descriptors;
import dev.handoff.posix.Errno;
import dev.handoff.posix.Processes;
import dev.handoff.posix.Sockets;
import dev.handoff.posix.UnixSockets;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What is said to a notify socket, whose other end is the test's. */
class NotifyStoreTest {

    private static final int RECEIVE_MS = 30_000;

    @TempDir
    private Path directory;
    private Path socket;
    private int receiver;

    @BeforeEach
    void bind() {
        socket = directory.resolve("notify");
        receiver = UnixSockets.bindDatagram(socket);
        assertTrue(receiver >= 0, () -> Errno.message(receiver));
        assertEquals(0, Sockets.setReceiveTimeoutMs(receiver, RECEIVE_MS));
    }

    @AfterEach
    void close() {
        Descriptors.close(receiver);
    }

    /** A datagram and the one descriptor that came with it, or -1. */
    private record Message(String text, int fd) {}

    @Test
    void isParkedOnlyOnceTheBarrierWasAnswered() throws Exception {
        DescriptorStore store = store(Map.of());
        long pipe = Descriptors.pipe();
        CompletableFuture<Integer> parked = CompletableFuture
                .supplyAsync(() -> store.park("incumbent.kv.1", Descriptors.low(pipe)));

        Message stored = receive();
        assertEquals("FDSTORE=1\nFDNAME=incumbent.kv.1\nFDPOLL=0", stored.text());
        Message barrier = receive();
        assertEquals("BARRIER=1", barrier.text());
        assertFalse(parked.isDone());

        Descriptors.close(barrier.fd());
        assertEquals(0, parked.get(RECEIVE_MS, TimeUnit.MILLISECONDS));
        Descriptors.close(stored.fd());
        Descriptors.close(Descriptors.low(pipe));
        Descriptors.close(Descriptors.high(pipe));
    }

    @Test
    void aKeeperThatIsFullSaysSoBeforeItAnswers() throws Exception {
        DescriptorStore store = store(Map.of());
        CompletableFuture<Integer> parked = CompletableFuture.supplyAsync(() -> store.park("a", receiver));
        Descriptors.close(receive().fd());
        Message barrier = receive();
        try (Arena arena = Arena.ofConfined()) {
            assertEquals(1, Descriptors.write(barrier.fd(), arena.allocate(1), 0, 1));
        }
        Descriptors.close(barrier.fd());
        assertEquals(-Errno.ENOSPC, parked.get(RECEIVE_MS, TimeUnit.MILLISECONDS));
    }

    @Test
    void aStoreThatTellsItsLimitIsNotOverfilled() throws Exception {
        DescriptorStore store = store(Map.of("FDSTORE", "1"));
        assertEquals(0, parkAnswered(store, "a"));
        assertEquals(-Errno.ENOSPC, store.park("b", receiver));
        assertEquals(0, parkAnswered(store, "a"), "the same name takes no second place");
        store.remove("a");
        assertEquals("FDSTOREREMOVE=1\nFDNAME=a", receive().text());
        assertEquals(0, parkAnswered(store, "b"));
    }

    @Test
    void aStoreThatIsGoneIsAnErrno() {
        DescriptorStore store = store(Map.of());
        Descriptors.close(receiver);
        assertEquals(-Errno.ECONNREFUSED, store.park("a", 0));
        store.ready();
        receiver = UnixSockets.bindDatagram(directory.resolve("another"));
    }

    @Test
    void namesThatLaterCouldNotBeToldApartAreRefused() {
        DescriptorStore store = store(Map.of());
        for (String name : List.of("", "a:b", "a\nb", "é", "n".repeat(FdName.MAX_LENGTH + 1))) {
            assertEquals(-Errno.EINVAL, store.park(name, receiver), name);
        }
        assertTrue(FdName.isValid("listener.kv.a b/c" + "n".repeat(200)));
        assertEquals(-Errno.EAGAIN, peek().length());
    }

    @Test
    void tellsTheRestInOneLineEach() {
        DescriptorStore store = store(Map.of());
        store.hold(2_500);
        store.status("serving\nkv");
        store.ready();
        assertEquals("X_HANDOFF_HOLD_MS=2500", receive().text());
        assertEquals("STATUS=serving kv", receive().text());
        assertEquals("READY=1", receive().text());
    }

    @Test
    void takesWhatIsHandedBackToThisProcess() {
        // Descriptor 3 of any JVM is its own image of the modules, which no child of ours needs.
        String own = Integer.toString(Processes.ownPid());
        Map<String, String> mine = Map.of("LISTEN_FDS", "1", "LISTEN_FDNAMES", "listener.kv.main", "LISTEN_PID", own);
        assertEquals(List.of(new Parked("listener.kv.main", 3)), store(mine).handedBack());
        assertEquals(1, Descriptors.isCloseOnExec(3));
        assertEquals(List.of(), store(Map.of()).handedBack());
    }

    @Test
    void takesNothingThatDoesNotFit() {
        String own = Integer.toString(Processes.ownPid());
        for (Map<String, String> unfit : List.of(
                Map.of("LISTEN_FDS", "1", "LISTEN_FDNAMES", "a", "LISTEN_PID", "1"),
                Map.of("LISTEN_FDS", "1", "LISTEN_FDNAMES", "a"),
                Map.of("LISTEN_FDS", "2", "LISTEN_FDNAMES", "a", "LISTEN_PID", own),
                Map.of("LISTEN_FDS", "1", "LISTEN_PID", own),
                Map.of("LISTEN_FDS", "one", "LISTEN_FDNAMES", "a", "LISTEN_PID", own),
                Map.of("LISTEN_FDS", "1", "LISTEN_FDNAMES", "a", "LISTEN_PID", own, "NOTIFY_SOCKET", "vsock:2:1"))) {
            assertEquals(List.of(), store(unfit).handedBack(), unfit.toString());
        }
    }

    @Test
    void withoutANotifySocketNothingIsKeptAndThatIsSaid() {
        DescriptorStore store = DescriptorStores.fromEnvironment(Map.of());
        assertEquals(0, store.park("a", receiver));
        store.remove("a");
        store.ready();
        assertEquals(List.of(), store.handedBack());
        assertTrue(store.describe().startsWith("no descriptor store"), store.describe());
    }

    private DescriptorStore store(Map<String, String> environment) {
        Map<String, String> all = new HashMap<>(Map.of("NOTIFY_SOCKET", socket.toString()));
        all.putAll(environment);
        return DescriptorStores.fromEnvironment(all);
    }

    private int parkAnswered(DescriptorStore store, String name) throws Exception {
        CompletableFuture<Integer> parked = CompletableFuture.supplyAsync(() -> store.park(name, receiver));
        Descriptors.close(receive().fd());
        Descriptors.close(receive().fd());
        return parked.get(RECEIVE_MS, TimeUnit.MILLISECONDS);
    }

    private Sockets.Received peek() {
        try (Arena arena = Arena.ofConfined()) {
            return Sockets.receiveDescriptors(receiver, arena.allocate(64), new int[0], Sockets.MSG_DONTWAIT);
        }
    }

    private Message receive() {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment buffer = arena.allocate(1024);
            int[] fds = {-1};
            Sockets.Received received = Sockets.receiveDescriptors(receiver, buffer, fds);
            assertTrue(received.length() > 0, () -> Errno.message(received.length()));
            byte[] bytes = buffer.asSlice(0, received.length()).toArray(ValueLayout.JAVA_BYTE);
            return new Message(new String(bytes, StandardCharsets.UTF_8), fds[0]);
        }
    }
}
