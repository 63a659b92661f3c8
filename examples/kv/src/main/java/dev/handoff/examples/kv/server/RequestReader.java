package dev.handoff.examples.kv.server;

import java.io.ByteArrayOutputStream;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalLong;

import io.netty.buffer.ByteBuf;

/**
 * Takes whole requests from the bytes a client has sent. One connection, its event loop.
 *
 * <p>Nothing is consumed before a request is complete: what the buffer holds between two calls is exactly what has not
 * been executed. How far an incomplete request has been understood is remembered, so that a large one that comes in
 * pieces is not read from the start each time. That memory is only a shortcut: {@link #restart()} drops it.
 *
 * <p>Errors are those of {@code processInlineBuffer} and {@code processMultibulkBuffer} of Redis 7.0, word for word.
 */
final class RequestReader {
    /** A line longer than this, without an end, is an error. */
    private static final int MAX_LINE = 1 << 16;
    /** Redis allows as many as an int can count; a list of that many nulls would be 8 GiB here. */
    static final int MAX_ARGUMENTS = 1 << 20;

    private final int maxBulkLength;
    private final long maxRequestLength;

    // Offsets are relative to the start of the request: the buffer may be moved between two calls.
    private int parsed;
    private int expected = -1;
    private final List<Range> ranges = new ArrayList<>();

    private record Range(int offset, int length) {}

    /**
     * Limits are in bytes.
     *
     * @param maxBulkLength    of one argument
     * @param maxRequestLength of a request with everything in it
     */
    RequestReader(int maxBulkLength, long maxRequestLength) {
        this.maxBulkLength = maxBulkLength;
        this.maxRequestLength = maxRequestLength;
    }

    /** Forgets how far an incomplete request has been understood; the next call starts at the buffer's first byte. */
    void restart() {
        parsed = 0;
        expected = -1;
        ranges.clear();
    }

    /**
     * The next request, or null if it is not complete. An empty list is a request that asks for nothing: no reply.
     *
     * @throws ProtocolErrorException after which the buffer is of no use
     */
    List<byte[]> next(ByteBuf buffer) throws ProtocolErrorException {
        if (!buffer.isReadable()) {
            return null;
        }
        List<byte[]> request = buffer.getByte(buffer.readerIndex()) == '*' ? multibulk(buffer) : inline(buffer);
        if (request == null && buffer.readableBytes() > maxRequestLength) {
            throw new ProtocolErrorException("too big request");
        }
        return request;
    }

    private List<byte[]> inline(ByteBuf buffer) throws ProtocolErrorException {
        int length = buffer.bytesBefore((byte) '\n');
        if (length < 0) {
            if (buffer.readableBytes() > MAX_LINE) {
                throw new ProtocolErrorException("too big inline request");
            }
            return null;
        }
        byte[] line = new byte[length];
        buffer.readBytes(line).skipBytes(1);
        int end = length > 0 && line[length - 1] == '\r' ? length - 1 : length;
        // To Redis a line is a C string.
        int zero = 0;
        while (zero < end && line[zero] != 0) {
            zero++;
        }
        return splitArguments(line, zero);
    }

    private List<byte[]> multibulk(ByteBuf buffer) throws ProtocolErrorException {
        int start = buffer.readerIndex();
        if (expected < 0) {
            int end = lineEnd(buffer, start, "too big mbulk count string");
            if (end < 0) {
                return null;
            }
            long count = number(buffer, start + 1, end).orElse(Long.MAX_VALUE);
            if (count > MAX_ARGUMENTS) {
                throw new ProtocolErrorException("invalid multibulk length");
            }
            parsed = end + 2 - start;
            expected = (int) Math.max(count, 0);
        }
        while (ranges.size() < expected) {
            int at = start + parsed;
            int end = lineEnd(buffer, at, "too big bulk count string");
            if (end < 0) {
                return null;
            }
            if (buffer.getByte(at) != '$') {
                throw new ProtocolErrorException("expected '$', got '" + (char) (buffer.getByte(at) & 0xFF) + "'");
            }
            long length = number(buffer, at + 1, end).orElse(-1);
            if (length < 0 || length > maxBulkLength) {
                throw new ProtocolErrorException("invalid bulk length");
            }
            long after = end + 2 + length + 2 - start;
            if (after > maxRequestLength) {
                throw new ProtocolErrorException("too big request");
            }
            if (buffer.writerIndex() - start < after) {
                return null;
            }
            ranges.add(new Range(end + 2 - start, (int) length));
            parsed = (int) after;
        }
        List<byte[]> request = new ArrayList<>(expected);
        for (Range range : ranges) {
            byte[] argument = new byte[range.length];
            buffer.getBytes(start + range.offset, argument);
            request.add(argument);
        }
        buffer.readerIndex(start + parsed);
        restart();
        return request;
    }

    /** The place of the line's carriage return, or -1 if the line and the byte after it are not there yet. */
    private static int lineEnd(ByteBuf buffer, int from, String tooLong) throws ProtocolErrorException {
        int end = buffer.indexOf(from, buffer.writerIndex(), (byte) '\r');
        if (end < 0) {
            if (buffer.writerIndex() - from > MAX_LINE) {
                throw new ProtocolErrorException(tooLong);
            }
            return -1;
        }
        return end + 1 < buffer.writerIndex() ? end : -1;
    }

    private static OptionalLong number(ByteBuf buffer, int from, int to) {
        if (to - from > 20) {
            return OptionalLong.empty();
        }
        byte[] digits = new byte[to - from];
        buffer.getBytes(from, digits);
        return Decimal.read(digits);
    }

    /** Splits as a person at a terminal means it: blanks separate, quotes hold together, "\n" and "\x41" are understood. */
    private static List<byte[]> splitArguments(byte[] line, int end) throws ProtocolErrorException {
        List<byte[]> arguments = new ArrayList<>();
        int at = 0;
        while (true) {
            while (at < end && blank(line[at])) {
                at++;
            }
            if (at == end) {
                return arguments;
            }
            ByteArrayOutputStream argument = new ByteArrayOutputStream();
            while (at < end && !blank(line[at])) {
                byte b = line[at];
                if (b == '"' || b == '\'') {
                    at = b == '"'
                            ? doubleQuoted(line, at + 1, end, argument)
                            : singleQuoted(line, at + 1, end, argument);
                    if (at < 0 || (at < end && !blank(line[at]))) {
                        throw new ProtocolErrorException("unbalanced quotes in request");
                    }
                    break;
                }
                argument.write(b);
                at++;
            }
            arguments.add(argument.toByteArray());
        }
    }

    /** Returns the place after the closing quote, or -1 if there is none. */
    private static int doubleQuoted(byte[] line, int from, int end, ByteArrayOutputStream into) {
        int at = from;
        while (at < end) {
            byte b = line[at];
            if (b == '"') {
                return at + 1;
            }
            if (b == '\\' && at + 3 < end && line[at + 1] == 'x' && hex(line[at + 2]) >= 0 && hex(line[at + 3]) >= 0) {
                into.write(hex(line[at + 2]) << 4 | hex(line[at + 3]));
                at += 4;
            } else if (b == '\\' && at + 1 < end) {
                into.write(switch (line[at + 1]) {
                    case 'n' -> '\n';
                    case 'r' -> '\r';
                    case 't' -> '\t';
                    case 'b' -> '\b';
                    case 'a' -> 0x07;
                    default -> line[at + 1];
                });
                at += 2;
            } else {
                into.write(b);
                at++;
            }
        }
        return -1;
    }

    private static int singleQuoted(byte[] line, int from, int end, ByteArrayOutputStream into) {
        int at = from;
        while (at < end) {
            if (line[at] == '\'') {
                return at + 1;
            }
            if (line[at] == '\\' && at + 1 < end && line[at + 1] == '\'') {
                at++;
            }
            into.write(line[at++]);
        }
        return -1;
    }

    private static int hex(byte b) {
        return Character.digit(b, 16);
    }

    private static boolean blank(byte b) {
        return b == ' ' || (b >= '\t' && b <= '\r');
    }
}
