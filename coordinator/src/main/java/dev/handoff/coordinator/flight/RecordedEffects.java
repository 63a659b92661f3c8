package dev.handoff.coordinator.flight;

import java.util.HashMap;
import java.util.Map;

import dev.handoff.codec.HandoffId;
import dev.handoff.coordinator.core.Effect;
import dev.handoff.coordinator.core.Fold;
import dev.handoff.coordinator.core.Service;
import dev.handoff.coordinator.core.State;
import dev.handoff.coordinator.loop.Effects;
import dev.handoff.coordinator.loop.LoopAgent;

/** Effects that the flight recorder sees, and with them the phases of handoffs, since no phase changes without one. Loop thread only. */
public final class RecordedEffects implements Effects {

    private final Effects effects;
    private final Fold fold;
    private final FlightSwitch recording;
    /** The phase that each service in a handoff is in, by its number. */
    private final Map<Integer, PhaseEvent> open = new HashMap<>();

    public RecordedEffects(Effects effects, Fold fold, FlightSwitch recording) {
        this.effects = effects;
        this.fold = fold;
        this.recording = recording;
    }

    @Override
    public void run(Effect effect, LoopAgent loop) {
        if (!recording.isOn()) {
            effects.run(effect, loop);
            return;
        }
        notePhases();
        EffectEvent seen = new EffectEvent();
        seen.begin();
        effects.run(effect, loop);
        seen.effect = effect.getClass().getSimpleName();
        seen.commit();
    }

    private void notePhases() {
        for (Service service : fold.state().services().values()) {
            PhaseEvent before = open.get(service.number());
            String phase = service.state() instanceof State.InHandoff flight ? flight.label() : "";
            if (before != null && !before.phase.equals(phase)) {
                before.commit();
                open.remove(service.number());
                before = null;
            }
            if (before == null && !phase.isEmpty()) {
                open.put(service.number(), begun(service, phase));
            }
        }
    }

    private static PhaseEvent begun(Service service, String phase) {
        PhaseEvent event = new PhaseEvent();
        event.begin();
        event.service = service.name();
        event.handoffId = HandoffId.NONE.equals(service.state().handoffId())
                ? ""
                : service.state().handoffId().toString();
        event.phase = phase;
        return event;
    }

    @Override
    public void processEnded(long pid, LoopAgent loop) {
        effects.processEnded(pid, loop);
    }
}
