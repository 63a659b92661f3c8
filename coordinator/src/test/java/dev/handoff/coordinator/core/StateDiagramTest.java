package dev.handoff.coordinator.core;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;

import dev.handoff.codec.event.Event;
import dev.handoff.codec.event.EventKind;
import dev.handoff.codec.event.Stamp;
import org.junit.jupiter.api.Test;

/**
 * The picture of the states in ARCHITECTURE.md, drawn from the steps that the golden transcripts take.
 * {@code -Dtranscripts.rewrite=true} draws it again.
 */
class StateDiagramTest {

    private static final Path PAGE = Path.of("../ARCHITECTURE.md");
    private static final String BEGIN = "<!-- states: drawn by StateDiagramTest -->\n";
    private static final String END = "<!-- states: end -->\n";

    @Test
    void thePageShowsTheStatesAsTheTranscriptsTakeThem() throws IOException {
        String page = Files.readString(PAGE);
        int begin = page.indexOf(BEGIN);
        int end = page.indexOf(END);
        assertTrue(begin >= 0 && end > begin, "ARCHITECTURE.md has no place for the diagram");
        String drawn = page.substring(0, begin + BEGIN.length()) + diagram() + page.substring(end);
        if (Boolean.getBoolean("transcripts.rewrite")) {
            Files.writeString(PAGE, drawn);
        } else {
            assertEquals(drawn, page);
        }
    }

    private static String diagram() {
        Map<String, Set<String>> arrows = new TreeMap<>();
        Script.all().forEach(script -> {
            Rehearsal rehearsal = new Rehearsal();
            script.play(rehearsal);
            rehearsal.steps().forEach(step -> addArrow(step, arrows));
        });
        StringBuilder diagram = new StringBuilder("```mermaid\nstateDiagram-v2\n    [*] --> Stopped\n");
        arrows.forEach((arrow, why) -> diagram.append("    ").append(arrow).append(": ")
                .append(String.join(", ", why)).append('\n'));
        return diagram.append("```\n").toString();
    }

    private static void addArrow(Rehearsal.Step step, Map<String, Set<String>> arrows) {
        // What ends or restarts everything would draw an arrow from each state.
        int number = step.event().stamp().service();
        if (number == Stamp.COORDINATOR) {
            return;
        }
        Service before = step.before().services().get(number);
        Service after = step.after().services().get(number);
        String from = before == null ? "Stopped" : before.state().label();
        if (after != null && !from.equals(after.state().label())) {
            arrows.computeIfAbsent(from + " --> " + after.state().label(), _ -> new TreeSet<>())
                    .add(name(step.event()));
        }
    }

    private static String name(Event event) {
        return switch (event) {
            case Event.MessageReceived received -> received.message().kind().wireName();
            case Event.TimerFired fired -> fired.kind().toString();
            case Event other -> EventKind.of(other).eventName();
        };
    }
}
