package dev.handoff.coordinator.core;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

import dev.handoff.coordinator.flight.FlightSwitch;
import dev.handoff.coordinator.flight.RecordedEffects;
import dev.handoff.coordinator.loop.Effects;
import dev.handoff.coordinator.loop.LoopAgent;
import jdk.jfr.Recording;
import jdk.jfr.consumer.RecordedEvent;
import jdk.jfr.consumer.RecordingFile;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What the flight recorder keeps of a handoff that the core goes through: here because the scripts of one are here. */
class RecordedPhasesTest {

    @TempDir
    private Path directory;
    private final FlightSwitch recording = FlightSwitch.install();
    private final List<String> ran = new ArrayList<>();

    private final class Noting implements Effects {
        @Override
        public void run(Effect effect, LoopAgent loop) {
            ran.add(effect.getClass().getSimpleName());
        }

        @Override
        public void processEnded(long pid, LoopAgent loop) {
            throw new AssertionError("no process ends here");
        }
    }

    @AfterEach
    void stopFollowing() {
        recording.remove();
    }

    @Test
    void eachEffectAndEachPhaseOfAHandoffIsAnEvent() throws IOException {
        Rehearsal rehearsed = new Rehearsal();
        Script.named("05-committed").play(rehearsed);
        Path file = directory.resolve("phases.jfr");
        try (Recording running = new Recording()) {
            running.enable("handoff.Effect").withThreshold(Duration.ZERO);
            running.enable("handoff.Phase").withThreshold(Duration.ZERO);
            running.start();
            runAll(rehearsed);
            running.stop();
            running.dump(file);
        }
        List<RecordedEvent> events = RecordingFile.readAllEvents(file).stream()
                .sorted(Comparator.comparing(RecordedEvent::getStartTime)).toList();
        assertEquals(ran, strings(events, "handoff.Effect", "effect"));
        assertEquals(List.of("AwaitingBinary", "AwaitingIncumbentHello", "AwaitingSuccessorSpawn",
                "AwaitingSuccessorHello", "AwaitingDrained", "AwaitingSealComplete", "AwaitingReady"),
                strings(events, "handoff.Phase", "phase"));
        List<String> ids = strings(events, "handoff.Phase", "handoffId").stream().distinct().toList();
        assertEquals(1, ids.size(), () -> "of one handoff: " + ids);
        assertEquals(List.of("kv"), strings(events, "handoff.Phase", "service").stream().distinct().toList());
    }

    /** The same events again, their effects run as the loop runs them. */
    private void runAll(Rehearsal rehearsed) {
        Fold fold = new Fold();
        RecordedEffects effects = new RecordedEffects(new Noting(), fold, recording);
        for (Rehearsal.Step step : rehearsed.steps()) {
            for (Effect effect : fold.apply(step.event())) {
                effects.run(effect, null);
            }
        }
    }

    private static List<String> strings(List<RecordedEvent> events, String type, String field) {
        return events.stream().filter(event -> event.getEventType().getName().equals(type))
                .map(event -> event.getString(field)).toList();
    }
}
