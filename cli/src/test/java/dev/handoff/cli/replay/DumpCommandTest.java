package dev.handoff.cli.replay;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

import dev.handoff.cli.CommandRun;
import dev.handoff.codec.event.Event;
import dev.handoff.codec.event.EventCodec;
import dev.handoff.codec.event.EventKind;
import dev.handoff.codec.event.Stamp;
import dev.handoff.journal.Journal;
import dev.handoff.journal.JournalDirectory;
import dev.handoff.journal.JournalOptions;
import org.agrona.ExpandableArrayBuffer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DumpCommandTest {

    @TempDir
    private Path directory;

    private void writeOneEvent() {
        Event event = new Event.StopRequested(Stamp.ofCoordinator(1_795_380_000_000_000_000L), "a signal");
        ExpandableArrayBuffer payload = new ExpandableArrayBuffer();
        int length = new EventCodec().encode(event, payload, 0);
        try (Journal journal = JournalDirectory.open(JournalOptions.of(directory).withBlockBytes(1 << 20))
                .journalOrThrow()) {
            journal.append(EventKind.of(event).number(), 0, event.stamp().timeNs(), payload, 0, length);
        }
    }

    @Test
    void soundJournalIsPrintedAndExitsZero() {
        writeOneEvent();
        CommandRun run = CommandRun.of("replay", "dump", "--journal", directory.toString());
        assertEquals("", run.err());
        assertEquals(0, run.exit());
        assertEquals(2, run.out().lines().count());
        assertTrue(run.out().endsWith("1  StopRequested       -  -  by=\"a signal\"\n"), run.out());
    }

    @Test
    void jsonIsOneObjectALine() {
        writeOneEvent();
        CommandRun run = CommandRun.of("replay", "dump", "--json", "--journal", directory.toString());
        assertEquals("{\"seq\":2,\"time\":\"2026-11-22T20:40:00.000000000Z\",\"epoch\":1,\"kind\":\"StopRequested\","
                + "\"service\":null,\"handoff_id\":null,\"peer\":null,\"direction\":null,\"message\":null,"
                + "\"by\":\"a signal\"}", run.out().lines().toList().getLast());
    }

    @Test
    void lostEndExitsOne() throws IOException {
        writeOneEvent();
        Path mark = directory.resolve("high-water");
        Files.delete(mark);
        CommandRun run = CommandRun.of("replay", "dump", "--journal", directory.toString());
        assertEquals(1, run.exit());
        assertTrue(run.err().contains("is damaged"), run.err());
        assertTrue(run.out().contains("StopRequested"), run.out());
    }

    @Test
    void missingJournalExitsThree() {
        CommandRun run = CommandRun.of("replay", "dump", "--journal", directory.resolve("none").toString());
        assertEquals(3, run.exit());
        assertTrue(run.err().startsWith("handoff replay dump: "), run.err());
        assertEquals("", run.out());
    }

    @Test
    void filtersChooseTheLines() {
        writeOneEvent();
        String dir = directory.toString();
        assertEquals(1,
                CommandRun.of("replay", "dump", "--journal", dir, "--kind", "StopRequested").out().lines().count());
        assertEquals(1, CommandRun.of("replay", "dump", "--journal", dir, "--from", "2").out().lines().count());
        CommandRun none = CommandRun.of("replay", "dump", "--journal", dir, "--service", "kv");
        assertEquals(0, none.exit());
        assertEquals("", none.out());
        assertTrue(none.err().contains("none of the 2 records read fits; there is no service kv"), none.err());
    }

    @Test
    void aHandoffThatIsNotThereExitsOne() {
        writeOneEvent();
        CommandRun run = CommandRun.of("replay", "dump", "--journal", directory.toString(), "--handoff", "last");
        assertEquals(1, run.exit());
        assertTrue(run.err().contains("there is no handoff in"), run.err());
    }

    @Test
    void whatIsNoKindOrTimeIsUsage() {
        writeOneEvent();
        String dir = directory.toString();
        CommandRun kind = CommandRun.of("replay", "dump", "--journal", dir, "--kind", "HandoffEnd");
        assertEquals(2, kind.exit());
        assertTrue(kind.err().contains("there is no kind 'HandoffEnd'; did you mean HandoffEnded?"), kind.err());
        CommandRun time = CommandRun.of("replay", "dump", "--journal", dir, "--to", "yesterday");
        assertEquals(2, time.exit());
        assertTrue(time.err().contains("'yesterday' is neither of these"), time.err());
        assertEquals(1, time.err().lines().count());
    }

    @Test
    void missingOptionIsUsage() {
        assertEquals(2, CommandRun.of("replay", "dump").exit());
        assertEquals(2, CommandRun.of("replay").exit());
    }
}
