package dev.handoff.simulator;

import java.util.ArrayList;
import java.util.List;

import dev.handoff.codec.event.Event;
import dev.handoff.codec.event.Stamp;
import dev.handoff.coordinator.core.Effect;
import dev.handoff.coordinator.core.Fold;
import dev.handoff.coordinator.core.Service;
import dev.handoff.coordinator.transcript.Transcript;

/**
 * A run as text, in the form of the golden transcripts: events at the margin, {@code -} effects, {@code =} changes of state;
 * {@code !} is what the simulator did to the world, or saw in it.
 */
final class Trace {

    private final Transcript transcript = new Transcript(Agenda.ORIGIN_NS);
    private final List<String> lines = new ArrayList<>();
    private World world;
    private Service shown;
    private Stamp cause = Stamp.ofCoordinator(Agenda.ORIGIN_NS);

    void of(World watched) {
        world = watched;
    }

    void event(Event event) {
        change();
        cause = event.stamp();
        lines.add(transcript.event(event));
    }

    void effect(Effect effect) {
        change();
        lines.add("  - " + transcript.effect(effect, cause));
    }

    void say(String what) {
        change();
        long us = (world.agenda().nowNs() - Agenda.ORIGIN_NS) / 1_000;
        lines.add("  ! " + us / 1_000 + "." + String.format("%03d", us % 1_000) + " ms: " + what);
    }

    private void change() {
        Fold fold = world.coordinator() == null ? null : world.coordinator().fold();
        if (fold == null) {
            return;
        }
        Service now = fold.state().services().get(World.SERVICE);
        if (now != null && !now.equals(shown)) {
            lines.add("  = " + transcript.change(shown, now));
            shown = now;
        }
    }

    /** All lines so far; they are kept. */
    List<String> lines() {
        return lines;
    }

    /** Everything before is of no interest. */
    void restart() {
        lines.clear();
    }
}
