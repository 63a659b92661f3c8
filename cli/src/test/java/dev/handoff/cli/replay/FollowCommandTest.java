package dev.handoff.cli.replay;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.BufferedReader;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

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
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

class FollowCommandTest {

    @TempDir
    private Path parent;

    private Path directory() {
        return parent.resolve("journal");
    }

    private void writeOneEvent(String by) {
        Event event = new Event.StopRequested(Stamp.ofCoordinator(1_795_380_000_000_000_000L), by);
        ExpandableArrayBuffer payload = new ExpandableArrayBuffer();
        int length = new EventCodec().encode(event, payload, 0);
        try (Journal journal = JournalDirectory.open(JournalOptions.of(directory()).withBlockBytes(1 << 20))
                .journalOrThrow()) {
            journal.append(EventKind.of(event).number(), 0, event.stamp().timeNs(), payload, 0, length);
        }
    }

    private Process started(String... more) throws IOException {
        // A build that somebody put into the background ignores SIGINT, and so would all that it starts.
        List<String> command = new ArrayList<>(List.of("env", "--default-signal",
                Path.of(System.getProperty("java.home"), "bin", "java").toString()));
        // What this JVM was allowed to do, the command needs as well.
        ManagementFactory.getRuntimeMXBean().getInputArguments().stream()
                .filter(argument -> argument.startsWith("--")).forEach(command::add);
        command.addAll(List.of("-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-cp",
                System.getProperty("java.class.path"), "dev.handoff.cli.HandoffCommand", "replay", "follow",
                "--journal",
                directory().toString()));
        command.addAll(List.of(more));
        return new ProcessBuilder(command).start();
    }

    private static void interrupt(Process process) throws IOException, InterruptedException {
        assertEquals(0, new ProcessBuilder("kill", "-INT", Long.toString(process.pid())).start().waitFor());
    }

    @Test
    @Timeout(60)
    void waitsForTheJournalPrintsWhatComesAndEndsWithZeroOnCtrlC() throws IOException, InterruptedException {
        Process process = started();
        try (BufferedReader out = process.inputReader(); BufferedReader err = process.errorReader()) {
            assertEquals("handoff replay follow: there is no journal in " + directory() + " yet: waiting for one",
                    err.readLine());
            writeOneEvent("first");
            assertTrue(out.readLine().contains("Snapshot"));
            assertTrue(out.readLine().endsWith("by=first"));
            writeOneEvent("second, after a restart");
            assertTrue(out.readLine().endsWith("by=\"second, after a restart\""));
            interrupt(process);
            assertEquals(0, process.waitFor());
            assertEquals(null, out.readLine());
            assertEquals(null, err.readLine());
        } finally {
            process.destroyForcibly();
        }
    }

    @Test
    @Timeout(60)
    void endsWhenNobodyReadsAnyMoreAlsoWhereNothingMoreComes() throws IOException, InterruptedException {
        writeOneEvent("first");
        Process process = started("--all");
        try (BufferedReader err = process.errorReader()) {
            BufferedReader out = process.inputReader();
            assertTrue(out.readLine().contains("Snapshot"));
            out.close();
            assertEquals(0, process.waitFor());
            assertEquals(null, err.readLine());
        } finally {
            process.destroyForcibly();
        }
    }

    @Test
    void endsAtTheRecordThatWasNamed() {
        writeOneEvent("first");
        CommandRun run = CommandRun.of("replay", "follow", "--all", "--to", "2", "--journal", directory().toString());
        assertEquals("", run.err());
        assertEquals(0, run.exit());
        assertEquals(2, run.out().lines().count());
    }

    @Test
    void anUnknownHandoffExitsOneAndNoDirectoryThree() throws IOException {
        writeOneEvent("first");
        assertEquals(1,
                CommandRun.of("replay", "follow", "--handoff", "last", "--journal", directory().toString()).exit());
        CommandRun run = CommandRun.of("replay", "follow", "--journal",
                directory().resolve("high-water").toString());
        assertEquals(3, run.exit());
        assertTrue(run.err().contains("is not a directory"), run.err());
    }
}
