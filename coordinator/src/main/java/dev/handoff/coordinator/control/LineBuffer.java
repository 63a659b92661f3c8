package dev.handoff.coordinator.control;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/**
 * Bytes in, lines out, for either side of the trigger socket: bounded, so that a peer that never sends a newline costs
 * no more than one line. Used by one thread. Bytes that are no UTF-8 become replacement characters, and the line is
 * then refused for what it says.
 *
 * <p>Invariant: once {@link #overflowed()}, nothing more comes out: the connection is to be closed.
 */
public final class LineBuffer {

    private final int maxLineBytes;
    private final ByteArrayOutputStream partial = new ByteArrayOutputStream(256);
    private boolean overflowed;

    /**
     * Holds at most one unfinished line.
     *
     * @param maxLineBytes without the newline
     */
    public LineBuffer(int maxLineBytes) {
        this.maxLineBytes = maxLineBytes;
    }

    /** Takes {@code bytes[offset, offset + length)} and returns the lines they complete, without their newlines. */
    public List<String> append(byte[] bytes, int offset, int length) {
        List<String> lines = new ArrayList<>(1);
        int start = offset;
        int end = offset + length;
        for (int i = offset; i < end && !overflowed; i++) {
            if (bytes[i] == '\n') {
                take(bytes, start, i - start);
                if (!overflowed) {
                    lines.add(partial.toString(StandardCharsets.UTF_8));
                    partial.reset();
                }
                start = i + 1;
            }
        }
        take(bytes, start, end - start);
        return lines;
    }

    /** The line was longer than allowed. */
    public boolean overflowed() {
        return overflowed;
    }

    /** The unfinished line: at the end of a stream, the last one without a newline. */
    public String rest() {
        return partial.toString(StandardCharsets.UTF_8);
    }

    private void take(byte[] bytes, int offset, int length) {
        if (overflowed || partial.size() + length > maxLineBytes) {
            overflowed = true;
            partial.reset();
        } else {
            partial.write(bytes, offset, length);
        }
    }
}
