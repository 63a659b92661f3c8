package dev.handoff.journal;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;

/**
 * Chronicle's own tables within a file. It stores through the addresses it finds there: one damaged bit, and it would write
 * its index over records. So before it is let near a file, each address must be one of a table.
 *
 * <pre>
 *  frame 0   header: ... "index2Index" a7 u64 address of frame 1 ...
 *  frame 1   index of indexes: ... 8d u64 4096, u64 used, then 4096 addresses of the frames below, or 0
 *  frames    indexes: positions of records, of which Chronicle here reads none
 * </pre>
 */
final class QueueTables {

    private static final byte[] INDEX_POINTER = "index2Index".getBytes(StandardCharsets.US_ASCII);
    private static final byte LONG_CODE = (byte) 0xA7;
    private static final byte ARRAY_CODE = (byte) 0x8D;
    /** Of FAST_DAILY. */
    private static final long ENTRIES = 4096;
    /** Where values of tables are aligned to, so as much padding may stand before one. */
    private static final int MAX_PADDING = 8;

    private QueueTables() {}

    /**
     * Whether the addresses in the file are such.
     *
     * @param ownFrames
     *            the positions of all frames of the queue's own, in order
     */
    static boolean areSound(Path file, List<Long> ownFrames) throws IOException {
        if (ownFrames.isEmpty() || ownFrames.getFirst() != 0) {
            return false;
        }
        try (FileWindow window = new FileWindow(file)) {
            return isHeaderSound(frame(window, 0), ownFrames)
                    && (ownFrames.size() < 2 || isIndexSound(frame(window, ownFrames.get(1)), ownFrames));
        }
    }

    private static ByteBuffer frame(FileWindow window, long position) throws IOException {
        if (!window.holds(position, Integer.BYTES)) {
            return ByteBuffer.allocate(0);
        }
        int length = window.buffer().getInt(window.offset(position), ByteOrder.LITTLE_ENDIAN) & 0x3FFFFFFF;
        if (!window.holds(position + Integer.BYTES, length)) {
            return ByteBuffer.allocate(0);
        }
        return window.bytes().duplicate().limit(window.offset(position + Integer.BYTES) + length)
                .position(window.offset(position + Integer.BYTES)).slice().order(ByteOrder.LITTLE_ENDIAN);
    }

    private static boolean isHeaderSound(ByteBuffer header, List<Long> ownFrames) {
        int name = indexOf(header, INDEX_POINTER);
        if (name < 0) {
            return false;
        }
        int code = indexOf(header, LONG_CODE, name + INDEX_POINTER.length, MAX_PADDING);
        if (code < 0 || code + 1 + Long.BYTES > header.limit()) {
            return false;
        }
        long address = header.getLong(code + 1);
        return ownFrames.size() < 2 ? address == 0 : address == ownFrames.get(1);
    }

    private static boolean isIndexSound(ByteBuffer index, List<Long> ownFrames) {
        for (int at = 0; at + 1 + 2 * Long.BYTES <= index.limit(); at++) {
            if (index.get(at) == ARRAY_CODE && index.getLong(at + 1) == ENTRIES) {
                int entries = at + 1 + 2 * Long.BYTES;
                if (entries + ENTRIES * Long.BYTES > index.limit()) {
                    return false;
                }
                for (int entry = 0; entry < ENTRIES; entry++) {
                    long address = index.getLong(entries + entry * Long.BYTES);
                    if (address != 0 && ownFrames.indexOf(address) < 2) {
                        return false;
                    }
                }
                return true;
            }
        }
        return false;
    }

    private static int indexOf(ByteBuffer buffer, byte[] text) {
        for (int at = 0; at + text.length <= buffer.limit(); at++) {
            int matched = 0;
            while (matched < text.length && buffer.get(at + matched) == text[matched]) {
                matched++;
            }
            if (matched == text.length) {
                return at;
            }
        }
        return -1;
    }

    private static int indexOf(ByteBuffer buffer, byte wanted, int from, int within) {
        for (int at = from; at < Math.min(from + within, buffer.limit()); at++) {
            if (buffer.get(at) == wanted) {
                return at;
            }
        }
        return -1;
    }
}
