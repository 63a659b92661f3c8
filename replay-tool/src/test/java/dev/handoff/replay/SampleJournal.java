package dev.handoff.replay;

import java.nio.file.Path;
import java.util.function.LongSupplier;

import dev.handoff.codec.event.Event;
import dev.handoff.codec.event.EventCodec;
import dev.handoff.codec.event.EventKind;
import dev.handoff.journal.Journal;
import dev.handoff.journal.JournalDirectory;
import dev.handoff.journal.JournalOptions;
import org.agrona.ExpandableArrayBuffer;

/** A journal on disk that a test writes events into. */
public final class SampleJournal implements AutoCloseable {

    private final Journal journal;
    private final EventCodec codec = new EventCodec();
    private final ExpandableArrayBuffer payload = new ExpandableArrayBuffer();

    private SampleJournal(Journal journal) {
        this.journal = journal;
    }

    public static SampleJournal create(Path directory) {
        return create(JournalOptions.of(directory));
    }

    /** One whose days are those of this clock, milliseconds since 1970. */
    static SampleJournal create(Path directory, LongSupplier clockMs) {
        return create(JournalOptions.of(directory).withClockMs(clockMs));
    }

    private static SampleJournal create(JournalOptions options) {
        return new SampleJournal(
                JournalDirectory.open(options.withBlockBytes(1 << 20).withBuild("test")).journalOrThrow());
    }

    public SampleJournal append(Event... events) {
        for (Event event : events) {
            int length = codec.encode(event, payload, 0);
            appendRaw(EventKind.of(event).number(), event.stamp().timeNs(), length);
        }
        return this;
    }

    /** A record with a right checksum and whatever {@code kind} says over what was encoded last. */
    SampleJournal appendRaw(int kind, long timeNs, int length) {
        journal.append(kind, 0, timeNs, payload, 0, length);
        return this;
    }

    @Override
    public void close() {
        journal.close();
    }
}
