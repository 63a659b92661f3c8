package dev.handoff.cli.replay;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.handoff.cli.CommandRun;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class VerifyCommandTest {

    private static final JsonMapper JSON = JsonMapper.builder().build();

    private static CommandRun verify(Path journal, String... more) {
        String[] args = new String[4 + more.length];
        System.arraycopy(new String[]{"replay", "verify", "--journal", journal.toString()}, 0, args, 0, 4);
        System.arraycopy(more, 0, args, 4, more.length);
        return CommandRun.of(args);
    }

    @Test
    void aSoundJournalIsAShortListAndExitsZero() {
        CommandRun run = verify(FixtureJournal.path());
        assertEquals(0, run.exit(), run.out() + run.err());
        assertTrue(run.out().startsWith("sound: 318 records, 2023-11-14 22:13:20 to 2023-11-14 22:13:23 UTC\n"),
                run.out());
        assertEquals(10, run.out().lines().count());
        assertEquals("", run.err());
    }

    @Test
    void theVerdictIsOneObject() throws IOException {
        CommandRun run = verify(FixtureJournal.path(), "--json");
        JsonNode json = JSON.readTree(run.out());
        assertEquals("sound", json.get("verdict").asText());
        assertEquals(318, json.get("records").asLong());
        assertEquals(71, json.at("/checked/messages").asLong());
        assertEquals(12, json.at("/rules/one_in_flight").asLong());
        assertTrue(json.get("findings").isEmpty());
        assertEquals(1, run.out().lines().count());
    }

    @Test
    void writersAreShownOnRequest() throws IOException {
        List<String> lines = verify(FixtureJournal.path(), "--writers").out().lines().toList();
        assertEquals(22, lines.size());
        assertTrue(lines.getFirst().startsWith("kv  pid "), lines.getFirst());
        List<String> objects = verify(FixtureJournal.path(), "--writers", "--json").out().lines().toList();
        assertEquals(13, objects.size());
        assertTrue(JSON.readTree(objects.getFirst()).get("duration_ns").asLong() > 0, objects.getFirst());
    }

    @Test
    void aDamagedJournalExitsOneAndNamesWhatIsLost(@TempDir Path directory) throws IOException {
        Path file = FixtureJournal.copyTo(directory).resolve(FixtureJournal.RECORDS);
        byte[] bytes = Files.readAllBytes(file);
        bytes[80_000] ^= 1;
        Files.write(file, bytes);
        CommandRun run = verify(directory);
        assertEquals(1, run.exit(), run.out());
        assertTrue(run.out().startsWith("NOT sound: "), run.out());
        assertTrue(run.out().contains(" lost: a record whose checksum is wrong"), run.out());
    }

    @Test
    void noJournalExitsThree(@TempDir Path directory) {
        CommandRun run = verify(directory.resolve("none"));
        assertEquals(3, run.exit());
        assertEquals("", run.out());
        assertTrue(run.err().startsWith("handoff replay verify: there is no journal at "), run.err());
    }

    @Test
    void aStateIsShownAsTextAndAsJson() throws IOException {
        String journal = FixtureJournal.path().toString();
        CommandRun text = CommandRun.of("replay", "state", "--journal", journal, "--at", "3");
        assertEquals(0, text.exit(), text.err());
        assertTrue(text.out().startsWith("seq  3\n"), text.out());
        assertTrue(text.out().contains("state  AwaitingSpawn\n"), text.out());
        CommandRun json = CommandRun.of("replay", "state", "--journal", journal, "--json");
        assertEquals(318, JSON.readTree(json.out()).get("seq").asLong());
        CommandRun time = CommandRun.of("replay", "state", "--journal", journal, "--at", "2023-11-14T22:13:20",
                "--json");
        assertTrue(JSON.readTree(time.out()).get("time").asText().startsWith("2023-11-14T22:13:20."), time.out());
        CommandRun none = CommandRun.of("replay", "state", "--journal", journal, "--at", "2020-01-01");
        assertEquals(1, none.exit());
        assertTrue(none.err().contains("there is no record up to there"), none.err());
        assertEquals(2, CommandRun.of("replay", "state", "--journal", journal, "--at", "noon").exit());
    }
}
