package dev.handoff.journal;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** What stands in a journal's directory beside its records. Reads only; any thread. */
public final class BesideRecords {

    private BesideRecords() {}

    /**
     * The high-water mark; empty where there is none, or none that can be read.
     *
     * @throws JournalFailure it is there and the system does not let it be read
     */
    public static Optional<JournalMark> mark(Path directory) {
        try {
            return HighWaterMark.read(directory).map(
                    reading -> new JournalMark(reading.journalId(), reading.lastSequence(), reading.epoch()));
        } catch (IOException e) {
            throw DirectoryReader.unreadable(directory.resolve(HighWaterMark.FILE_NAME), e);
        }
    }

    /**
     * What is wrong with the queue's own tables, which hold nothing that the records do not: a reader never needs them, and the next
     * writer makes them anew.
     */
    public static List<String> oddities(Path directory) {
        List<String> oddities = new ArrayList<>();
        try {
            for (RollFile file : RollFile.list(directory)) {
                if (!QueueTables.areSound(file.path())) {
                    oddities.add("the queue's own tables in " + file.path()
                            + " are damaged; no record needs them, and the next coordinator makes them anew");
                }
            }
            boolean holdsRecords = !RollFile.list(directory).isEmpty();
            if (holdsRecords && !RollQueue.hasMetadata(directory)) {
                oddities.add(
                        RollQueue.METADATA + " is missing; it holds no record, and the next coordinator makes it anew");
            } else if (holdsRecords && !RollQueue.isMetadataSound(directory)) {
                oddities.add(RollQueue.METADATA
                        + " is damaged; it holds no record, and the next coordinator makes it anew");
            }
        } catch (IOException e) {
            oddities.add("the queue's own tables cannot be read: " + e);
        }
        return oddities;
    }
}
