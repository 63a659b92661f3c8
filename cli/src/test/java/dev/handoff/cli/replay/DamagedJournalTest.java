package dev.handoff.cli.replay;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Random;
import java.util.Set;

import dev.handoff.cli.CommandRun;
import org.junit.jupiter.api.Assertions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Whatever byte of a journal is flipped, wherever it is cut: each command ends with a clear verdict. */
class DamagedJournalTest {

    private static final int TIMES = Integer.getInteger("handoff.mutations", 60) / 2;
    private static final Duration NO_HANG = Duration.ofSeconds(60);
    private static final List<List<String>> COMMANDS = List.of(List.of("list"), List.of("dump"),
            List.of("dump", "--json", "--handoff", "last"), List.of("explain", "last"), List.of("state"),
            List.of("state", "--at", "150", "--json"), List.of("verify", "--writers"));

    @TempDir
    private Path directory;

    private Path file;
    private final Random random = new Random(7);

    @BeforeEach
    void copy() {
        file = FixtureJournal.copyTo(directory).resolve(FixtureJournal.RECORDS);
    }

    private CommandRun run(List<String> command) {
        String[] args = new String[command.size() + 3];
        args[0] = "replay";
        for (int i = 0; i < command.size(); i++) {
            args[i + 1] = command.get(i);
        }
        args[args.length - 2] = "--journal";
        args[args.length - 1] = directory.toString();
        return Assertions.assertTimeoutPreemptively(NO_HANG, () -> CommandRun.of(args));
    }

    private void assertVerdict(String damage) {
        for (List<String> command : COMMANDS) {
            CommandRun run = run(command);
            String what = command + ", " + damage + ": " + run.err();
            assertTrue(Set.of(0, 1, 3).contains(run.exit()), what);
            assertFalse(run.err().contains("\tat "), what);
            if (run.exit() == 3) {
                assertEquals(1, run.err().lines().count(), what);
            }
            if (run.exit() == 1) {
                assertNotEquals("", run.err() + run.out(), what);
            }
        }
    }

    @Test
    void whateverByteIsFlipped() throws IOException {
        for (int i = 0; i < TIMES; i++) {
            byte[] bytes = Files.readAllBytes(file);
            int at = random.nextInt(bytes.length - 4096);
            byte before = bytes[at];
            bytes[at] ^= (byte) (1 + random.nextInt(255));
            Files.write(file, bytes);
            assertVerdict("byte " + at + " flipped");
            bytes[at] = before;
            Files.write(file, bytes);
        }
    }

    @Test
    void whereverItIsCut() throws IOException {
        byte[] whole = Files.readAllBytes(file);
        for (int i = 0; i < TIMES; i++) {
            int at = i == 0 ? 0 : random.nextInt(whole.length);
            try (RandomAccessFile access = new RandomAccessFile(file.toFile(), "rw")) {
                access.setLength(at);
            }
            assertVerdict("cut at byte " + at);
            Files.write(file, whole);
        }
    }

    @Test
    void whateverIsMissingBesideTheRecords() throws IOException {
        for (String name : List.of("metadata.cq4t", "high-water", FixtureJournal.RECORDS)) {
            byte[] content = Files.readAllBytes(directory.resolve(name));
            Files.delete(directory.resolve(name));
            assertVerdict("without " + name);
            Files.write(directory.resolve(name), content);
        }
    }
}
