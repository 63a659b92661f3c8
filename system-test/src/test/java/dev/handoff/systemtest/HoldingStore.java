package dev.handoff.systemtest;

import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

import dev.handoff.posix.Descriptors;
import dev.handoff.posix.Errno;
import dev.handoff.posix.Sockets;
import dev.handoff.posix.UnixSockets;

/** The store's side of sd_notify, for coordinators that a test starts and kills itself. */
final class HoldingStore implements AutoCloseable {

    private static final String STOP = "STOP";

    private final Path socket;
    private final int receiver;
    private final Thread thread;
    private final Map<String, Integer> held = new LinkedHashMap<>();
    private int ready;

    HoldingStore(Path socket) {
        this.socket = socket;
        this.receiver = UnixSockets.bindDatagram(socket);
        assertTrue(receiver >= 0, () -> Errno.message(receiver));
        this.thread = Thread.ofPlatform().name("holding-store").start(this::receive);
    }

    Path socket() {
        return socket;
    }

    /** What is parked, by name. */
    synchronized Map<String, Integer> held() {
        return new LinkedHashMap<>(held);
    }

    /** As if the store had lost it. */
    synchronized void lose(String name) {
        Integer fd = held.remove(name);
        if (fd != null) {
            Descriptors.close(fd);
        }
    }

    /** Waits until a coordinator has said so many times in all that it is ready. */
    synchronized void awaitReady(int times) throws InterruptedException {
        long endNs = System.nanoTime() + Rig.PATIENCE_MS * 1_000_000;
        while (ready < times) {
            long leftMs = (endNs - System.nanoTime()) / 1_000_000;
            assertTrue(leftMs > 0, "the coordinator did not get ready");
            wait(leftMs);
        }
    }

    synchronized int ready() {
        return ready;
    }

    private void receive() {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment buffer = arena.allocate(4096);
            int[] fds = new int[4];
            while (true) {
                Sockets.Received received = Sockets.receiveDescriptors(receiver, buffer, fds, 0);
                if (received.length() < 0) {
                    continue;
                }
                byte[] bytes = new byte[received.length()];
                MemorySegment.copy(buffer, ValueLayout.JAVA_BYTE, 0, bytes, 0, bytes.length);
                String text = new String(bytes, StandardCharsets.UTF_8);
                if (text.equals(STOP)) {
                    return;
                }
                List<Integer> descriptors = new ArrayList<>();
                for (int i = 0; i < received.count(); i++) {
                    descriptors.add(fds[i]);
                }
                take(text.lines().toList(), descriptors);
            }
        }
    }

    private synchronized void take(List<String> lines, List<Integer> descriptors) {
        String name = lines.stream().filter(line -> line.startsWith("FDNAME=")).map(line -> line.substring(7))
                .findFirst()
                .orElse("");
        if (lines.contains("FDSTORE=1")) {
            lose(name);
            held.put(name, descriptors.getFirst());
            return;
        }
        if (lines.contains("FDSTOREREMOVE=1")) {
            lose(name);
        }
        if (lines.contains("READY=1")) {
            ready++;
            notifyAll();
        }
        // The barrier's answer is that its pipe is closed.
        descriptors.forEach(Descriptors::close);
    }

    @Override
    public void close() {
        int fd = UnixSockets.connectDatagram(socket);
        Sockets.sendDescriptors(fd, STOP.getBytes(StandardCharsets.UTF_8));
        Descriptors.close(fd);
        try {
            thread.join();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        Descriptors.close(receiver);
        held().keySet().forEach(this::lose);
    }
}
