package dev.handoff.coordinator.fault;

import dev.handoff.coordinator.core.Effect;
import dev.handoff.coordinator.loop.Effects;
import dev.handoff.coordinator.loop.LoopAgent;

/** Has the trap look before and after each effect. Loop thread only. */
final class FaultyEffects implements Effects {

    private final Effects effects;
    private final Trap trap;

    FaultyEffects(Effects effects, Trap trap) {
        this.effects = effects;
        this.trap = trap;
    }

    @Override
    public void run(Effect effect, LoopAgent loop) {
        trap.before(effect);
        effects.run(effect, loop);
        trap.after(effect);
    }

    @Override
    public void processEnded(long pid, LoopAgent loop) {
        effects.processEnded(pid, loop);
    }
}
