package dev.handoff.coordinator.core;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.nio.file.Files;
import java.util.List;
import java.util.stream.Stream;

import dev.handoff.codec.event.Event;
import dev.handoff.coordinator.transcript.Transcript;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * The core's decisions, written down. {@code -Dtranscripts.rewrite=true} writes what the code does now; read the difference, and
 * keep it only if it is what the protocol page says.
 */
class TranscriptsTest {

    static Stream<Script> scripts() {
        return Script.all();
    }

    @ParameterizedTest
    @MethodSource("scripts")
    void decidesAsWrittenDown(Script script) throws IOException {
        List<String> played = script.play(new Rehearsal());
        if (Boolean.getBoolean("transcripts.rewrite")) {
            Files.write(script.file(), played);
        } else {
            assertEquals(String.join("\n", script.lines()), String.join("\n", played));
        }
    }

    @ParameterizedTest
    @MethodSource("scripts")
    void writesEventsInAFormThatReadsBack(Script script) {
        Transcript transcript = new Transcript(Script.ORIGIN_NS);
        Rehearsal rehearsal = new Rehearsal();
        script.play(rehearsal);
        for (Event event : rehearsal.journal()) {
            assertEquals(event, EventParser.parse(transcript.event(event), Script.ORIGIN_NS));
        }
    }
}
