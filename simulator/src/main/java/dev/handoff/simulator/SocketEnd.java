package dev.handoff.simulator;

import java.util.Arrays;

import dev.handoff.posix.Errno;

/**
 * One end of a connected Unix stream socket. It stays open for as long as anybody holds a descriptor of it, so a parked
 * duplicate keeps it open when its process dies.
 */
final class SocketEnd {

    private static final int INITIAL_BYTES = 256;

    private final World world;
    private final long ownerPid;
    private SocketEnd peer;
    private byte[] queue = new byte[INITIAL_BYTES];
    private int head;
    private int length;
    private int holders;
    private boolean peerGone;
    private boolean reset;
    private boolean shut;
    private boolean interrupted;

    private SimulatedProcess watcher;
    private Runnable onReadable;
    private Runnable onWritable;
    private boolean readablePlanned;
    private boolean writableWanted;

    private SocketEnd(World world, long ownerPid) {
        this.world = world;
        this.ownerPid = ownerPid;
    }

    /** A connected pair; {@code ownerPid} made this end, {@code peerPid} the other. Nobody holds either yet. */
    static SocketEnd pair(World world, long ownerPid, long peerPid) {
        SocketEnd one = new SocketEnd(world, ownerPid);
        SocketEnd other = new SocketEnd(world, peerPid);
        one.peer = other;
        other.peer = one;
        return one;
    }

    SocketEnd peer() {
        return peer;
    }

    /** Who made the other end: the kernel's word, SO_PEERCRED. */
    long peerPid() {
        return peer.ownerPid;
    }

    // ---- Descriptors

    void hold() {
        holders++;
    }

    /** A descriptor was closed; with the last one the socket goes. Closed over unread bytes it resets its peer (unix(7)). */
    void release() {
        holders--;
        if (holders == 0) {
            peer.reset |= length > 0;
            hangUp();
        }
    }

    boolean open() {
        return holders > 0;
    }

    /** shutdown(2) both ways: it reaches the peer whoever else holds a descriptor. */
    void shutdown() {
        shut = true;
        peerGone = true;
        hangUp();
    }

    private void hangUp() {
        if (!peer.peerGone) {
            peer.peerGone = true;
            peer.wakeReader();
            peer.wakeWriter();
        }
    }

    // ---- Reading

    /** Unread bytes. */
    int available() {
        return length;
    }

    /** Copies the first unread bytes and leaves them: so many, 0 at the end, or a negative errno. */
    int peek(byte[] into) {
        if (length == 0) {
            return endOr(-Errno.EAGAIN);
        }
        int count = Math.min(length, into.length);
        System.arraycopy(queue, head, into, 0, count);
        return count;
    }

    private int endOr(int otherwise) {
        if (reset) {
            reset = false;
            return -Errno.ECONNRESET;
        }
        return peerGone ? 0 : otherwise;
    }

    /** Takes that many unread bytes away. */
    void take(int count) {
        if (count > length) {
            throw new IllegalStateException(count + " bytes are taken of " + length);
        }
        head += count;
        length -= count;
        if (length == 0) {
            head = 0;
        }
        peer.wakeWriter();
    }

    /** Takes all unread bytes away. */
    void drop() {
        take(length);
    }

    /** Takes up to {@code most} bytes into {@code into}: so many, 0 at the end, or a negative errno. */
    int read(byte[] into, int most) {
        int count = peek(into);
        if (count <= 0) {
            return count;
        }
        int taken = Math.min(count, most);
        take(taken);
        return taken;
    }

    // ---- Writing

    /** SIOCOUTQ: written here, and not taken by the peer. */
    int bytesUnsent() {
        return peer.length;
    }

    /** Writes a frame whole where there is room for anything, as the kernel does with a small one; 0 or a negative errno. */
    int writeWhole(byte[] bytes, int count) {
        if (shut || peerGone) {
            return -Errno.EPIPE;
        }
        if (peer.length >= world.bufferBytes()) {
            writableWanted = true;
            return -Errno.EAGAIN;
        }
        peer.arrive(bytes, 0, count);
        return count;
    }

    /** Writes as much as the kernel takes now; so many bytes, 0 for none, or a negative errno. */
    int write(byte[] bytes, int offset, int count) {
        if (shut || peerGone) {
            return -Errno.EPIPE;
        }
        int room = world.bufferBytes() - peer.length;
        if (room <= 0 || interrupted) {
            writableWanted = true;
            return 0;
        }
        int taken = world.pieceOf(Math.min(room, count));
        peer.arrive(bytes, offset, taken);
        if (taken < count && taken < room) {
            // The writer's time is up in the middle of a frame; it goes on when it runs again.
            interrupted = true;
            writableWanted = true;
            wakeWriter();
        }
        return taken;
    }

    private void arrive(byte[] bytes, int offset, int count) {
        if (head + length + count > queue.length) {
            byte[] roomier = length + count > queue.length
                    ? Arrays.copyOf(queue, Math.max(queue.length * 2, length + count))
                    : queue;
            System.arraycopy(queue, head, roomier, 0, length);
            queue = roomier;
            head = 0;
        }
        System.arraycopy(bytes, offset, queue, head + length, count);
        length += count;
        wakeReader();
    }

    // ---- Being told

    /** Tells {@code process} when there is something to read, or the end, and when a full socket takes bytes again. */
    void watch(SimulatedProcess process, Runnable readable, Runnable writable) {
        watcher = process;
        onReadable = readable;
        onWritable = writable;
        if (length > 0 || peerGone) {
            wakeReader();
        }
    }

    void unwatch() {
        watcher = null;
    }

    /** Tells the watcher once more, where it left something unread. */
    void remind() {
        if (length > 0 || peerGone) {
            wakeReader();
        }
    }

    private void wakeReader() {
        if (watcher == null || readablePlanned) {
            return;
        }
        readablePlanned = true;
        world.agenda().after(world.wakeUpNs(), () -> {
            readablePlanned = false;
            if (watcher != null) {
                watcher.run(onReadable);
            }
        });
    }

    private void wakeWriter() {
        if (watcher == null || !writableWanted) {
            return;
        }
        writableWanted = false;
        world.agenda().after(world.wakeUpNs(), () -> {
            interrupted = false;
            if (watcher != null) {
                watcher.run(onWritable);
            }
        });
    }
}
