package dev.handoff.stock;

import dev.handoff.codec.Decoded;
import dev.handoff.codec.FrameDecoder;
import dev.handoff.codec.FrameLayout;
import org.agrona.ExpandableArrayBuffer;

/**
 * Takes frames as the Rust reader does: first the length, then exactly the rest, never a byte of the next frame. What is not
 * asked for stays in the socket, which the fence relies on.
 */
final class FrameReader {

    private final FrameDecoder decoder = new FrameDecoder();
    private final ExpandableArrayBuffer frame = new ExpandableArrayBuffer();
    private int length;

    /** How many bytes to read next, above 0. */
    int bytesWanted() {
        int frameLength = FrameDecoder.frameLength(frame, 0, length);
        return (frameLength > 0 ? frameLength : FrameLayout.LENGTH_BYTES) - length;
    }

    /**
     * Takes {@code count} bytes, at most {@link #bytesWanted}.
     *
     * @return {@code Incomplete} while the frame is not there whole, its message, or what is wrong with it
     */
    Decoded take(byte[] bytes, int count) {
        if (count < 1 || count > bytesWanted()) {
            throw new IllegalArgumentException(count + " bytes were given where " + bytesWanted() + " are wanted");
        }
        frame.putBytes(length, bytes, 0, count);
        length += count;
        Decoded decoded = decoder.decode(frame, 0, length);
        if (!(decoded instanceof Decoded.Incomplete)) {
            length = 0;
        }
        return decoded;
    }
}
