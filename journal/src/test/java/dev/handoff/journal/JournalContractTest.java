package dev.handoff.journal;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicLong;

import dev.handoff.codec.record.RecordLayout;
import dev.handoff.codec.record.RecordView;
import dev.handoff.codec.record.SnapshotLayout;
import org.agrona.DirectBuffer;
import org.agrona.MutableDirectBuffer;
import org.agrona.concurrent.UnsafeBuffer;
import org.junit.jupiter.api.Test;

/** What every journal does, wherever it keeps its records. */
abstract class JournalContractTest {

    static final long NOON_MS = 20_000 * RollFile.DAY_MS + RollFile.DAY_MS / 2;

    /** The machine's clock. */
    final AtomicLong nowMs = new AtomicLong(NOON_MS);
    /** The state: the payloads of the events so far. */
    final List<String> state = new ArrayList<>();

    final SnapshotSource snapshots = new SnapshotSource() {
        @Override
        public int schemaVersion() {
            return 7;
        }

        @Override
        public long stateHash() {
            return state.hashCode();
        }

        @Override
        public int write(MutableDirectBuffer into, int offset) {
            return into.putStringWithoutLengthUtf8(offset, String.join(",", state));
        }
    };

    abstract OpenOutcome open(JournalOptions options);

    /** The writer is gone without having closed anything. */
    abstract void abandon(Journal journal);

    abstract JournalOptions options();

    final Journal openJournal() {
        return open(options()).journalOrThrow();
    }

    final JournalOptions usual(JournalOptions options) {
        return options.withBlockBytes(1 << 20).withPopulateAheadBytes(256 << 10).withClockMs(nowMs::get)
                .withSnapshots(snapshots)
                .withBuild("test-build");
    }

    long append(Journal journal, String text) {
        UnsafeBuffer payload = new UnsafeBuffer(text.getBytes(StandardCharsets.UTF_8));
        long sequence = journal.append(5, 3, nowMs.get() * 1_000_000, payload, 0, payload.capacity());
        state.add(text);
        return sequence;
    }

    /** Collects what it sees in words. */
    static final class Seen implements RecordVisitor {
        final List<String> lines = new ArrayList<>();
        final List<Damage> damages = new ArrayList<>();
        long last;

        @Override
        public boolean onRecord(RecordView record) {
            last = record.sequence();
            lines.add(switch (record.kind()) {
                case RecordLayout.KIND_SNAPSHOT ->
                    "snapshot " + text(record.payload(), SnapshotLayout.stateOffset(record.payload()));
                case RecordLayout.KIND_LOSS -> "loss";
                default -> text(record.payload(), 0);
            });
            return true;
        }

        @Override
        public void onDamage(Damage damage) {
            damages.add(damage);
        }

        static String text(DirectBuffer buffer, int offset) {
            return buffer.getStringWithoutLengthUtf8(offset, buffer.capacity() - offset);
        }
    }

    static Seen readAll(Journal journal) {
        Seen seen = new Seen();
        try (JournalReader reader = journal.reader()) {
            assertInstanceOf(ReplayEnd.Intact.class, reader.replay(seen));
        }
        return seen;
    }

    @Test
    void beginsANewJournalWithASnapshotOfTheEmptyState() {
        try (Journal journal = openJournal()) {
            assertEquals(0, journal.lastSequence());
            assertEquals(1, journal.epoch());
            assertEquals(2, append(journal, "a"));
            assertEquals(List.of("snapshot ", "a"), readAll(journal).lines);
        }
    }

    @Test
    void givesBackWhatWasAppended() {
        try (Journal journal = openJournal()) {
            UnsafeBuffer payload = new UnsafeBuffer("xhellox".getBytes(StandardCharsets.UTF_8));
            long sequence = journal.append(0xEF, 0xFF, 123_456_789L, payload, 1, 5);
            try (JournalReader reader = journal.reader()) {
                reader.seek(sequence);
                assertEquals(1, reader.poll(record -> {
                    assertEquals(sequence, record.sequence());
                    assertEquals(1, record.epoch());
                    assertEquals(0xEF, record.kind());
                    assertEquals(0xFF, record.flags());
                    assertEquals(123_456_789L, record.timeNs());
                    assertEquals("hello", Seen.text(record.payload(), 0));
                    assertFalse(record.isJournalOwn());
                    return true;
                }, 10));
            }
        }
    }

    @Test
    void takesAnEmptyPayloadAndTheLongestOne() {
        try (Journal journal = openJournal()) {
            UnsafeBuffer payload = new UnsafeBuffer(new byte[journal.maxPayloadLength()]);
            payload.setMemory(0, payload.capacity(), (byte) 'x');
            journal.append(1, 0, 0, payload, 0, 0);
            journal.append(1, 0, 0, payload, 0, payload.capacity());
            journal.append(1, 0, 0, payload, 0, 1);
            journal.append(1, 0, 0, payload, 0, payload.capacity());
            Seen seen = readAll(journal);
            assertEquals(List.of(0, payload.capacity(), 1, payload.capacity()),
                    seen.lines.stream().skip(1).map(String::length).toList());
        }
    }

    @Test
    void refusesAPayloadTooLongAndGoesOn() {
        try (Journal journal = openJournal()) {
            int length = journal.maxPayloadLength() + 1;
            UnsafeBuffer payload = new UnsafeBuffer(new byte[length]);
            JournalFailure failure = assertThrows(JournalFailure.class,
                    () -> journal.append(1, 0, 0, payload, 0, length));
            assertEquals(JournalFailure.Reason.RECORD_TOO_LARGE, failure.reason());
            assertFalse(failure.isFinal());
            assertEquals(0, journal.lastSequence());
            assertEquals(2, append(journal, "a"));
        }
    }

    @Test
    void refusesKindsOfItsOwn() {
        try (Journal journal = openJournal()) {
            UnsafeBuffer payload = new UnsafeBuffer(new byte[1]);
            assertThrows(IllegalArgumentException.class,
                    () -> journal.append(RecordLayout.KIND_SNAPSHOT, 0, 0, payload, 0, 1));
        }
    }

    @Test
    void goesOnInANewEpochAfterClosing() {
        UUID id;
        try (Journal journal = openJournal()) {
            id = journal.id();
            append(journal, "a");
        }
        OpenOutcome.Opened again = assertInstanceOf(OpenOutcome.Opened.class, open(options()));
        try (Journal journal = again.journal()) {
            assertEquals(new ReplayEnd.Intact(2), again.found());
            assertEquals(id, journal.id());
            assertEquals(2, journal.epoch());
            assertEquals(2, journal.lastSequence());
            assertEquals(3, append(journal, "b"));
            assertEquals(List.of("snapshot ", "a", "b"), readAll(journal).lines);
        }
    }

    @Test
    void losesNothingWhenTheWriterIsGoneWithoutClosing() {
        Journal first = openJournal();
        append(first, "a");
        append(first, "b");
        abandon(first);
        OpenOutcome.Opened again = assertInstanceOf(OpenOutcome.Opened.class, open(options()));
        try (Journal journal = again.journal()) {
            assertEquals(new ReplayEnd.Intact(3), again.found());
            append(journal, "c");
            assertEquals(List.of("snapshot ", "a", "b", "c"), readAll(journal).lines);
        }
    }

    @Test
    void givesEveryStartItsOwnEpochEvenIfItAppendsNothing() {
        openJournal().close();
        openJournal().close();
        try (Journal journal = openJournal()) {
            assertEquals(3, journal.epoch());
        }
    }

    @Test
    void refusesASecondWriter() {
        try (Journal journal = openJournal()) {
            append(journal, "a");
            OpenOutcome.Refused refused = assertInstanceOf(OpenOutcome.Refused.class, open(options()));
            assertEquals(JournalFailure.Reason.HELD, refused.failure().reason());
            append(journal, "b");
        }
        openJournal().close();
    }

    @Test
    void refusesToAppendOnceClosed() {
        Journal journal = openJournal();
        append(journal, "a");
        journal.close();
        JournalFailure failure = assertThrows(JournalFailure.class, () -> append(journal, "b"));
        assertEquals(JournalFailure.Reason.CLOSED, failure.reason());
        assertTrue(failure.isFinal());
    }

    @Test
    void beginsEachDayWithASnapshotOfTheState() {
        try (Journal journal = openJournal()) {
            append(journal, "a");
            append(journal, "b");
            nowMs.addAndGet(RollFile.DAY_MS);
            append(journal, "c");
            assertEquals(List.of("snapshot ", "a", "b", "snapshot a,b", "c"), readAll(journal).lines);
            try (JournalReader reader = journal.reader()) {
                assertEquals(4, reader.seekLastSnapshot());
                Seen seen = new Seen();
                assertEquals(new ReplayEnd.Intact(5), reader.replay(seen));
                assertEquals(List.of("snapshot a,b", "c"), seen.lines);
            }
        }
    }

    @Test
    void snapshotsCarrySchemaIdBuildAndHash() {
        try (Journal journal = openJournal()) {
            append(journal, "a");
            journal.snapshot(1);
            try (JournalReader reader = journal.reader()) {
                assertEquals(3, reader.seekLastSnapshot());
                assertEquals(1, reader.poll(record -> {
                    DirectBuffer payload = record.payload();
                    assertTrue(SnapshotLayout.isWellFormed(payload));
                    assertEquals(7, SnapshotLayout.schemaVersion(payload));
                    assertEquals(journal.id(), SnapshotLayout.journalId(payload));
                    assertEquals("test-build", SnapshotLayout.build(payload));
                    assertEquals(state.hashCode(), SnapshotLayout.stateHash(payload));
                    assertFalse(SnapshotLayout.beginsRoll(payload));
                    assertEquals(1, SnapshotLayout.previousRollSequence(payload));
                    return true;
                }, 1));
            }
        }
    }

    @Test
    void takesASnapshotAfterSoManyRecords() {
        try (Journal journal = open(options().withSnapshotEvery(3)).journalOrThrow()) {
            for (String text : List.of("a", "b", "c", "d", "e")) {
                append(journal, text);
            }
            assertEquals(List.of("snapshot ", "a", "b", "c", "snapshot a,b,c", "d", "e"), readAll(journal).lines);
            try (JournalReader reader = journal.reader()) {
                assertEquals(5, reader.seekLastSnapshot());
                Seen seen = new Seen();
                assertEquals(new ReplayEnd.Intact(7), reader.replay(seen));
                assertEquals(List.of("snapshot a,b,c", "d", "e"), seen.lines);
            }
        }
    }

    @Test
    void keepsAppendingWhenTheClockStepsBackOverADay() {
        try (Journal journal = openJournal()) {
            append(journal, "a");
            nowMs.addAndGet(RollFile.DAY_MS);
            append(journal, "b");
            nowMs.addAndGet(-3 * RollFile.DAY_MS);
            append(journal, "c");
        }
        try (Journal journal = openJournal()) {
            append(journal, "d");
            nowMs.addAndGet(4 * RollFile.DAY_MS);
            append(journal, "e");
            assertEquals(List.of("snapshot ", "a", "snapshot a", "b", "c", "d", "snapshot a,b,c,d", "e"),
                    readAll(journal).lines);
        }
    }

    @Test
    void followsALiveJournal() {
        try (Journal journal = openJournal(); JournalReader reader = journal.reader()) {
            Seen seen = new Seen();
            assertEquals(0, reader.poll(seen, 10));
            append(journal, "a");
            assertEquals(2, reader.poll(seen, 10));
            assertEquals(0, reader.poll(seen, 10));
            append(journal, "b");
            nowMs.addAndGet(RollFile.DAY_MS);
            append(journal, "c");
            assertEquals(1, reader.poll(seen, 1));
            assertEquals(2, reader.poll(seen, 10));
            assertEquals(List.of("snapshot ", "a", "b", "snapshot a,b", "c"), seen.lines);
            assertEquals(List.of(), reader.damages());
        }
    }

    @Test
    void seeksAnySequence() {
        try (Journal journal = openJournal()) {
            for (int day = 0; day < 3; day++) {
                for (int i = 0; i < 4; i++) {
                    append(journal, day + "" + i);
                }
                nowMs.addAndGet(RollFile.DAY_MS);
            }
            for (long sequence = 1; sequence <= journal.lastSequence(); sequence++) {
                try (JournalReader reader = journal.reader()) {
                    reader.seek(sequence);
                    Seen seen = new Seen();
                    assertEquals(1, reader.poll(seen, 1));
                    assertEquals(sequence, seen.last);
                }
            }
        }
    }

    @Test
    void stopsWhereTheVisitorSaysSo() {
        try (Journal journal = openJournal(); JournalReader reader = journal.reader()) {
            append(journal, "a");
            append(journal, "b");
            assertEquals(1, reader.poll(_ -> false, 10));
            Seen seen = new Seen();
            assertEquals(2, reader.poll(seen, 10));
            assertEquals(List.of("a", "b"), seen.lines);
        }
    }

    @Test
    void syncsAtEveryLevel() {
        for (SyncLevel level : SyncLevel.values()) {
            try (Journal journal = open(options().withSync(level)).journalOrThrow()) {
                journal.sync();
                append(journal, "a");
                journal.endOfBatch();
                journal.sync();
            }
        }
    }
}
