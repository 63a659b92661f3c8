package dev.handoff.cli.demo;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** A server that answers the demo's clients as a test wants it: honestly, unless told otherwise. */
final class FakeStore implements AutoCloseable {

    /** Closes the connection instead of a reply. */
    static final String HANG_UP = "";

    /** Answers one request with the bytes of a reply, or {@link #HANG_UP}. */
    @FunctionalInterface
    interface Behaviour {
        String answer(FakeStore store, List<String> request);
    }

    private final ServerSocket listener;
    private final Behaviour behaviour;
    private final Thread thread;
    final Map<String, String> data = new HashMap<>();
    /** Requests of this kind seen so far, the current one included. */
    final Map<String, Integer> seen = new HashMap<>();

    private FakeStore(Behaviour behaviour) throws IOException {
        this.behaviour = behaviour;
        listener = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
        thread = Thread.ofVirtual().start(this::serve);
    }

    static FakeStore honest() throws IOException {
        return new FakeStore(FakeStore::honestly);
    }

    static FakeStore behaving(Behaviour behaviour) throws IOException {
        return new FakeStore(behaviour);
    }

    InetSocketAddress address() {
        return (InetSocketAddress) listener.getLocalSocketAddress();
    }

    String honestly(List<String> request) {
        return switch (request.getFirst()) {
            case "SET" -> {
                data.put(request.get(1), request.get(2));
                yield "+OK\r\n";
            }
            case "GET" -> bulk(data.get(request.get(1)));
            case "INCR" -> {
                String count = data.merge(request.get(1), "1",
                        (old, one) -> Long.toString(Long.parseLong(old) + Long.parseLong(one)));
                yield ":" + count + "\r\n";
            }
            default -> throw new AssertionError("the demo's clients do not ask for " + request);
        };
    }

    static String bulk(String value) {
        return value == null ? "$-1\r\n" : "$" + value.length() + "\r\n" + value + "\r\n";
    }

    private void serve() {
        while (true) {
            try (Socket socket = listener.accept()) {
                socket.setTcpNoDelay(true);
                converse(socket);
            } catch (SocketException e) {
                if (listener.isClosed()) {
                    return;
                }
            } catch (IOException e) {
                throw new AssertionError(e);
            }
        }
    }

    private void converse(Socket socket) throws IOException {
        BufferedReader in = new BufferedReader(new InputStreamReader(socket.getInputStream(), StandardCharsets.UTF_8));
        for (String line = in.readLine(); line != null; line = in.readLine()) {
            List<String> request = new ArrayList<>();
            for (int i = Integer.parseInt(line.substring(1)); i > 0; i--) {
                in.readLine(); // its length; none of the demo's arguments has a line break
                request.add(in.readLine());
            }
            seen.merge(request.getFirst(), 1, Integer::sum);
            String reply = behaviour.answer(this, request);
            if (reply.equals(HANG_UP)) {
                return;
            }
            socket.getOutputStream().write(reply.getBytes(StandardCharsets.UTF_8));
        }
    }

    @Override
    public void close() throws IOException {
        listener.close();
        try {
            thread.join();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
