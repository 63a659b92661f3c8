package dev.handoff.posix;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class UnixSocketsTest {

    @TempDir
    private Path directory;
    private final List<String> descriptorsBefore = OpenDescriptors.list();

    @AfterEach
    void leavesNoDescriptorBehind() {
        assertEquals(descriptorsBefore, OpenDescriptors.list());
    }

    @Test
    void connectsAndAcceptsAndKnowsThePeer() throws IOException {
        // Any test directory: where it is deep already, this takes the detour.
        connectsAt(directory.resolve("control.sock"));
    }

    @Test
    void aPathLongerThanTheAddressTakesWorks() throws IOException {
        Path deep = Files.createDirectories(directory.resolve("d".repeat(100)).resolve("e".repeat(200)));
        connectsAt(deep.resolve("control.sock"));
    }

    @Test
    void pathsAroundTheLimitWork() throws IOException {
        Path root = Files.createTempDirectory(Path.of("/tmp"), "h");
        try {
            for (int length = UnixSockets.MAX_PATH_BYTES - 1; length <= UnixSockets.MAX_PATH_BYTES + 2; length++) {
                int left = length - root.toString().length() - "/x/s".length();
                Path parent = Files.createDirectories(root.resolve("x" + "y".repeat(left)));
                Path path = parent.resolve("s");
                assertEquals(length, path.toString().length());
                connectsAt(path);
                Files.delete(path);
                Files.delete(parent);
            }
        } finally {
            Files.delete(root);
        }
    }

    @Test
    void knowsWhereAListenerIsBound() {
        Path shortPath = Path.of("/tmp", "h" + Processes.ownPid());
        int listener = UnixSockets.listen(shortPath, 1);
        assertEquals(Optional.of(shortPath), UnixSockets.localPath(listener));
        Descriptors.close(listener);
        assertTrue(shortPath.toFile().delete());

        long pair = UnixSockets.socketPair();
        assertEquals(Optional.empty(), UnixSockets.localPath(Descriptors.low(pair)));
        Descriptors.close(Descriptors.low(pair));
        Descriptors.close(Descriptors.high(pair));
        assertEquals(Optional.empty(), UnixSockets.localPath(-1));
    }

    @Test
    void aNameTooLongForEvenTheDetourIsSaid() {
        assertEquals(-Errno.ENAMETOOLONG, UnixSockets.listen(directory.resolve("n".repeat(110)), 1));
        assertEquals(-Errno.ENAMETOOLONG, UnixSockets.connect(directory.resolve("n".repeat(110))));
        assertEquals(-Errno.ENOENT, UnixSockets.listen(directory.resolve("m".repeat(110)).resolve("s"), 1));
    }

    private void connectsAt(Path path) {
        int listener = UnixSockets.listen(path, 8);
        assertTrue(listener >= 0, () -> Errno.message(listener));
        assertTrue(Files.exists(path));
        int client = UnixSockets.connect(path);
        assertTrue(client >= 0, () -> Errno.message(client));
        int server = UnixSockets.accept(listener);
        assertTrue(server >= 0, () -> Errno.message(server));

        PeerCredentials peer = new PeerCredentials();
        assertEquals(0, UnixSockets.peerCredentials(server, peer));
        assertEquals(Processes.ownPid(), peer.pid());
        assertTrue(peer.uid() >= 0 && peer.gid() >= 0);
        for (int fd : new int[]{listener, client, server}) {
            assertEquals(1, Descriptors.isCloseOnExec(fd));
            Descriptors.close(fd);
        }
    }

    @Test
    void anExistingFileIsNeverRemoved() {
        Path path = directory.resolve("s");
        int first = UnixSockets.listen(path, 1);
        assertEquals(-Errno.EADDRINUSE, UnixSockets.listen(path, 1));
        Descriptors.close(first);
        assertEquals(-Errno.EADDRINUSE, UnixSockets.listen(path, 1));
        assertEquals(-Errno.ECONNREFUSED, UnixSockets.connect(path));
        assertEquals(-Errno.ENOENT, UnixSockets.connect(directory.resolve("none")));
    }

    @Test
    void aNonBlockingListenerWithNobodyWaitingAnswersEagain() {
        int listener = UnixSockets.listen(directory.resolve("s"), 1);
        assertEquals(0, Sockets.setNonBlocking(listener, true));
        assertEquals(-Errno.EAGAIN, UnixSockets.accept(listener));
        Descriptors.close(listener);
    }

    @Test
    void aListenerSharedByADuplicateKeepsItsQueue() {
        Path path = directory.resolve("s");
        int listener = UnixSockets.listen(path, 4);
        int duplicate = Descriptors.duplicate(listener, 3);
        int client = UnixSockets.connect(path);
        Descriptors.close(listener);
        int server = UnixSockets.accept(duplicate);
        assertTrue(server >= 0);
        close(duplicate, client, server);
    }

    @Test
    void datagramsKeepTheirBoundariesAndMayCarryDescriptors() {
        Path path = directory.resolve("notify");
        int receiver = UnixSockets.bindDatagram(path);
        assertTrue(receiver >= 0, () -> Errno.message(receiver));
        int sender = UnixSockets.connectDatagram(path);
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment memory = arena.allocate(64);
            assertEquals(10, Sockets.send(sender, memory, 0, 10, 0));
            assertEquals(3, Sockets.sendDescriptors(sender, new byte[3], sender));
            assertEquals(10, Sockets.recv(receiver, memory, 0, 4, Sockets.MSG_TRUNC), "its real length");
            int[] fds = new int[1];
            Sockets.Received received = Sockets.receiveDescriptors(receiver, memory.asSlice(0, 2), fds);
            assertEquals(new Sockets.Received(2, 1, false, true), received);
            close(fds[0], receiver, sender);
        }
    }

    @Test
    void aDatagramTellsItsSenderBesideItsDescriptors() {
        Path path = directory.resolve("notify");
        int receiver = UnixSockets.bindDatagram(path);
        assertEquals(0, Sockets.setPassCredentials(receiver, true));
        int sender = UnixSockets.connectDatagram(path);
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment memory = arena.allocate(64);
            PeerCredentials from = new PeerCredentials();
            assertEquals(3, Sockets.sendDescriptors(sender, new byte[3], sender, receiver));
            int[] fds = {-1, -1};
            assertEquals(new Sockets.Received(3, 2, false, false),
                    Sockets.receiveDescriptors(receiver, memory, fds, 0, from));
            assertEquals(Processes.ownPid(), from.pid());
            assertTrue(from.uid() >= 0 && from.gid() >= 0);
            assertEquals(1, Descriptors.isCloseOnExec(fds[1]));
            close(fds);

            // One descriptor more than there is room for: the credentials' space must not be taken for it.
            assertEquals(1, Sockets.sendDescriptors(sender, new byte[1], sender, sender));
            int[] one = {-1};
            assertEquals(new Sockets.Received(1, 1, true, false),
                    Sockets.receiveDescriptors(receiver, memory, one, Sockets.MSG_PEEK, from));
            close(one);
            assertEquals(new Sockets.Received(1, 0, true, false),
                    Sockets.receiveDescriptors(receiver, memory, new int[0], 0, from));
            assertEquals(Processes.ownPid(), from.pid());

            assertEquals(-Errno.EAGAIN,
                    Sockets.receiveDescriptors(receiver, memory, fds, Sockets.MSG_DONTWAIT, from).length());
            assertEquals(0, from.pid(), "nobody sent nothing");
        }
        close(receiver, sender);
    }

    @Test
    void abstractNamesNeedNoFile() {
        String name = "@handoff-test-" + Processes.ownPid();
        int receiver = UnixSockets.bindDatagram(Path.of(name));
        int sender = UnixSockets.connectDatagram(Path.of(name));
        assertTrue(sender >= 0, () -> Errno.message(sender));
        assertTrue(Files.notExists(Path.of(name)));
        close(receiver, sender);
    }

    private static void close(int... fds) {
        for (int fd : fds) {
            assertEquals(0, Descriptors.close(fd));
        }
    }
}
