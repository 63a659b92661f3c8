package dev.handoff.cli.demo;

import java.io.BufferedInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.List;

/** One connection to the daemon. The caller's thread. */
final class RespConnection implements AutoCloseable {

    private static final int MAX_BULK_BYTES = 1 << 20;

    private final Socket socket;
    private final InputStream in;

    private RespConnection(Socket socket) throws IOException {
        this.socket = socket;
        this.in = new BufferedInputStream(socket.getInputStream(), 4096);
    }

    /** Connects. {@code timeoutMs} bounds this, and each wait for bytes of a reply. */
    static RespConnection open(InetSocketAddress address, int timeoutMs) throws IOException {
        Socket socket = new Socket();
        boolean opened = false;
        try {
            socket.setTcpNoDelay(true);
            socket.setSoTimeout(timeoutMs);
            socket.connect(address, timeoutMs);
            RespConnection connection = new RespConnection(socket);
            opened = true;
            return connection;
        } finally {
            if (!opened) {
                socket.close();
            }
        }
    }

    /** Sends requests in one piece. */
    void send(List<List<String>> requests) throws IOException {
        StringBuilder text = new StringBuilder();
        for (List<String> request : requests) {
            text.append('*').append(request.size()).append("\r\n");
            for (String argument : request) {
                int bytes = argument.getBytes(StandardCharsets.UTF_8).length;
                text.append('$').append(bytes).append("\r\n").append(argument).append("\r\n");
            }
        }
        socket.getOutputStream().write(text.toString().getBytes(StandardCharsets.UTF_8));
    }

    /** Reads the next reply. An end of the stream before it is whole is an {@link EOFException}. */
    Reply read() throws IOException {
        int type = in.read();
        if (type < 0) {
            throw new EOFException("the connection was closed");
        }
        String line = line();
        return switch (type) {
            case '+' -> new Reply.Text(line);
            case '-' -> new Reply.Refusal(line);
            case ':' -> new Reply.Whole(number(line));
            case '$' -> bulk(number(line));
            default -> throw new IOException("no reply begins with byte " + type);
        };
    }

    private Reply bulk(long length) throws IOException {
        if (length == -1) {
            return new Reply.Nil();
        }
        if (length < 0 || length > MAX_BULK_BYTES) {
            throw new IOException("a reply of " + length + " bytes");
        }
        byte[] bytes = in.readNBytes((int) length);
        if (bytes.length < length || !line().isEmpty()) {
            throw new EOFException("the connection was closed within a reply");
        }
        return new Reply.Text(new String(bytes, StandardCharsets.UTF_8));
    }

    private String line() throws IOException {
        StringBuilder line = new StringBuilder();
        for (int c = in.read(); c != '\r'; c = in.read()) {
            if (c < 0) {
                throw new EOFException("the connection was closed within a reply");
            }
            if (line.length() > MAX_BULK_BYTES) {
                throw new IOException("a line without end");
            }
            line.append((char) c);
        }
        if (in.read() != '\n') {
            throw new IOException("a carriage return without its line feed");
        }
        return line.toString();
    }

    private static long number(String line) throws IOException {
        try {
            return Long.parseLong(line);
        } catch (NumberFormatException e) {
            throw new IOException("'" + line + "' where a number belongs", e);
        }
    }

    @Override
    public void close() {
        try {
            socket.close();
        } catch (IOException e) {
            throw new UncheckedIOException("a socket that cannot even be closed", e);
        }
    }
}
