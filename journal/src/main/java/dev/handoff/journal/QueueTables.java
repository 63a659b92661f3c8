package dev.handoff.journal;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;

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
    private static final byte[] INDEX_OF_INDEXES = "index2index".getBytes(StandardCharsets.US_ASCII);
    private static final byte[] INDEX = "index".getBytes(StandardCharsets.US_ASCII);
    private static final byte LONG_CODE = (byte) 0xA7;
    private static final byte ARRAY_CODE = (byte) 0x8D;
    /** Of FAST_DAILY. */
    private static final long ENTRIES = 4096;
    /** Where values of tables are aligned to, so as much padding may stand before one. */
    private static final int MAX_PADDING = 8;

    private static final int QUEUES_OWN = 0x40000000;
    private static final int LENGTH_MASK = 0x3FFFFFFF;

    private QueueTables() {}

    /** Whether the addresses in the file are such. */
    static boolean areSound(Path file) throws IOException {
        try (FileWindow window = new FileWindow(file)) {
            long index = indexAddress(frame(window, 0));
            return index > 0 && startsWith(frame(window, index), INDEX_OF_INDEXES)
                    && isIndexSound(window, frame(window, index));
        }
    }

    /** What the frame at this position holds, if it is one of the queue's own; else nothing. Valid until the next call. */
    private static ByteBuffer frame(FileWindow window, long position) throws IOException {
        if (position < 0 || (position & 3) != 0 || !window.fits(position, Integer.BYTES)) {
            return ByteBuffer.allocate(0);
        }
        int header = window.buffer().getInt(window.offset(position), ByteOrder.LITTLE_ENDIAN);
        int length = header & LENGTH_MASK;
        if ((header & ~LENGTH_MASK) != QUEUES_OWN || !window.fits(position + Integer.BYTES, length)) {
            return ByteBuffer.allocate(0);
        }
        int offset = window.offset(position + Integer.BYTES);
        return window.bytes().duplicate().limit(offset + length).position(offset).slice()
                .order(ByteOrder.LITTLE_ENDIAN);
    }

    /** What the header names as the index of indexes; -1 if that cannot be read. */
    private static long indexAddress(ByteBuffer header) {
        int name = indexOf(header, INDEX_POINTER);
        int code = name < 0 ? -1 : indexOf(header, LONG_CODE, name + INDEX_POINTER.length, MAX_PADDING);
        return code < 0 || code + 1 + Long.BYTES > header.limit() ? -1 : header.getLong(code + 1);
    }

    private static boolean isIndexSound(FileWindow window, ByteBuffer index) throws IOException {
        int array = arrayOf(index);
        if (array < 0) {
            return false;
        }
        // The window moves on with the first look at another frame.
        long[] addresses = new long[(int) ENTRIES];
        index.position(array).slice().order(ByteOrder.LITTLE_ENDIAN).asLongBuffer().get(addresses);
        for (long address : addresses) {
            if (address != 0 && !startsWith(frame(window, address), INDEX)) {
                return false;
            }
        }
        return true;
    }

    /** Where the values of the array begin. */
    private static int arrayOf(ByteBuffer index) {
        for (int at = 0; at + 1 + 2 * Long.BYTES + ENTRIES * Long.BYTES <= index.limit(); at++) {
            if (index.get(at) == ARRAY_CODE && index.getLong(at + 1) == ENTRIES) {
                return at + 1 + 2 * Long.BYTES;
            }
        }
        return -1;
    }

    private static boolean startsWith(ByteBuffer frame, byte[] name) {
        // A field's name: its code, its length, its letters.
        int at = indexOf(frame, name);
        return at == 2 && frame.get(1) == name.length;
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
