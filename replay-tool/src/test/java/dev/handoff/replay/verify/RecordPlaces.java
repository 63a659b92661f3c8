package dev.handoff.replay.verify;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/** Where the records of a journal lie: by the queue's chain of frames, for a test that damages them. */
final class RecordPlaces {

    private static final int FRAME_HEADER = 4;
    private static final int QUEUES_OWN = 0x40000000;
    private static final int NOT_COMPLETE = 0x80000000;
    private static final int LENGTH_MASK = 0x3FFFFFFF;

    /** One record: its first byte, behind its frame's header, and its length with its own header. */
    record Place(Path file, int position, int length) {
        int end() {
            return position + length;
        }
    }

    private RecordPlaces() {}

    /** The journal's files, oldest first. */
    static List<Path> files(Path directory) throws IOException {
        try (Stream<Path> files = Files.list(directory)) {
            return files.filter(file -> file.toString().endsWith(".cq4")).sorted().toList();
        }
    }

    static List<Place> of(Path file) throws IOException {
        ByteBuffer bytes = ByteBuffer.wrap(Files.readAllBytes(file)).order(ByteOrder.LITTLE_ENDIAN);
        List<Place> places = new ArrayList<>();
        int position = 0;
        int header = bytes.getInt(position);
        while (header != 0 && (header & NOT_COMPLETE) == 0) {
            int length = header & LENGTH_MASK;
            if ((header & QUEUES_OWN) == 0) {
                places.add(new Place(file, position + FRAME_HEADER, length));
            }
            position = position + FRAME_HEADER + length + 3 & ~3;
            header = bytes.getInt(position);
        }
        return places;
    }
}
