package dev.handoff.replay.report;

import java.util.HashMap;
import java.util.HexFormat;
import java.util.Map;

import dev.handoff.codec.record.RecordView;
import dev.handoff.journal.JournalReader;
import dev.handoff.journal.RecordVisitor;
import dev.handoff.journal.ReplayEnd;

/** The bytes of a range of a journal's records as they are stored, header and payload, for people to look at. One reading; one thread. */
final class RecordBytes {

    /** Enough for every message but a fragment or a daemon's very long text. */
    static final int MOST_SHOWN = 4096;

    /**
     * One record.
     *
     * @param hex   the header and the beginning of the payload, at most {@link #MOST_SHOWN} bytes
     * @param total how many bytes the record has
     */
    record Stored(String hex, int total) {}

    private RecordBytes() {}

    /** The intact records from the first to the last sequence, both included, by their sequence. */
    static Map<Long, Stored> read(JournalReader reader, long first, long last) {
        Map<Long, Stored> stored = new HashMap<>();
        reader.seek(first);
        ReplayEnd _ = reader.replay(new RecordVisitor() {
            @Override
            public boolean onRecord(RecordView record) {
                if (record.sequence() <= last) {
                    byte[] bytes = new byte[Math.min(record.bytes().capacity(), MOST_SHOWN)];
                    record.bytes().getBytes(0, bytes);
                    stored.put(record.sequence(),
                            new Stored(HexFormat.of().formatHex(bytes), record.bytes().capacity()));
                }
                return record.sequence() < last;
            }
        });
        return stored;
    }
}
