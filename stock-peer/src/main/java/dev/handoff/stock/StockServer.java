package dev.handoff.stock;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.TimeUnit;

import dev.handoff.posix.Descriptors;
import dev.handoff.posix.Epoll;
import dev.handoff.posix.Errno;
import dev.handoff.posix.EventFd;
import dev.handoff.posix.Processes;
import dev.handoff.posix.Sockets;
import dev.handoff.posix.UnixSockets;

/**
 * Serves the log on inherited listeners, TCP or Unix, a thread a connection. One line in, one line out:
 *
 * <pre>
 *   APPEND text   -> OK revision     once it is on disk;  ERR sealed  after the seal
 *   COUNT         -> revision of the last line
 *   GET revision  -> text            or  NONE
 *   PID           -> the daemon's pid
 * </pre>
 */
public final class StockServer {

    private static final int BUFFER_BYTES = 4096;
    private static final long WAKE_UP = -1;

    private final List<Integer> listeners;
    private final StockLog log;
    private Thread acceptor;
    private EventFd stop;
    private final Object connectionsLock = new Object();
    private int connections;

    /** On these listening descriptors, which stay the caller's; it does not accept yet. */
    public StockServer(List<Integer> listeners, StockLog log) {
        this.listeners = List.copyOf(listeners);
        this.log = log;
        for (int listener : this.listeners) {
            // Two generations poll the same listener: whoever comes second to a connection must not hang in accept.
            Sockets.setNonBlocking(listener, true);
        }
    }

    /** Accepts, unless it does already. */
    public synchronized void start() {
        if (acceptor == null) {
            try {
                stop = EventFd.open();
                Epoll epoll = Epoll.open(8);
                epoll.add(stop.fd(), Epoll.EPOLLIN, WAKE_UP);
                listeners.forEach(listener -> epoll.add(listener, Epoll.EPOLLIN, listener));
                acceptor = Thread.ofPlatform().name("accept").start(() -> accept(epoll));
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
    }

    /** Accepts no more and gives the open connections {@code graceMs} to end: how many are left. */
    public synchronized int drain(long graceMs) {
        if (acceptor != null) {
            stop.signal();
            joinAcceptor();
            stop.close();
            acceptor = null;
        }
        long end = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(Math.min(graceMs, Integer.MAX_VALUE));
        synchronized (connectionsLock) {
            try {
                for (long left = end - System.nanoTime(); connections > 0 && left > 0; left = end - System.nanoTime()) {
                    TimeUnit.NANOSECONDS.timedWait(connectionsLock, left);
                }
            } catch (InterruptedException e) {
                throw new IllegalStateException("nobody interrupts a hook", e);
            }
            return connections;
        }
    }

    private void joinAcceptor() {
        try {
            acceptor.join();
        } catch (InterruptedException e) {
            throw new IllegalStateException("nobody interrupts a hook", e);
        }
    }

    private void accept(Epoll epoll) {
        try (epoll) {
            while (true) {
                int ready = epoll.await(-1);
                for (int i = 0; i < ready; i++) {
                    if (epoll.token(i) == WAKE_UP) {
                        return;
                    }
                    int fd = UnixSockets.accept((int) epoll.token(i));
                    if (fd >= 0) {
                        connected(1);
                        Thread.ofPlatform().name("connection").daemon().start(() -> serve(fd));
                    }
                }
            }
        }
    }

    private void connected(int change) {
        // Not this object's monitor: drain holds that while it joins the acceptor, which comes through here.
        synchronized (connectionsLock) {
            connections += change;
            connectionsLock.notifyAll();
        }
    }

    private void serve(int fd) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment memory = arena.allocate(BUFFER_BYTES);
            StringBuilder input = new StringBuilder();
            int count = Sockets.recv(fd, memory, 0, BUFFER_BYTES, 0);
            while (count > 0 || count == -Errno.EINTR) {
                byte[] bytes = memory.asSlice(0, Math.max(count, 0)).toArray(ValueLayout.JAVA_BYTE);
                input.append(new String(bytes, StandardCharsets.ISO_8859_1));
                for (int end = input.indexOf("\n"); end >= 0; end = input.indexOf("\n")) {
                    String line = input.substring(0, end);
                    input.delete(0, end + 1);
                    byte[] reply = (answer(line) + "\n").getBytes(StandardCharsets.ISO_8859_1);
                    send(fd, arena, reply);
                }
                count = Sockets.recv(fd, memory, 0, BUFFER_BYTES, 0);
            }
        } finally {
            Descriptors.close(fd);
            connected(-1);
        }
    }

    private String answer(String line) {
        String[] words = line.strip().split(" ", 2);
        return switch (words[0]) {
            case "APPEND" -> {
                long revision = log.append(words.length > 1 ? words[1] : "");
                yield revision > 0 ? "OK " + revision : "ERR sealed";
            }
            case "COUNT" -> Long.toString(log.revision());
            case "GET" -> get(words);
            case "PID" -> Integer.toString(Processes.ownPid());
            default -> "ERR unknown command";
        };
    }

    private String get(String[] words) {
        List<String> lines = log.lines();
        try {
            int revision = words.length > 1 ? Integer.parseInt(words[1]) : 0;
            return revision >= 1 && revision <= lines.size() ? lines.get(revision - 1) : "NONE";
        } catch (NumberFormatException e) {
            return "ERR " + words[1] + " is no revision";
        }
    }

    private static void send(int fd, Arena arena, byte[] bytes) {
        MemorySegment memory = arena.allocate(bytes.length);
        MemorySegment.copy(bytes, 0, memory, ValueLayout.JAVA_BYTE, 0, bytes.length);
        int sent = 0;
        while (sent < bytes.length) {
            int count = Sockets.send(fd, memory, sent, bytes.length - sent, 0);
            if (count < 0 && count != -Errno.EINTR) {
                return;
            }
            sent += Math.max(count, 0);
        }
    }
}
