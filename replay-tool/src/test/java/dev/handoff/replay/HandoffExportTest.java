package dev.handoff.replay;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.handoff.codec.Message;
import dev.handoff.codec.event.ExitStatus;
import dev.handoff.codec.event.TimerKind;
import dev.handoff.journal.JournalDirectory;
import dev.handoff.journal.JournalReader;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class HandoffExportTest {

    private static final JsonMapper JSON = JsonMapper.builder().build();
    private static final String NASTY = "a;b#c\nend\n%%{init}%% <script>alert(\"1\")</script> \u202e $$x$$ \\ `";

    @TempDir
    private Path directory;

    private List<HandoffStory> stories() {
        List<HandoffSummary> summaries = new ArrayList<>();
        try (JournalReader reader = JournalDirectory.read(directory)) {
            HandoffStories.Read _ = HandoffStories.scan(reader, summaries::add);
            return summaries.stream().map(summary -> HandoffStories.tell(reader, summary)).toList();
        }
    }

    private static String written(ExportFormat format, List<HandoffStory> stories) {
        StringWriter out = new StringWriter();
        try {
            format.export().write(stories, out);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return out.toString();
    }

    private void commitOne() {
        try (Enacted enacted = Enacted.serving(directory, Enacted.POLICY)) {
            enacted.commits(Enacted.FIRST, 1_000, 101, "build-1");
        }
    }

    /** The incumbent cannot seal, and says so in words that mean something to everybody. */
    private void failNastily() {
        try (Enacted enacted = Enacted.serving(directory, Enacted.POLICY)) {
            enacted.at(1_000).swap(Enacted.FIRST, "/opt/kv/\n1").greet(101).at(3_000).warm("build-1").at(3_020)
                    .drained()
                    .at(3_040).incumbent(new Message.SealFailed(Enacted.FIRST, NASTY, "")).fire(TimerKind.KILL)
                    .exited(101, new ExitStatus.Signaled(9));
        }
    }

    @Test
    void drawsASequenceDiagram() {
        commitOne();
        Golden.check("commit.mmd", written(ExportFormat.MERMAID, stories()));
    }

    @Test
    void drawsAHandoffThatACoordinatorsDeathInterrupted() {
        try (Enacted enacted = Enacted.serving(directory, Enacted.POLICY)) {
            enacted.at(1_000).swap(Enacted.FIRST, "/opt/kv/1").greet(101).at(3_000).warm("build-1").at(3_020).drained()
                    .at(9_000).takenOver(2L, 3L).sealed(1, 2).ready(true, 1, 2);
        }
        Golden.check("taken-over.mmd", written(ExportFormat.MERMAID, stories()));
    }

    @Test
    void nothingThatADaemonSaysMeansAnythingToMermaid() {
        failNastily();
        String diagram = written(ExportFormat.MERMAID, stories());
        Golden.check("nasty.mmd", diagram);
        for (String line : diagram.lines().skip(1).toList()) {
            assertTrue(line.startsWith("    "), line);
            String rest = line.replace("<br/>", "").replaceAll("#[0-9]+;", "").replace("->>", "").replace("-->>", "");
            assertFalse(rest.matches(".*[;#<>%{}\\\\`$\"].*"), line);
        }
    }

    @Test
    void writesTraceEvents() {
        commitOne();
        Golden.check("commit.trace.json", written(ExportFormat.TRACE, stories()));
    }

    @Test
    void slicesOfATrackNestAndFlowsHaveBothEnds() throws IOException {
        try (Enacted enacted = Enacted.serving(directory, Enacted.POLICY)) {
            enacted.commits(Enacted.FIRST, 1_000, 101, "build-1").commits(Enacted.SECOND, 5_000, 102, "build-2");
        }
        JsonNode events = JSON.readTree(written(ExportFormat.TRACE, stories())).get("traceEvents");
        Map<String, Double> ends = new HashMap<>();
        Map<String, String> flows = new HashMap<>();
        for (JsonNode event : events) {
            String track = event.get("pid").asText() + "/" + event.path("tid").asText();
            switch (event.get("ph").asText()) {
                case "X" -> {
                    double start = event.get("ts").asDouble();
                    assertTrue(start >= ends.getOrDefault(track, 0.0), event.toString());
                    assertTrue(event.get("dur").asDouble() >= 0, event.toString());
                    ends.put(track, start + event.get("dur").asDouble());
                }
                case "s", "f" -> flows.merge(event.get("id").asText(), event.get("ph").asText(), String::concat);
                case "i", "M" -> {
                }
                default -> throw new AssertionError("unknown event " + event);
            }
        }
        assertFalse(flows.isEmpty());
        flows.forEach((id, halves) -> assertEquals("sf", halves, id));
    }

    @Test
    void traceEventsHoldWhatADaemonSaysAsText() throws IOException {
        failNastily();
        JsonNode trace = JSON.readTree(written(ExportFormat.TRACE, stories()));
        List<String> messages = new ArrayList<>();
        trace.get("traceEvents").forEach(event -> messages.add(event.path("args").path("message").asText()));
        assertTrue(
                messages.stream()
                        .anyMatch(message -> message.contains("SealFailed") && message.contains("a;b#c\\nend")),
                messages.toString());
    }

    @Test
    void recordsAreThoseOfTheDump() {
        commitOne();
        List<String> dumped = new ArrayList<>();
        try (JournalReader reader = JournalDirectory.read(directory)) {
            JournalDump.Printed _ = JournalDump.print(reader, JournalDump.Format.JSON, dumped::add);
        }
        List<String> exported = written(ExportFormat.JSONL, stories()).lines().toList();
        assertEquals(dumped.subList(dumped.size() - exported.size(), dumped.size()), exported);
        assertTrue(exported.getFirst().contains("SwapRequested"), exported.getFirst());
    }
}
