package dev.handoff.cli.replay;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assertions.fail;
import static org.junit.jupiter.api.Assumptions.abort;

import java.io.File;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Instant;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import java.util.stream.Stream;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.handoff.cli.CommandRun;
import dev.handoff.journal.JournalDirectory;
import dev.handoff.journal.JournalReader;
import dev.handoff.journal.ReplayEnd;
import dev.handoff.replay.Shown;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * The HTML report in Debian's Chromium, driven by {@code src/test/browser/report.mjs}: what the page shows is what the commands print,
 * and what daemons say does nothing. Screenshots and a print are left in {@code target/report}.
 */
class ReportInBrowserTest {

    private static final JsonMapper JSON = JsonMapper.builder().build();
    private static final Path DRIVER = Path.of("src/test/browser").toAbsolutePath();
    private static final Path OUT = Path.of("target/report").toAbsolutePath();
    /** A record of the last handoff's, between {@code Begin} and the end. */
    private static final long LOST = 220;
    /** One state in so many is compared with what the state command prints. */
    private static final int STATES_COMPARED = 9;
    private static final int MOST_SECONDS = 180;

    @TempDir
    private Path directory;

    @Test
    void pageShowsWhatTheCommandsPrint() throws IOException, InterruptedException {
        String chromium = onPath("chromium").orElseGet(() -> missing("chromium"));
        String node = onPath("node").orElseGet(() -> missing("node"));
        if (!Files.isDirectory(DRIVER.resolve("node_modules"))) {
            missing("node_modules in " + DRIVER + " ('npm ci' there puts it)");
        }
        Files.createDirectories(OUT);
        Path journal = SampleOfDocs.unpack(directory);
        Path hostile = Files.createDirectory(directory.resolve("hostile"));
        HostileJournal.write(journal, hostile);

        ObjectNode task = JSON.createObjectNode().put("chromium", chromium).put("out", OUT.toString());
        ObjectNode sample = task.putObject("sample").put("file", export(journal, "sample.html"));
        expect(journal, sample.putArray("handoffs"));
        ArrayNode shown = task.putObject("hostile").put("file", export(hostile, "hostile.html")).putArray("shown");
        Stream.of(HostileJournal.MARKUP, HostileJournal.SERVICE, HostileJournal.BUILD,
                Shown.printable(HostileJournal.TEXT)).forEach(shown::add);
        damage(journal, task.putObject("damaged"));
        Path file = OUT.resolve("task.json");
        Files.writeString(file, task.toString());

        Process driver = new ProcessBuilder(node, DRIVER.resolve("report.mjs").toString(), file.toString())
                .redirectErrorStream(true).redirectOutput(OUT.resolve("driver.log").toFile()).start();
        if (!driver.waitFor(MOST_SECONDS, TimeUnit.SECONDS)) {
            driver.destroy();
            fail("the browser was not done after " + MOST_SECONDS + " s");
        }
        String said = Files.readString(OUT.resolve("driver.log"));
        assertEquals(0, driver.exitValue(), said);
        assertTrue(said.contains("checks hold"), said);
    }

    /** Skips the test on a developer's machine; a machine that tests for all has to have it. */
    private static String missing(String what) {
        String message = "the report was not looked at in a browser: there is no " + what;
        return "true".equals(System.getenv("CI")) ? fail(message) : abort(message);
    }

    private static Optional<String> onPath(String program) {
        return Stream.of(System.getenv("PATH").split(File.pathSeparator)).map(each -> Path.of(each, program))
                .filter(Files::isExecutable).map(Path::toString).findFirst();
    }

    private static String run(String... arguments) {
        CommandRun run = CommandRun.of(arguments);
        assertEquals("", run.err(), String.join(" ", arguments));
        assertEquals(0, run.exit());
        return run.out();
    }

    private static String export(Path journal, String name) {
        Path file = OUT.resolve(name);
        assertEquals("", run("replay", "export", "last", "--journal", journal.toString(), "--format", "html", "-o",
                file.toString()));
        return file.toString();
    }

    /** Spoils a record of the last handoff, after the sample was exported, and says what explain makes of it. */
    private static void damage(Path journal, ObjectNode expected) throws IOException {
        byte[] record = HexFormat.of().parseHex(stored(journal).get(LOST));
        try (Stream<Path> files = Files.list(journal)) {
            Path file = files.filter(each -> each.toString().endsWith(".cq4")).findFirst().orElseThrow();
            try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ, StandardOpenOption.WRITE)) {
                byte[] head = new byte[1 << 20];
                int read = channel.read(ByteBuffer.wrap(head));
                int at = IntStream.range(0, read - record.length)
                        .filter(i -> Arrays.equals(head, i, i + record.length, record, 0, record.length)).findFirst()
                        .orElseThrow();
                channel.write(ByteBuffer.wrap(new byte[]{'X'}), at + record.length - 1L);
            }
        }
        Path page = OUT.resolve("damaged.html");
        CommandRun run = CommandRun.of("replay", "export", "last", "--journal", journal.toString(), "--format", "html",
                "-o", page.toString());
        assertEquals(1, run.exit(), run.err());
        ObjectNode handoff = expected.put("file", page.toString()).putObject("handoff").put("lost", LOST);
        JsonNode told = JSON.readTree(
                CommandRun.of("replay", "explain", "last", "--json", "--journal", journal.toString()).out());
        told.get("course").forEach(line -> handoff.withArray("course").add(line.get("text")));
    }

    /** What list, explain and export print of each handoff, the newest first. */
    private static void expect(Path journal, ArrayNode handoffs) throws IOException {
        Map<Long, String> stored = stored(journal);
        List<String> rows = run("replay", "list", "--journal", journal.toString()).lines().skip(1).toList();
        for (String row : rows.reversed()) {
            expectOne(journal, row.split(" {2,}", -1), stored, handoffs.addObject());
        }
    }

    private static void expectOne(Path journal, String[] row, Map<Long, String> stored, ObjectNode expected)
            throws IOException {
        JsonNode told = JSON.readTree(run("replay", "explain", row[0], "--json", "--journal", journal.toString()));
        expected.put("id", told.get("handoff_id").asText()).put("outcome", row[5]).put("total", row[6]).put("gap",
                row[7]);
        expected.put("from", row[2]).put("to", row[3]).put("takeovers", told.get("takeovers").asInt());
        expected.set("why", told.get("why"));
        told.get("course").forEach(line -> expected.withArray("course").add(line.get("text")));
        ArrayNode phases = expected.putArray("phases");
        run("replay", "explain", row[0], "--journal", journal.toString()).lines()
                .dropWhile(line -> !line.equals("Where the time went")).skip(2)
                .takeWhile(line -> !line.isEmpty() && !line.strip().startsWith("total")).forEach(line -> {
                    String[] words = line.strip().split(" {2,}| +(?=\\d+ %)", -1);
                    phases.addArray().add(words[0]).add(words[1].strip());
                });
        expectRecords(journal, row[0], stored, expected);
        long startNs = nanos(told.get("start").asText());
        for (JsonNode record : expected.get("records")) {
            if (record.path("message").path("variant").asText().equals("Drained")) {
                expected.put("gap_from_ns", nanos(record.get("time").asText()) - startNs);
            }
        }
        expected.put("gap_ns", told.get("writer_gap_ns").asLong());
    }

    private static void expectRecords(Path journal, String id, Map<Long, String> stored, ObjectNode expected)
            throws IOException {
        ArrayNode records = expected.putArray("records");
        int messages = 0;
        int timers = 0;
        for (String line : run("replay", "export", id, "--format", "jsonl", "--journal", journal.toString()).lines()
                .toList()) {
            ObjectNode record = (ObjectNode) JSON.readTree(line);
            messages += record.get("message").isNull() ? 0 : 1;
            timers += record.get("kind").asText().equals("TimerFired") ? 1 : 0;
            records.add(record.put("stored", stored.get(record.get("seq").asLong())));
            if (records.size() % STATES_COMPARED == 0) {
                JsonNode state = JSON.readTree(run("replay", "state", "--at", record.get("seq").asText(), "--json",
                        "--journal", journal.toString()));
                ObjectNode service = (ObjectNode) state.get("services").get(0);
                service.remove("last_heard");
                record.set("state_after", service);
            }
        }
        expected.put("messages", messages).put("timers", timers);
    }

    private static long nanos(String time) {
        Instant instant = Instant.parse(time);
        return instant.getEpochSecond() * 1_000_000_000 + instant.getNano();
    }

    /** Each record's bytes in hex, by its sequence. */
    private static Map<Long, String> stored(Path journal) {
        Map<Long, String> stored = new HashMap<>();
        try (JournalReader reader = JournalDirectory.read(journal)) {
            ReplayEnd _ = reader.replay(record -> {
                byte[] bytes = new byte[record.bytes().capacity()];
                record.bytes().getBytes(0, bytes);
                stored.put(record.sequence(), HexFormat.of().formatHex(bytes));
                return true;
            });
        }
        return stored;
    }
}
