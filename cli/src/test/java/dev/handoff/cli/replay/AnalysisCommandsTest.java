package dev.handoff.cli.replay;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

import dev.handoff.cli.CommandRun;
import dev.handoff.codec.BuildId;
import dev.handoff.codec.Capabilities;
import dev.handoff.codec.Fingerprint;
import dev.handoff.codec.HandoffId;
import dev.handoff.codec.Message;
import dev.handoff.codec.Side;
import dev.handoff.codec.event.Event;
import dev.handoff.codec.event.EventCodec;
import dev.handoff.codec.event.EventKind;
import dev.handoff.codec.event.Outcome;
import dev.handoff.codec.event.ServicePolicy;
import dev.handoff.codec.event.Stamp;
import dev.handoff.codec.event.TimerKind;
import dev.handoff.journal.Journal;
import dev.handoff.journal.JournalDirectory;
import dev.handoff.journal.JournalOptions;
import org.agrona.ExpandableArrayBuffer;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What the commands on handoffs do with their arguments and files; what they print is tested where it is made. */
class AnalysisCommandsTest {

    private static final HandoffId ID = HandoffId.parse("0b51cbd2-9d51-4cde-8d3f-1d0d8c1d5b4a");
    private static final HandoffId OTHER = HandoffId.parse("0b51cbd2-9d51-4cde-8d3f-1d0d8c1d5b4b");
    private static final HandoffId THIRD = HandoffId.parse("7c0ffee0-0000-4000-8000-000000000003");
    private static final long T0 = 1_795_380_000_000_000_000L;

    @TempDir
    private Path parent;

    private Path directory() {
        return parent.resolve("journal");
    }

    /** Two requests that nothing but their ends is left of. */
    @BeforeEach
    void write() {
        Stamp stamp = new Stamp(T0, 1, ID);
        Stamp other = new Stamp(T0 + 5_000_000_000L, 1, OTHER);
        List<Event> events = List.of(
                new Event.ServiceConfigured(new Stamp(T0, 1, HandoffId.NONE), "kv", "/opt/kv", ServicePolicy.DEFAULT,
                        false),
                new Event.SwapRequested(stamp, 5, 1000, 43, "", ""),
                new Event.HandoffEnded(new Stamp(T0 + 1_000_000, 1, ID), Outcome.ROLLED_BACK, "no"),
                new Event.SwapRequested(other, 5, 1000, 43, "", ""));
        append(events);
    }

    private void append(List<Event> events) {
        EventCodec codec = new EventCodec();
        ExpandableArrayBuffer payload = new ExpandableArrayBuffer();
        try (Journal journal = JournalDirectory.open(JournalOptions.of(directory()).withBlockBytes(1 << 20))
                .journalOrThrow()) {
            for (Event event : events) {
                int length = codec.encode(event, payload, 0);
                journal.append(EventKind.of(event).number(), 0, event.stamp().timeNs(), payload, 0, length);
            }
        }
    }

    private CommandRun run(String... args) {
        return CommandRun.of(Stream.of(Stream.of("replay"), Stream.of(args),
                Stream.of("--journal", directory().toString())).flatMap(each -> each).toArray(String[]::new));
    }

    private static void isUsage(CommandRun run, String complaint) {
        assertEquals(2, run.exit(), run.err());
        assertTrue(run.err().contains(complaint), run.err());
        assertEquals(1, run.err().lines().count(), run.err());
        assertEquals("", run.out());
    }

    @Test
    void exportWritesAFileAndOverwritesIt() throws IOException {
        Path file = Files.writeString(parent.resolve("out"), "x".repeat(100_000));
        CommandRun run = run("export", ID.toString(), "--format", "jsonl", "-o", file.toString());
        assertEquals("", run.err() + run.out());
        assertEquals(0, run.exit());
        assertEquals(2, Files.readAllLines(file).size());
        assertEquals(Files.readString(file), run("export", ID.toString(), "--format", "jsonl", "-o", "-").out());
        assertEquals(Files.readString(file), run("export", ID.toString(), "--format", "jsonl").out());
    }

    @Test
    void exportSaysInALineWhyItCannotWrite() {
        for (String[] bad : new String[][]{{"none/out", "its directory does not exist; create it, or name another one"},
            {"", "it is a directory; name a file"}}) {
            CommandRun run = run("export", ID.toString(), "--format", "trace", "-o", parent.resolve(bad[0]).toString());
            assertEquals(1, run.exit());
            assertEquals("handoff replay export: '" + parent.resolve(bad[0]) + "' cannot be written: " + bad[1] + "\n",
                    run.err());
        }
    }

    @Test
    void exportNeverWritesIntoTheJournal() throws IOException {
        Path record = recordsFile();
        byte[] before = Files.readAllBytes(record);
        isUsage(run("export", ID.toString(), "--format", "jsonl", "-o", record.toString()), "only read");
        isUsage(run("export", ID.toString(), "--format", "jsonl", "-o", directory().resolve("new").toString()),
                "only read");
        Path link = Files.createSymbolicLink(parent.resolve("link"), record);
        isUsage(run("export", ID.toString(), "--format", "jsonl", "-o", link.toString()), "only read");
        assertArrayEquals(before, Files.readAllBytes(record));
    }

    private Path recordsFile() throws IOException {
        try (Stream<Path> files = Files.list(directory())) {
            return files.filter(path -> path.toString().endsWith(".cq4")).findFirst().orElseThrow();
        }
    }

    @Test
    void exportTakesTheFormatsThatItNames() {
        isUsage(run("export", ID.toString(), "--format", "pdf"), "'pdf' is no format; one of ");
        isUsage(run("export", ID.toString(), OTHER.toString(), "--format", "mermaid"),
                "holds one handoff: give one ID");
        isUsage(run("export", "all", "--format", "mermaid"), "holds one handoff: give one ID");
        assertEquals(3, run("export", "all", "--format", "jsonl").out().lines().count());
    }

    @Test
    void anIdThatIsNoneOrSeveralExitsOne() {
        for (String[] args : new String[][]{{"export", "ffff", "--format", "jsonl"}, {"diff", "last", "ffff"},
            {"what-if", "ffff", "--set", "exit_secs=1"}}) {
            CommandRun run = run(args);
            assertEquals(1, run.exit());
            assertTrue(run.err().contains("no handoff of the 2 in"), run.err());
            assertEquals("", run.out());
        }
        assertTrue(run("diff", "0b51", "last").err().contains("may be any of 2 handoffs"));
    }

    @Test
    void whatIfSaysWhichKeysAndValuesThereAre() {
        isUsage(run("what-if", "last", "--set", "dedline_secs=1"), "'dedline_secs'; did you mean deadline_secs?");
        isUsage(run("what-if", "last", "--set", "colour=1"),
                "no key 'colour'; it has drain_grace_secs, deadline_secs,");
        isUsage(run("what-if", "last", "--set", "deadline_secs=0"),
                "takes a number of seconds from 1 to 86400, not '0'");
        isUsage(run("what-if", "last", "--set", "lock_gate=yes"), "takes true or false, not 'yes'");
        isUsage(run("what-if", "last", "--set", "lock_gate"), "'lock_gate' is not KEY=VALUE");
        isUsage(run("what-if", "last"), "--set");
    }

    @Test
    void whatIfExitsTwelveWhereNobodyCanKnow() {
        long nowNs = T0 + 10_000_000_000L;
        Stamp none = new Stamp(nowNs, 1, HandoffId.NONE);
        Stamp swap = new Stamp(nowNs, 1, THIRD);
        long helloDueNs = nowNs + ServicePolicy.DEFAULT.helloMs() * 1_000_000;
        append(List.of(new Event.Spawned(none, Side.INCUMBENT, 100, 1), new Event.SessionConnected(none, 1, 100),
                new Event.MessageReceived(none, 1, Side.INCUMBENT, 0, 1,
                        new Message.Hello(Side.INCUMBENT, 100, BuildId.EMPTY, 1, 1, Capabilities.NONE)),
                new Event.SwapRequested(swap, 5, 1000, 43, "", ""),
                new Event.BinaryResolved(swap, "/opt/kv", 8, 9, Fingerprint.of(new byte[32])),
                new Event.SessionConnected(swap, 2, 100),
                new Event.TimerFired(new Stamp(helloDueNs, 1, THIRD), TimerKind.HELLO, helloDueNs)));
        CommandRun run = run("what-if", THIRD.toString(), "--set", "hello_secs=8");
        assertEquals(12, run.exit(), run.err() + run.out());
        assertTrue(run.out().contains("not knowable from here"), run.out());
        CommandRun known = run("what-if", THIRD.toString(), "--set", "deadline_secs=30", "exit_secs=1");
        assertEquals(0, known.exit(), known.err() + known.out());
    }

    @Test
    void statsKnowsItsOutcomesAndCountsOnlyWhatIsAskedFor() {
        isUsage(run("stats", "--outcome", "lost"), "'lost' is no outcome; one of committed, rolled_back,");
        isUsage(run("stats", "--csv", "--json"), "mutually exclusive");
        assertTrue(run("stats", "--json", "--to", "3").out().contains("\"handoffs\":1,"));
        assertTrue(run("stats", "--json", "--from", "4").out().contains("\"handoffs\":1,"));
        assertTrue(run("stats", "--json").out().contains("\"handoffs\":2,"));
        CommandRun none = run("stats", "--service", "other");
        assertEquals(0, none.exit());
        assertTrue(none.err().contains("no such handoff in the 5 records"), none.err());
        assertFalse(none.out().contains("kv"));
    }

    @Test
    void noJournalExitsThree() {
        for (String[] args : new String[][]{{"export", "last", "--format", "jsonl"}, {"diff", "last", "last"},
            {"what-if", "last", "--set", "exit_secs=1"}, {"stats"}}) {
            CommandRun run = CommandRun.of(Stream.of(Stream.of("replay"), Stream.of(args),
                    Stream.of("--journal", parent.resolve("none").toString())).flatMap(each -> each)
                    .toArray(String[]::new));
            assertEquals(3, run.exit());
            assertEquals(1, run.err().lines().count(), run.err());
        }
    }
}
